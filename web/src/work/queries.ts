/** What the page asks of the server. */

import { queryOptions } from "@tanstack/react-query";

import { address, get } from "@/api/client.ts";

import type { Firing, OrderDetail, OrderList, OrderState, Rule, ToldList } from "./types.ts";

const EVERY_MS = 10_000;

function read<T>(key: readonly unknown[], url: string) {
  return queryOptions({ queryKey: key, queryFn: ({ signal }) => get<T>(url, signal), refetchInterval: EVERY_MS });
}

export const orders = (states: readonly OrderState[]) => {
  const query = states.map((state) => `state=${state}`).join("&");
  return read<OrderList>(["work", "list", ...states], `${address("/work")}?${query}`);
};

export const ordersOf = (alarm: string) => read<OrderList>(["work", "alarm", alarm], address("/work", { alarm }));

export const order = (number: number) => read<OrderDetail>(["work", "one", number], address(`/work/${number}`));

export const notices = () => read<ToldList>(["notices"], address("/notices"));

export const push = () => queryOptions({ queryKey: ["push"], queryFn: ({ signal }) => get<{ key: string; browsers: number }>(address("/push"), signal) });

export const rules = () => read<Rule[]>(["rules", "list"], address("/rules"));

export const firings = () => read<Firing[]>(["rules", "firings"], address("/rules/firings", { limit: 50 }));
