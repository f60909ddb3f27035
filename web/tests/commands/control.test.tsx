import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { type Root, createRoot } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { command, plateOf } from "../../mock/commands.mjs";
import type { Faceplate } from "@/api/types.ts";
import { Control } from "@/commands/Control.tsx";
import { isAt, lookOf, newId, refusals, undoable } from "@/commands/model.ts";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

const PUMP = "urn:ngsi-ld:Pump:PU1";
const plateWith = (more: Partial<Faceplate>): Faceplate => ({ ...(plateOf() as Faceplate), ...more });

describe("a faceplate", () => {
  it("knows what stands against a setting", () => {
    const plate = plateWith({});
    expect(refusals(plate, "AUTO")).toHaveLength(1);
    expect(refusals(plate, "OPEN")).toEqual([]);
  });

  it("takes a number within the tolerance for the same setting", () => {
    const gate = plateWith({ setting: 49.8, tolerance: 0.5, values: [] });
    expect(isAt(gate, 50)).toBe(true);
    expect(isAt(gate, 51)).toBe(false);
    expect(isAt(plateWith({}), "CLOSED")).toBe(true);
  });

  it("offers to undo the last command alone, and only where the server says so", () => {
    expect(undoable(plateWith({}))).toBeUndefined();
  });

  it("tells what has ended badly from what is under way", () => {
    expect([lookOf("confirmed"), lookOf("waiting"), lookOf("refused"), lookOf("timed-out")]).toEqual(["good", "open", "bad", "bad"]);
  });

  it("gives each command a name of its own", () => {
    expect(newId()).toMatch(/^[0-9a-f]{32}$/);
    expect(newId()).not.toBe(newId());
  });
});

describe("the control of a pump", () => {
  let root: Root;
  let sent: { method: string; path: string; body: Record<string, unknown> }[];
  let plate: Faceplate;

  const show = async (more: Partial<Faceplate> = {}) => {
    Object.assign(plate, more);
    const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
    await act(() => root.render(<QueryClientProvider client={client}><Control id={PUMP} /></QueryClientProvider>));
    await vi.waitFor(() => expect(document.querySelector(".control-body")).not.toBeNull());
  };

  beforeEach(() => {
    plate = plateOf() as Faceplate;
    sent = [];
    vi.stubGlobal("fetch", (url: string, options: { method?: string; body?: string } = {}) => {
      const method = options.method ?? "GET";
      const body = options.body ? (JSON.parse(options.body) as Record<string, unknown>) : {};
      if (method !== "GET") sent.push({ method, path: decodeURIComponent(url), body });
      return Promise.resolve(new Response(JSON.stringify(command(plate, method, decodeURIComponent(url), body))));
    });
    document.body.innerHTML = "<div id=root></div>";
    root = createRoot(document.getElementById("root")!);
  });

  afterEach(async () => {
    await act(() => root.unmount());
    vi.unstubAllGlobals();
  });

  const button = (name: string) => [...document.querySelectorAll<HTMLButtonElement>("button")].find(({ textContent }) => textContent === name)!;
  const click = (name: string) => act(() => button(name).click());

  it("shows the consequence and asks before anything is sent, then can be undone", async () => {
    await show();
    await click("OPEN");
    expect(sent).toEqual([]);
    expect(document.querySelector("[role=dialog]")!.textContent).toContain("Running, it fills its tank");
    const why = document.querySelector<HTMLInputElement>("input[name=comment]")!;
    why.value = "tank is low";
    await act(() => why.form!.requestSubmit());
    expect(sent).toHaveLength(1);
    expect(sent[0]!.body).toMatchObject({ entity: PUMP, value: "OPEN", comment: "tank is low" });
    await vi.waitFor(() => expect(document.querySelector(".control-history tbody")!.textContent).toContain("Confirmed"));
    await click("Undo");
    expect(sent[1]!.path).toMatch(/\/undo$/);
    await vi.waitFor(() => expect(document.querySelector(".command-present strong")!.textContent).toBe("CLOSED"));
  });

  it("does not let a setting be wanted that an interlock stands against, and says why", async () => {
    await show();
    expect(button("AUTO").disabled).toBe(true);
    expect(document.querySelector(".interlocks")!.textContent).toContain("level is 7.9, needed is < 7.5");
  });

  it("shows a command that waits, to be approved by a second person", async () => {
    await show({ two_person: true });
    await click("OPEN");
    expect(document.querySelector("[role=dialog]")!.textContent).toContain("A second person has to approve it.");
    await act(() => document.querySelector<HTMLInputElement>("input[name=comment]")!.form!.requestSubmit());
    await vi.waitFor(() => expect(document.querySelector(".command-open")!.textContent).toContain("a second person has to approve it"));
    await click("Approve");
    expect(sent[1]!.path).toMatch(/^\/api\/v1\/commands\/urn:ngsi-ld:Command:[0-9a-f]+\/approve$/);
    await vi.waitFor(() => expect(document.querySelector(".control-history tbody")!.textContent).toContain("operator, Siti"));
  });

  it("changes the mode at a touch and says when the link is lost", async () => {
    await show({ link: "the MQTT broker: not connected" });
    expect(document.querySelector(".command-present")!.textContent).toContain("not connected");
    const automatic = [...document.querySelectorAll<HTMLInputElement>(".segmented input")][3]!;
    await act(() => automatic.click());
    expect(sent[0]).toMatchObject({ method: "PUT", path: `/api/v1/actuators/${PUMP}/mode`, body: { mode: "automatic" } });
  });

  it("lets a number be set where the actuator takes any", async () => {
    await show({ values: [], setting: 40, unit: "m", tolerance: 0.5, interlocks: [] });
    const input = document.querySelector<HTMLInputElement>("input[type=number]")!;
    expect(input.value).toBe("40");
    await act(() => input.form!.requestSubmit());
    await act(() => document.querySelector<HTMLInputElement>("input[name=comment]")!.form!.requestSubmit());
    expect(sent[0]!.body).toMatchObject({ value: 40 });
  });
});
