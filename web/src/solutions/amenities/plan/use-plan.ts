/** The plan in sight: the address holds the question, the kept scenario and what is compared. */

import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";

import { setParams, useParam } from "@/routing/location.ts";

import { START, draftOf, draftText } from "./draft.ts";
import * as queries from "./queries.ts";
import type { Draft, Means, Result, Scenario } from "./types.ts";
import { useAutoName } from "./words.ts";

export interface Answered {
  draft: Draft;
  result: Result;
  /** The question has changed since. */
  stale: boolean;
}

export interface Plan {
  /** The scenario that is open, where one is. */
  kept: Scenario | null;
  draft: Draft;
  /** The draft under the name that it would be kept by. */
  named: Draft;
  /** It differs from what is kept. */
  changed: boolean;
  answered: Answered | null;
  running: boolean;
  error: Error | null;
  set(change: Partial<Draft>): void;
  run(): void;
  open(id: string | null): void;
}

const open = (id: string | null) => setParams({ s: id, d: null, run: null, vs: null, sel: null }, true);

export function usePlan(means: Means): Plan {
  const id = useParam("s");
  const text = useParam("d");
  const asked = useParam("run") === "1";
  const stored = useQuery(queries.scenario(id));
  const kept = (id !== null && stored.data) || null;
  const draft = useMemo(() => (text === null ? (kept?.draft ?? START) : draftOf(text)), [text, kept]);
  const autoName = useAutoName(means);
  const named = useMemo(() => ({ ...draft, name: draft.name.trim() || autoName(draft) }), [draft, autoName]);
  const changed = text !== null || id === null;
  const tried = useQuery(queries.answer(named, asked && changed));
  const result = changed ? (asked ? tried.data : undefined) : (kept?.result ?? undefined);

  const last = useRef<{ draft: Draft; result: Result } | null>(null);
  useEffect(() => {
    if (result) last.current = { draft: named, result };
  }, [result, named]);
  const before = last.current;
  const answered = useMemo(() => {
    if (result) return { draft: named, result, stale: false };
    return before?.draft.kind === draft.kind ? { ...before, stale: true } : null;
  }, [result, named, before, draft.kind]);

  const set = (change: Partial<Draft>) => {
    // A name that says what was asked would be wrong for what is asked now.
    const name = draft.name === autoName(draft) ? "" : draft.name;
    setParams({ d: draftText({ ...draft, name, ...change }), run: null });
  };
  const run = () => {
    if (asked && tried.error) void tried.refetch();
    else setParams({ d: draftText(draft), run: "1" });
  };
  const error = stored.error ?? (asked && changed ? tried.error : null);
  return { kept, draft, named, changed, answered, running: tried.isFetching || (id !== null && stored.isLoading), error, set, run, open };
}
