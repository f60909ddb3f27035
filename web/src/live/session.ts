/** The page's one live session. */

import { Connection } from "./connection.ts";
import { Interests } from "./interests.ts";
import { live } from "./store.ts";

function liveAddress(): string {
  const scheme = window.location.protocol === "https:" ? "wss" : "ws";
  return `${scheme}://${window.location.host}/api/v1/live`;
}

export const connection = new Connection(live, liveAddress());
export const interests = new Interests((watch) => connection.watch(watch));
