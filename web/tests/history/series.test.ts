import { describe, expect, it } from "vitest";

import type { History } from "@/api/types.ts";
import { extentOf, seriesOf, withTail } from "@/history/series.ts";

function history(seconds: number[], over: Partial<History> = {}): History {
  const values = seconds.map((_, index) => index);
  return {
    entity: "urn:a", attribute: "level", unit: null, bucket_s: 60, raw: false,
    t: seconds.map((s) => s * 1000), min: values.map((v) => v - 1), max: values.map((v) => v + 1), mean: values, last: values,
    count: values.map(() => 1), quality: values.map(() => 0), ...over,
  };
}

describe("a series", () => {
  it("breaks the line where buckets are missing", () => {
    const { t, mean } = seriesOf(history([0, 60, 120, 180, 600, 660, 720]));
    expect(t).toEqual([0, 60, 120, 180, 240, 600, 660, 720]);
    expect(mean).toEqual([0, 1, 2, 3, null, 4, 5, 6]);
  });

  it("does not break it for one bucket", () => {
    expect(seriesOf(history([0, 60, 180])).mean).not.toContain(null);
  });

  it("follows a sensor that changes its pace", () => {
    const slow = Array.from({ length: 20 }, (_, index) => index * 300);
    const quick = Array.from({ length: 20 }, (_, index) => 5700 + (index + 1) * 60);
    expect(seriesOf(history([...slow, ...quick], { raw: true, bucket_s: 0 })).mean).not.toContain(null);
  });

  it("draws a line through buckets that are finer than the sensor's pace", () => {
    expect(seriesOf(history([0, 900, 1800, 2700], { bucket_s: 60 })).mean).not.toContain(null);
  });

  it("appends only what is newer than it", () => {
    const joined = withTail(seriesOf(history([0, 60])), [{ t: 30, value: 9, quality: 0 }, { t: 90, value: 7, quality: 2 }]);
    expect(joined.t).toEqual([0, 60, 90]);
    expect(joined.max.at(-1)).toBe(7);
    expect(joined.quality.at(-1)).toBe(2);
  });

  it("knows its lowest, highest and last value", () => {
    expect(extentOf(seriesOf(history([0, 60, 120])))).toEqual({ min: -1, max: 3, last: 2 });
    expect(extentOf(seriesOf(history([])))).toBeNull();
  });
});
