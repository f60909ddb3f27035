/** Puts moments of the past into a store of their own, from which the map draws as from the live one. */

import { useQueries } from "@tanstack/react-query";
import { useEffect } from "react";

import * as queries from "@/api/queries.ts";
import type { Past, QualityLevel } from "@/api/types.ts";
import type { LiveStore } from "@/live/store.ts";

import { PAGE, type Replay, momentOf, stepOf } from "./replay.ts";

export interface Wanted {
  type: string;
  attribute: string;
}

/** Writes one moment; what was not known then is stale, and what has not come yet too. */
export function write(store: LiveStore, { type, attribute, ids, frames, levels, start_ms, step_ms }: Past, moment: number): void {
  const values = frames[moment] ?? [];
  const worse = new Map<number, QualityLevel>(levels[moment] ?? []);
  ids.forEach((id, at) => {
    const entity = store.find(id);
    if (entity?.type !== type) return;
    const value = values[at] ?? null;
    store.write(entity, attribute, { value, observedAt: start_ms + moment * step_ms, quality: worse.get(at) ?? 0 });
    store.setStale(entity, value === null);
  });
}

/** The pages around a moment: its own, and the next one so that it plays on without a wait. */
function pagesAt(replay: Replay): number[] {
  const page = Math.floor(momentOf(replay) / PAGE);
  const last = Math.floor((replay.end - replay.start) / stepOf(replay) / PAGE);
  return page < last ? [page, page + 1] : [page];
}

/** Keeps the store at the moment that is replayed; true while it has to wait for what is shown. */
export function useFrames(store: LiveStore, replay: Replay | null, wanted: readonly Wanted[], ready: unknown): boolean {
  const step = replay ? stepOf(replay) : 0;
  const asked = replay ? pagesAt(replay).flatMap((page) => wanted.map((each) => ({ ...each, page }))) : [];
  const moment = replay ? momentOf(replay) : 0;
  const { pages, waiting } = useQueries({
    queries: asked.map(({ type, attribute, page }) => queries.past(type, attribute, replay!.start + page * PAGE * step, step, PAGE)),
    combine: (results) => ({
      pages: results.flatMap(({ data }) => data ?? []),
      waiting: results.slice(0, wanted.length).some(({ isPending }) => isPending),
    }),
  });
  useEffect(() => {
    if (!replay) return;
    const shown = replay.start + moment * step;
    for (const page of pages) {
      const at = (shown - page.start_ms) / page.step_ms;
      if (at >= 0 && at < page.frames.length) write(store, page, at);
    }
  }, [store, pages, moment, replay?.start, step, ready]);
  return waiting;
}
