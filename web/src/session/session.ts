/** Who sits at this browser: asked before anything else is shown. */

import { queryOptions } from "@tanstack/react-query";

import { address, get, send, tellCsrf } from "@/api/client.ts";

export interface Grant {
  role: string;
  tenant: string;
  areas: string[];
  solutions: string[];
  purposes: string[];
}

export interface Who {
  id: string;
  name: string;
  /** Of this town; null where a provider vouches. */
  account: string | null;
  grants: Grant[];
  rights: string[];
  purposes: string[];
  purpose: string | null;
  must_change: boolean;
  second_factor: boolean;
  csrf: string | null;
}

export interface Session {
  /** `none`: nobody is asked. */
  auth: string;
  title: string;
  who: Who | null;
  oidc: { title: string; address: string } | null;
}

const AGAIN_MS = 60_000;
export const SESSION_KEY = ["session"];

/** Takes over what the server says, and what a change must repeat from now on. */
export function known(session: Session): Session {
  tellCsrf(session.who?.csrf ?? null);
  return session;
}

export const session = () =>
  queryOptions({
    queryKey: SESSION_KEY,
    queryFn: async ({ signal }) => known(await get<Session>(address("/session"), signal)),
    refetchInterval: ({ state }) => (state.data?.auth === "none" ? false : AGAIN_MS),
    staleTime: AGAIN_MS,
  });

export interface Credentials {
  name: string;
  password: string;
  code?: string;
}

const post = async (path: string, body: unknown) => known((await send<Session>("POST", address(path), body))!);

export const signIn = (credentials: Credentials) => post("/session", credentials);
export const changePassword = (body: { old: string; new: string }) => post("/session/password", body);
export const offerFactor = async () => (await send<{ key: string; address: string }>("POST", address("/session/offer")))!;
export const confirmFactor = (body: { key: string; code: string }) => post("/session/factor", body);
export const statePurpose = async (purpose: string | null) => known((await send<Session>("PUT", address("/session/purpose"), { purpose }))!);
export const signOut = () => send("DELETE", address("/session"));

/** Whether somebody may do something somewhere, so that what he may not is not offered. */
export function may(session: Session | undefined, right: string): boolean {
  if (!session || session.auth === "none") return true;
  return session.who?.rights.includes(right) ?? false;
}

let inside = false;

/** Somebody is in: what this page holds from now on is his. */
export function entered(): void {
  inside = true;
}

/** Begins the page anew where it holds what somebody else has seen; returns whether it does. */
export function beginAnew(): boolean {
  if (inside) window.location.assign("/");
  return inside;
}
