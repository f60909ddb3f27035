/** The histories of the chosen series, and of the period before that they are compared with. */

import { useQueries } from "@tanstack/react-query";

import * as queries from "@/api/queries.ts";
import type { History } from "@/api/types.ts";
import { useTerm } from "@/i18n/translate.ts";
import { shortId } from "@/routing/route.ts";

import { type Chosen, EARLIER, type Earlier } from "./chosen.ts";

const POINTS = 600;

export interface Shown extends Chosen {
  name: string;
  history: History | undefined;
  earlier: History | undefined;
  error: Error | null;
}

export function useSeries(chosen: readonly Chosen[], start: number, end: number, against: Earlier | null): Shown[] {
  const term = useTerm();
  const titles = useQueries({ queries: chosen.map(({ entity }) => queries.entity(entity)), combine: (results) => results.map(({ data }) => data?.title) });
  const ask = (by: number) => chosen.map((each) => queries.history({ ...each, start: start - by, end: end - by, points: POINTS }));
  const now = useQueries({ queries: ask(0), combine: (results) => results.map(({ data, error }) => ({ data, error })) });
  const before = useQueries({ queries: against ? ask(EARLIER[against]) : [], combine: (results) => results.map(({ data }) => data) });
  return chosen.map((each, index) => ({
    ...each,
    name: `${titles[index] ?? shortId(each.entity)}, ${term(each.attribute)}`,
    history: now[index]?.data,
    earlier: before[index],
    error: now[index]?.error ?? null,
  }));
}
