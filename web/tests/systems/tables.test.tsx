import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { type Root, createRoot } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { PanelTable, TableRows } from "@/api/types.ts";
import { live } from "@/live/store.ts";
import { PanelTables } from "@/systems/PanelTables.tsx";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

const AT = "2026-11-20T07:00:00Z";
const table: PanelTable = { id: "lowest", title: "Lowest", type: "Junction", columns: [{ attribute: "pressure", title: "Pressure" }, { attribute: "fedBy", title: "Fed by" }, { attribute: "since", title: "Since" }] };
const cell = { unit: null, link: null, observedAt: AT, quality: 0 as const, stale: false };
const rows: TableRows = {
  total: 41,
  rows: [
    { id: "urn:j:1", title: "North gate", cells: [{ ...cell, value: 21.5, unit: "MTR" }, { ...cell, value: "Tank 1", link: "urn:t:1", observedAt: null }, { ...cell, value: AT, observedAt: null }] },
    { id: "urn:j:2", title: "Harbour", cells: [{ ...cell, value: 22, unit: "MTR", stale: true }, null, null] },
  ],
};

describe("a table of a panel", () => {
  let root: Root;
  let answer: Response;

  const show = async (until: string) => {
    act(() => {
      root.render(
        <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
          <PanelTables solution="water" tables={[table]} />
        </QueryClientProvider>,
      );
    });
    await vi.waitFor(() => expect(document.body.textContent).toContain(until));
  };

  beforeEach(() => {
    vi.stubGlobal("fetch", () => Promise.resolve(answer));
    document.body.innerHTML = "<div id=root></div>";
    root = createRoot(document.getElementById("root")!);
  });
  afterEach(() => act(() => root.unmount()));

  it("links each row and each relation, and says how many there are", async () => {
    answer = new Response(JSON.stringify(rows));
    await show("2 of 41");
    const links = [...document.querySelectorAll("tbody a")].map((link) => [link.textContent, link.getAttribute("href")]);
    expect(links).toEqual([["North gate", "/entities/urn:j:1"], ["Tank 1", "/entities/urn:t:1"], ["Harbour", "/entities/urn:j:2"]]);
    expect(document.querySelector("tbody")!.textContent).toContain("20 Nov 2026");
    expect(document.querySelector(".state-stale")).not.toBeNull();
  });

  it("follows the live stream between two requests", async () => {
    answer = new Response(JSON.stringify(rows));
    await show("2 of 41");
    const entity = live.enter("urn:j:1", "Junction", null);
    await act(async () => {
      live.write(entity, "pressure", { value: 19.25, observedAt: Date.parse(AT) + 1000, quality: 0 });
      await new Promise((resolve) => setTimeout(resolve, 40));
    });
    expect(document.querySelector("tbody tr")!.textContent).toContain("19.25");
  });

  it("says so where it cannot be had", async () => {
    answer = new Response(JSON.stringify({ title: "Not found", detail: "solution 'water' has no table 'lowest'" }), { status: 404, headers: { "content-type": "application/problem+json" } });
    await show("has no table");
  });
});
