import { describe, expect, it } from "vitest";

import type { History } from "@/api/types.ts";
import { strokesOf, trendOf } from "@/overview/trend.ts";

const HOUR = 3_600_000;
const history = (points: [hours: number, value: number | null][]): History => ({
  entity: "urn:t:1", attribute: "level", unit: null, bucket_s: 900, raw: false,
  t: points.map(([hours]) => hours * HOUR), mean: points.map(([, value]) => value),
  min: [], max: [], last: [], count: [], quality: [],
});

describe("a trend", () => {
  it.each([
    ["up", [[8.5, 2], [9.5, 4]]],
    ["down", [[8.5, 4], [9.5, 2]]],
    ["level", [[8.5, 4], [9.5, 4.05]]],
    [null, [[9.5, 4]]],
    [null, [[8.5, null], [9.5, 4]]],
  ] as const)("is %s", (direction, points) => {
    expect(trendOf(history(points.map(([hours, value]) => [hours, value])), 10 * HOUR, 10)).toBe(direction);
  });
});

describe("a sparkline", () => {
  it("spans its box, and breaks where nothing was observed", () => {
    const strokes = strokesOf(history([[0, 1], [1, 3], [2, null], [3, 2], [4, 1]]), 0, 4 * HOUR, 100, 20);
    expect(strokes).toEqual(["0.0,20.0 25.0,0.0", "75.0,10.0 100.0,20.0"]);
  });

  it("of a constant is a line, of nothing is nothing", () => {
    expect(strokesOf(history([[0, 5], [4, 5]]), 0, 4 * HOUR, 100, 20)).toEqual(["0.0,20.0 100.0,20.0"]);
    expect(strokesOf(history([[0, null]]), 0, 4 * HOUR, 100, 20)).toEqual([]);
  });
});
