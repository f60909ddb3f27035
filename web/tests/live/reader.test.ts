import { describe, expect, it } from "vitest";

import { clockNow, clockSpeed } from "@/live/clock.ts";
import { FrameReader } from "@/live/reader.ts";
import { LiveStore } from "@/live/store.ts";

const reader = () => new FrameReader(new LiveStore(() => undefined));

describe("the reader of live frames", () => {
  it("puts rows under the names that came before them", () => {
    const read = reader();
    read.read({ op: "names", entities: [[7, "urn:a", "Tank", "Tank A"]], attributes: [[0, "level", "MTR"]] });
    read.read({ op: "delta", at: 1, now: "2026-01-01T00:00:00Z", rows: [[7, 0, 4.5, 1000, 1]] });
    expect(read.store.cell("urn:a", "level")).toEqual({ value: 4.5, observedAt: 1000, quality: 1 });
    expect(read.store.unit("level")).toBe("MTR");
  });

  it("skips rows whose handle was never named", () => {
    const read = reader();
    read.read({ op: "delta", at: 1, now: "2026-01-01T00:00:00Z", rows: [[7, 0, 4.5, 1000, 0]] });
    expect(read.store.cell("urn:a", "level")).toBeUndefined();
  });

  it("marks what is stale and fresh again", () => {
    const read = reader();
    read.read({ op: "names", entities: [[7, "urn:a", "Tank", null]], attributes: [] });
    read.read({ op: "stale", rows: [[7, true]] });
    expect(read.store.find("urn:a")?.stale).toBe(true);
    read.read({ op: "stale", rows: [[7, false]] });
    expect(read.store.find("urn:a")?.stale).toBe(false);
  });

  it("drops what is gone", () => {
    const read = reader();
    read.read({ op: "names", entities: [[7, "urn:a", "Tank", null]], attributes: [] });
    read.read({ op: "gone", entities: [7] });
    expect(read.store.find("urn:a")).toBeUndefined();
  });

  it("takes over the clock and its speed", () => {
    reader().read({ op: "clock", now: "2026-01-01T00:00:00Z", speed: 60 });
    expect(clockSpeed()).toBe(60);
    expect(Math.abs(clockNow() - Date.parse("2026-01-01T00:00:00Z"))).toBeLessThan(60_000);
  });
});
