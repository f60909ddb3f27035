/** How many entities of a type are in which state, told at most twice a second. */

import { useSyncExternalStore } from "react";

type Read = (type: string) => readonly number[] | undefined;
const PAUSE_MS = 500;

export class CountsStore {
  #read: Read = () => undefined;
  #waiting = false;
  #version = 0;
  readonly #listeners = new Set<() => void>();

  attach(read: Read): void {
    this.#read = read;
    this.changed();
  }

  changed(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    setTimeout(() => {
      this.#waiting = false;
      this.#version += 1;
      for (const listener of this.#listeners) listener();
    }, PAUSE_MS);
  }

  of(type: string): readonly number[] | undefined {
    return this.#read(type);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  version = (): number => this.#version;
}

export function useCounts(store: CountsStore): CountsStore {
  useSyncExternalStore(store.subscribe, store.version);
  return store;
}
