/** What the page asks of the server. */

import { queryOptions } from "@tanstack/react-query";

import { address, get, send } from "@/api/client.ts";

import type { Changes, Compared, Profile } from "./types.ts";

const at = (path: string) => address(`/solutions/sewage/${path}`);
const AGAIN_MS = 10_000;

export const profile = (start: string | null) =>
  queryOptions({
    queryKey: ["sewage", "profile", start],
    queryFn: ({ signal }) => get<Profile>(start === null ? at("profile") : address("/solutions/sewage/profile", { start }), signal),
    refetchInterval: AGAIN_MS,
  });

export const compare = async (changes: Changes): Promise<Compared> => (await send<Compared>("POST", at("what-if"), changes))!;
