import { describe, expect, it } from "vitest";

import { fixedParams, presetParams, rangeOf, steppedEnd } from "@/history/range.ts";

const NOW = Date.UTC(2026, 0, 2);

describe("the range", () => {
  it("is the last day unless the address says more", () => {
    expect(rangeOf(null, null, null, NOW)).toEqual({ preset: "24h", start: NOW - 86_400_000, end: NOW });
    expect(rangeOf("nonsense", null, null, NOW).preset).toBe("24h");
  });

  it("is fixed where the address holds both ends", () => {
    const { from, to } = fixedParams(NOW - 5000, NOW);
    expect(rangeOf("1h", from!, to!, NOW + 1e9)).toEqual({ preset: null, start: NOW - 5000, end: NOW });
  });

  it("ignores ends in the wrong order", () => {
    expect(rangeOf("1h", "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", NOW).preset).toBe("1h");
  });

  it("is asked for anew no oftener than every quarter of a minute, at any speed", () => {
    const ends = [0, 1, 2, 3].map((seconds) => steppedEnd(NOW + 1 + seconds * 1000 * 300, 3_600_000, 300));
    expect(new Set(ends).size).toBe(1);
    expect(ends[0]).toBeGreaterThan(NOW);
    expect(steppedEnd(NOW + 1, 86_400_000, 1) - NOW).toBe(360_000);
  });

  it("leaves the usual preset out of the address", () => {
    expect(presetParams("24h")["range"]).toBeNull();
    expect(presetParams("7d")["range"]).toBe("7d");
  });
});
