import { describe, expect, it } from "vitest";

import type { Past } from "@/api/types.ts";
import { LiveStore } from "@/live/store.ts";
import { write } from "@/replay/frames.ts";
import { advanced, momentOf, replayOf, replayParams, stepOf } from "@/replay/replay.ts";

const text = "2026-11-20T00:00:00Z/2026-11-20T06:00:00Z";
const start = Date.parse("2026-11-20T00:00:00Z");
const HOUR = 3_600_000;

describe("a replay in the address", () => {
  it.each([
    [text, null, null],
    [text, "2026-11-20T02:30:00Z", "3600"],
    [text, "2026-11-20T06:00:00Z", null],
  ] as [string, string | null, string | null][])("opens as it was left: %s %s %s", (...told) => {
    const replay = replayOf(...told)!;
    const params = replayParams(replay);
    expect([params["replay"], params["t"], params["rate"]]).toEqual(told);
    expect(replayOf(params["replay"]!, params["t"]!, params["rate"]!)).toEqual(replay);
  });

  it.each([null, "", "soon/later", "2026-11-20T06:00:00Z/2026-11-20T00:00:00Z", "2026-11-20T06:00:00Z"])("is none where it says %s", (told) => {
    expect(replayOf(told, null, null)).toBeNull();
  });

  it("keeps within its stretch and to its speeds", () => {
    expect(replayOf(text, "2027-01-01T00:00:00Z", "7")).toEqual({ start, end: start + 6 * HOUR, at: start + 6 * HOUR, rate: 600 });
  });
});

describe("a replay", () => {
  const replay = replayOf(text, null, "3600")!;

  it("moves by its speed and stays at its end", () => {
    expect(advanced(replay, 1000).at).toBe(start + HOUR);
    expect(advanced(replay, 60_000).at).toBe(replay.end);
  });

  it("has whole seconds between moments", () => {
    expect(stepOf(replay)).toBe(75_000);
    expect(stepOf({ ...replay, end: start + 1000 })).toBe(1000);
    expect(momentOf({ ...replay, at: start + 80_000 })).toBe(1);
  });
});

describe("a moment of the past", () => {
  const past: Past = { type: "Tank", attribute: "level", unit: "MTR", start_ms: start, step_ms: 1000, ids: ["urn:t:1", "urn:t:2", "urn:x"], frames: [[1, null, 5], [2, 3, 6]], levels: [[], [[1, 2]]] };

  it("is what was known then: values, quality, and silence", () => {
    const store = new LiveStore(() => undefined);
    const [one, two] = ["urn:t:1", "urn:t:2"].map((id) => store.enter(id, "Tank", null));
    write(store, past, 0);
    expect(one!.cells.get("level")?.value).toBe(1);
    expect(two!.stale).toBe(true);
    write(store, past, 1);
    expect(two!.cells.get("level")).toMatchObject({ value: 3, quality: 2, observedAt: start + 1000 });
    expect(two!.stale).toBe(false);
    expect(store.find("urn:x")).toBeUndefined();
  });
});
