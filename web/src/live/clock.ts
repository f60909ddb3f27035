/** What time it is at the server: plant time where a plant runs, wall time elsewhere. */

export type ClockKind = "wall" | "plant";

let toldAt = performance.now();
let told = Date.now();
let rate = 1;
let known = false;
const listeners = new Set<() => void>();

export function tellClock(now: string, speed?: number): void {
  const changed = speed !== undefined && speed !== rate;
  const first = !known;
  told = Date.parse(now);
  toldAt = performance.now();
  rate = speed ?? rate;
  known = true;
  if (changed || first) for (const listener of listeners) listener();
}

/** Stands still at the time last known, while nothing is heard of the server. */
export function holdClock(): void {
  told = clockNow();
  toldAt = performance.now();
  rate = 0;
  for (const listener of listeners) listener();
}

/** Milliseconds since the epoch. */
export function clockNow(kind: ClockKind = "plant"): number {
  return kind === "wall" ? Date.now() : told + (performance.now() - toldAt) * rate;
}

/** Plant seconds in a second of wall time; 0 while paused. */
export function clockSpeed(): number {
  return rate;
}

export function onClock(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
