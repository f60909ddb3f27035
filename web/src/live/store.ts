/** The latest value of every watched attribute, outside of React.
 *
 * Deltas are written at once and told to listeners once an animation frame, so that a burst of
 * frames costs one paint and no React render for values that nobody looks at.
 */

import type { QualityLevel } from "@/api/types.ts";

export interface Cell {
  readonly value: unknown;
  /** Milliseconds since the epoch; null where it was never observed. */
  readonly observedAt: number | null;
  readonly quality: QualityLevel;
  /** From a snapshot, whose time and quality are the entity's as a whole. */
  readonly seeded?: true;
}

export interface LiveEntity {
  readonly id: string;
  readonly type: string;
  name: string | null;
  stale: boolean;
  gone: boolean;
  readonly cells: Map<string, Cell>;
}

export type Tap = (changed: ReadonlySet<LiveEntity>) => void;
type Schedule = (flush: () => void) => void;

const onFrame: Schedule = (flush) => {
  requestAnimationFrame(flush);
};

export class LiveStore {
  readonly #entities = new Map<string, LiveEntity>();
  readonly #units = new Map<string, string | null>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #taps = new Set<Tap>();
  readonly #schedule: Schedule;
  #dirty = new Set<LiveEntity>();
  #scheduled = false;

  constructor(schedule: Schedule = onFrame) {
    this.#schedule = schedule;
  }

  /** The entity's place in the store, made where it is new. */
  enter(id: string, type: string, name: string | null): LiveEntity {
    const found = this.#entities.get(id);
    if (found) {
      if (name !== null) found.name = name;
      found.gone = false;
      return found;
    }
    const entity: LiveEntity = { id, type, name, stale: false, gone: false, cells: new Map() };
    this.#entities.set(id, entity);
    return entity;
  }

  find(id: string): LiveEntity | undefined {
    return this.#entities.get(id);
  }

  /** Takes over a value of the live stream, which is the latest even where plant time went back. */
  write(entity: LiveEntity, attribute: string, cell: Cell): void {
    entity.cells.set(attribute, cell);
    this.#touch(entity);
  }

  /** Takes over a value of a snapshot unless a newer one is known. */
  seed(entity: LiveEntity, attribute: string, cell: Cell): void {
    const before = entity.cells.get(attribute);
    if (before && (before.observedAt ?? 0) > (cell.observedAt ?? 0)) return;
    this.write(entity, attribute, { ...cell, seeded: true });
  }

  setStale(entity: LiveEntity, stale: boolean): void {
    if (entity.stale === stale) return;
    entity.stale = stale;
    this.#touch(entity);
  }

  drop(entity: LiveEntity): void {
    entity.gone = true;
    this.#entities.delete(entity.id);
    this.#touch(entity);
  }

  setUnit(attribute: string, unit: string | null): void {
    this.#units.set(attribute, unit);
  }

  unit(attribute: string): string | null {
    return this.#units.get(attribute) ?? null;
  }

  cell(id: string, attribute: string): Cell | undefined {
    return this.#entities.get(id)?.cells.get(attribute);
  }

  /** Told after each frame in which the entity changed. */
  subscribe(id: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(id);
    };
  }

  /** Told of all entities that changed, once a frame. */
  tap(tap: Tap): () => void {
    this.#taps.add(tap);
    return () => this.#taps.delete(tap);
  }

  #touch(entity: LiveEntity): void {
    this.#dirty.add(entity);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => this.#flush());
  }

  #flush(): void {
    const changed = this.#dirty;
    this.#dirty = new Set();
    this.#scheduled = false;
    for (const tap of this.#taps) tap(changed);
    for (const [id, listeners] of this.#listeners) {
      const entity = this.#entities.get(id);
      if (entity && !changed.has(entity)) continue;
      for (const listener of listeners) listener();
    }
  }
}

export const live = new LiveStore();
