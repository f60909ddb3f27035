import { describe, expect, it } from "vitest";

import { fixedParams, presetParams, rangeOf } from "@/history/range.ts";

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

  it("leaves the usual preset out of the address", () => {
    expect(presetParams("24h")["range"]).toBeNull();
    expect(presetParams("7d")["range"]).toBe("7d");
  });
});
