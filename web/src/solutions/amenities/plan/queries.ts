/** What the planner asks of the server. */

import { queryOptions } from "@tanstack/react-query";

import { address, get, send } from "@/api/client.ts";

import type { Brief, Comparison, Draft, Means, Result, Scenario } from "./types.ts";

const at = (path: string) => address(`/solutions/amenities/${path}`);
const one = (id: string) => `scenarios/${encodeURIComponent(id)}`;

const KEY = "plan";
export const COMPARISONS = [KEY, "compare"];

export const means = () => queryOptions({ queryKey: [KEY, "means"], queryFn: ({ signal }) => get<Means>(at("means"), signal), staleTime: 60_000 });

export const scenarios = () => queryOptions({ queryKey: [KEY, "all"], queryFn: ({ signal }) => get<Brief[]>(at("scenarios"), signal) });

export const scenario = (id: string | null) =>
  queryOptions({ queryKey: [KEY, "one", id], queryFn: ({ signal }) => get<Scenario>(at(one(id!)), signal), enabled: id !== null, staleTime: Infinity });

export const comparison = (ids: readonly string[]) =>
  queryOptions({ queryKey: [...COMPARISONS, ...ids], queryFn: ({ signal }) => get<Comparison>(`${at("compare")}?ids=${ids.join(",")}`, signal), enabled: ids.length > 1, retry: false });

/** The answer to a draft that is not kept; asked once for each draft. */
export const answer = (draft: Draft, asked: boolean) =>
  queryOptions({
    queryKey: [KEY, "try", JSON.stringify({ ...draft, note: "" })],
    queryFn: ({ signal }) => post<Result>("try", draft, signal),
    enabled: asked,
    staleTime: Infinity,
    retry: false,
  });

async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return (await send<T>("POST", at(path), body, signal))!;
}

/** Puts another draft in a scenario's place, without an answer. */
export async function change(draft: Draft, id: string): Promise<Scenario> {
  return (await send<Scenario>("PUT", at(one(id)), draft))!;
}

/** Keeps a draft, in the place of scenario `id` where one is given, and runs it. */
export async function keep(draft: Draft, id: string | null): Promise<Scenario> {
  const kept = id === null ? await post<Scenario>("scenarios", draft) : await change(draft, id);
  return await run(kept.id);
}

export const run = (id: string) => post<Scenario>(`${one(id)}/run`, undefined);

export const forget = (id: string) => send<null>("DELETE", at(one(id)));
