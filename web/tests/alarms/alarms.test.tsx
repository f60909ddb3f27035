import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { type Root, createRoot } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { answers } from "../../mock/answers.mjs";
import { world } from "../../mock/world.mjs";
import AlarmsPage from "@/alarms/AlarmsPage.tsx";
import { actOfKey, actsOf, moveOfKey, worstWaiting } from "@/alarms/model.ts";
import type { AlarmState } from "@/api/types.ts";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

describe("keys in the list of alarms", () => {
  it("do what the state of the alarm allows, and nothing else", () => {
    expect(actOfKey("a", "unacknowledged")).toBe("acknowledge");
    expect(actOfKey("A", "returned")).toBe("acknowledge");
    expect(actOfKey("a", "acknowledged")).toBeUndefined();
    expect(actOfKey("s", "latched")).toBeUndefined();
    expect(actOfKey("x", "unacknowledged")).toBeUndefined();
  });

  it("move within the list and never out of it", () => {
    expect(moveOfKey("ArrowDown", -1, 3)).toBe(0);
    expect(moveOfKey("ArrowDown", 2, 3)).toBe(2);
    expect(moveOfKey("ArrowUp", 0, 3)).toBe(0);
    expect(moveOfKey("End", 0, 3)).toBe(2);
    expect(moveOfKey("ArrowDown", -1, 0)).toBeUndefined();
    expect(moveOfKey("q", 0, 3)).toBeUndefined();
  });

  it("never take an acknowledgement back", () => {
    const states: AlarmState[] = ["normal", "unacknowledged", "acknowledged", "returned", "latched", "shelved", "suppressed", "out-of-service"];
    for (const state of states) expect(actsOf(state)).not.toContain("unacknowledge");
  });
});

describe("the badge", () => {
  it("is as urgent as the most urgent alarm that waits", () => {
    expect(worstWaiting({ critical: 0, high: 2, medium: 1, low: 0 })).toBe("high");
    expect(worstWaiting({ critical: 0, high: 0, medium: 0, low: 0 })).toBeUndefined();
  });
});

describe("the page", () => {
  let root: Root;
  let sent: { path: string; body: unknown }[];

  beforeEach(async () => {
    window.history.replaceState(null, "", "/alarms");
    const ask = answers(world());
    sent = [];
    vi.stubGlobal("fetch", (url: string, options: { method?: string; body?: string } = {}) => {
      const body: unknown = options.body ? JSON.parse(options.body) : null;
      if (options.method === "POST") sent.push({ path: decodeURIComponent(url), body });
      const found: unknown = ask((options.method ?? "GET") as "GET", new URL(url, "http://mock"), body as never);
      return Promise.resolve(new Response(JSON.stringify(found)));
    });
    document.body.innerHTML = "<div id=root></div>";
    root = createRoot(document.getElementById("root")!);
    const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
    await act(() => root.render(<QueryClientProvider client={client}><AlarmsPage /></QueryClientProvider>));
    await vi.waitFor(() => expect(options()).toHaveLength(4));
  });

  afterEach(async () => {
    await act(() => root.unmount());
    vi.unstubAllGlobals();
  });

  const options = () => [...document.querySelectorAll("[role=option]")];
  const press = (key: string, on: Element) => act(() => { on.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })); });

  it("acknowledges with a comment in a few keys", async () => {
    const list = document.querySelector<HTMLElement>("[role=listbox]")!;
    await act(() => list.focus());
    await press("ArrowDown", list);
    await press("a", list);
    const comment = document.querySelector<HTMLInputElement>("input[name=comment]")!;
    comment.value = "crew is on its way";
    await act(() => comment.form!.requestSubmit());
    expect(sent).toEqual([{ path: "/api/v1/alarms/urn:ngsi-ld:Alert:pressure-low:Junction:J3/acknowledge", body: { comment: "crew is on its way" } }]);
    await vi.waitFor(() => expect(options()[1]!.textContent).toContain("Acknowledged"));
  });

  it("acknowledges all alarms of one cause", async () => {
    await act(() => document.querySelectorAll<HTMLInputElement>(".segmented input")[1]!.click());
    await vi.waitFor(() => expect(document.querySelectorAll("details")).toHaveLength(3));
    const button = document.querySelector<HTMLButtonElement>("details .button-primary")!;
    await act(() => button.click());
    await act(() => document.querySelector<HTMLInputElement>("input[name=comment]")!.form!.requestSubmit());
    expect(sent[0]!.path).toBe("/api/v1/alarms/groups/g1/acknowledge");
  });
});
