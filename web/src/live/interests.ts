/** What the pages on screen look at, gathered into one watch of the live stream. */

import type { Watch } from "./frames.ts";

export interface Interest {
  readonly types?: readonly string[];
  readonly entities?: readonly string[];
}

export class Interests {
  readonly #held = new Set<Interest>();
  #pending = false;
  #last = "";

  constructor(readonly tell: (watch: Watch) => void) {}

  /** Holds an interest until the returned function is called. */
  hold(interest: Interest): () => void {
    this.#held.add(interest);
    this.#later();
    return () => {
      this.#held.delete(interest);
      this.#later();
    };
  }

  #later(): void {
    if (this.#pending) return;
    this.#pending = true;
    queueMicrotask(() => {
      this.#pending = false;
      const watch = this.#union();
      const text = JSON.stringify(watch);
      if (text === this.#last) return;
      this.#last = text;
      this.tell(watch);
    });
  }

  #union(): Watch {
    const all = [...this.#held];
    const unique = (lists: (readonly string[] | undefined)[]) => [...new Set(lists.flatMap((list) => list ?? []))].sort();
    return { types: unique(all.map((i) => i.types)), entities: unique(all.map((i) => i.entities)), all: false };
  }
}
