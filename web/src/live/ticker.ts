/** One heartbeat for everything that shows an age. */

import { useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
let beat = 0;
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    beat += 1;
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Renders its caller once a second. */
export function useSecond(): number {
  return useSyncExternalStore(subscribe, () => beat);
}
