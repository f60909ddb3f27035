/** React's view of the live store: one subscription per shown value. */

import { useCallback, useEffect, useRef, useSyncExternalStore } from "react";

import { clockSpeed, onClock } from "./clock.ts";
import type { Standing } from "./connection.ts";
import { connection, interests } from "./session.ts";
import { type Cell, live } from "./store.ts";

export function useStanding(): Standing {
  return useSyncExternalStore(connection.subscribe, connection.standing);
}

export function useCell(id: string, attribute: string): Cell | undefined {
  const subscribe = useCallback((listener: () => void) => live.subscribe(id, listener), [id]);
  return useSyncExternalStore(subscribe, () => live.cell(id, attribute));
}

/** Whether the live stream called the entity stale; undefined where it said nothing of it. */
export function useStale(id: string): boolean | undefined {
  const subscribe = useCallback((listener: () => void) => live.subscribe(id, listener), [id]);
  return useSyncExternalStore(subscribe, () => live.find(id)?.stale);
}

export function useSpeed(): number {
  return useSyncExternalStore(onClock, clockSpeed);
}

/** Runs when the live stream calls the entity stale or fresh, which says of no single value how it stands. */
export function useOnStaleFlip(id: string, refetch: () => unknown): void {
  const stale = useStale(id);
  const before = useRef(stale);
  useEffect(() => {
    if (before.current !== stale) refetch();
    before.current = stale;
  }, [stale]);
}

/** Watches types and entities as long as the caller is on screen. */
export function useWatch(types: readonly string[], entities: readonly string[]): void {
  const key = `${types.join(",")}|${entities.join(",")}`;
  useEffect(() => interests.hold({ types, entities }), [key]);
}
