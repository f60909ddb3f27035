/** The browser's address as state. */

import { useSyncExternalStore } from "react";

import { type Route, routeOf } from "./route.ts";

const listeners = new Set<() => void>();

function notify(): void {
  for (const listener of listeners) listener();
}

window.addEventListener("popstate", notify);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const path = () => window.location.pathname;
const query = () => window.location.search;

/** `?probe` stays while one walks through the pages. */
function keepingProbe(address: string): string {
  if (!new URLSearchParams(query()).has("probe") || address.includes("probe")) return address;
  return `${address}${address.includes("?") ? "&" : "?"}probe`;
}

export function go(address: string): void {
  window.history.pushState(null, "", keepingProbe(address));
  notify();
}

/** Changes parts of the query; null removes one. The history gets no new entry unless asked. */
export function setParams(changes: Record<string, string | null>, push = false): void {
  const params = new URLSearchParams(query());
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") params.delete(name);
    else params.set(name, value);
  }
  const text = params.toString().replaceAll("%3A", ":").replaceAll("%2F", "/").replaceAll("%2C", ",").replaceAll("%7E", "~");
  const next = `${path()}${text ? `?${text}` : ""}`;
  if (next === `${path()}${query()}`) return;
  window.history[push ? "pushState" : "replaceState"](null, "", next);
  notify();
}

export function param(name: string): string | null {
  return new URLSearchParams(query()).get(name);
}

export function useRoute(): Route {
  return routeOf(useSyncExternalStore(subscribe, path));
}

export function useParam(name: string): string | null {
  return useSyncExternalStore(subscribe, () => param(name));
}
