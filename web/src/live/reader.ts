/** Writes the frames of one connection into the store; handles are valid for that connection only. */

import { probeDelta } from "@/probe/probe.ts";

import { tellClock } from "./clock.ts";
import type { Frame } from "./frames.ts";
import type { LiveEntity, LiveStore } from "./store.ts";

type Of<Op extends Frame["op"]> = Extract<Frame, { op: Op }>;

export class FrameReader {
  readonly #entities: LiveEntity[] = [];
  readonly #attributes: string[] = [];

  constructor(readonly store: LiveStore) {}

  read(frame: Frame): void {
    switch (frame.op) {
      case "hello":
      case "clock":
        return tellClock(frame.now, frame.speed);
      case "names":
        return this.#learn(frame);
      case "delta":
        return this.#apply(frame);
      case "stale":
        for (const [handle, stale] of frame.rows) this.#with(handle, (entity) => this.store.setStale(entity, stale));
        return;
      case "gone":
        for (const handle of frame.entities) this.#with(handle, (entity) => this.store.drop(entity));
    }
  }

  #with(handle: number, change: (entity: LiveEntity) => void): void {
    const entity = this.#entities[handle];
    if (entity) change(entity);
  }

  #learn({ entities, attributes }: Of<"names">): void {
    for (const [handle, id, type, name] of entities) this.#entities[handle] = this.store.enter(id, type, name);
    for (const [index, name, unit] of attributes) {
      this.#attributes[index] = name;
      if (unit !== null) this.store.setUnit(name, unit);
    }
  }

  #apply(frame: Of<"delta">): void {
    tellClock(frame.now);
    for (const [handle, index, value, observedAt, quality] of frame.rows) {
      const entity = this.#entities[handle];
      const attribute = this.#attributes[index];
      if (entity && attribute !== undefined) this.store.write(entity, attribute, { value, observedAt, quality });
    }
    probeDelta(frame);
  }
}
