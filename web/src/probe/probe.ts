/** Timings for benchmarks, gathered only where the address holds `?probe`.
 *
 * `window.__kota.frames`: milliseconds between animation frames.
 * `window.__kota.deltas`: one record a delta frame: when the server sent it, when it was read,
 * and when the map that holds it had been painted (milliseconds since the epoch, null until then).
 * `window.__kota.map`: whether the map is idle, how many features it holds, how often it rendered.
 * `window.__kota.follow(entity, attribute)` and `window.__kota.followed`: for one attribute, the
 * value, its observedAt and when it was painted.
 */

import type { Frame } from "@/live/frames.ts";
import { live } from "@/live/store.ts";

type Delta = Extract<Frame, { op: "delta" }>;

interface DeltaRecord {
  sent: number;
  read: number;
  painted: number | null;
  rows: number;
}

interface FollowedRecord {
  value: unknown;
  observedAt: number | null;
  read: number;
  painted: number | null;
}

interface Probe {
  frames: number[];
  deltas: DeltaRecord[];
  followed: FollowedRecord[];
  follow(entity: string, attribute: string): void;
  reset(): void;
  map: { idle: boolean; features: number; renders: number };
}

declare global {
  interface Window {
    __kota?: Probe;
  }
}

let followed: { entity: string; attribute: string } | null = null;

function install(): Probe {
  const probe: Probe = {
    frames: [],
    deltas: [],
    followed: [],
    follow: (entity, attribute) => {
      followed = { entity, attribute };
    },
    reset: () => {
      probe.frames.length = 0;
      probe.deltas.length = 0;
      probe.followed.length = 0;
    },
    map: { idle: false, features: 0, renders: 0 },
  };
  let last = performance.now();
  const frame = (now: number) => {
    probe.frames.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  return probe;
}

export function startProbe(): void {
  if (new URLSearchParams(window.location.search).has("probe")) window.__kota = install();
}

export function probeDelta(delta: Delta): void {
  const probe = window.__kota;
  if (!probe) return;
  const read = Date.now();
  probe.deltas.push({ sent: delta.at, read, painted: null, rows: delta.rows.length });
  if (!followed) return;
  const cell = live.cell(followed.entity, followed.attribute);
  if (!cell || probe.followed.at(-1)?.observedAt === cell.observedAt) return;
  probe.followed.push({ value: cell.value, observedAt: cell.observedAt, read, painted: null });
}

function markPainted(records: { read: number; painted: number | null }[], taken: number, at: number): void {
  for (let index = records.length - 1; index >= 0; index -= 1) {
    const record = records[index];
    if (!record || record.painted !== null) return;
    if (record.read <= taken) record.painted = at;
  }
}

/** Nothing on the map looks different: what was read is on screen with the next frame, in the page. */
export function probeNextFrame(): void {
  if (!window.__kota) return;
  const taken = Date.now();
  requestAnimationFrame(() => requestAnimationFrame(() => probePainted(taken)));
}

/** Everything that was read up to `taken` has been painted. */
export function probePainted(taken: number): void {
  const probe = window.__kota;
  if (!probe) return;
  const at = Date.now();
  markPainted(probe.deltas, taken, at);
  markPainted(probe.followed, taken, at);
}

export function probeRender(): void {
  if (window.__kota) window.__kota.map.renders += 1;
}

export function probeMap(state: Partial<Probe["map"]>): void {
  if (window.__kota) Object.assign(window.__kota.map, state);
}
