/** Values heard since the history was fetched. */

import { useEffect, useState } from "react";

import { useCell } from "@/live/hooks.ts";

import type { Tail } from "./series.ts";

const MOST = 2000;

/** The tail restarts when `since` (the fetch that it follows) changes. */
export function useTail(entity: string, attribute: string, since: unknown): readonly Tail[] {
  const cell = useCell(entity, attribute);
  const [tail, setTail] = useState<readonly Tail[]>([]);
  useEffect(() => setTail([]), [entity, attribute, since]);
  useEffect(() => {
    if (!cell || cell.observedAt === null || typeof cell.value !== "number") return;
    const next: Tail = { t: cell.observedAt / 1000, value: cell.value, quality: cell.quality };
    setTail((before) => {
      const last = before.at(-1);
      if (last && last.t >= next.t) return last.t === next.t ? before : [next];
      return [...before, next].slice(-MOST);
    });
  }, [cell]);
  return tail;
}
