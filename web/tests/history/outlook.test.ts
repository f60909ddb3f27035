import { describe, expect, it } from "vitest";

import { outlookOf } from "@/history/outlook.ts";

const at = ["2026-11-20T07:00:00Z", "2026-11-20T07:15:00Z"];
const first = Date.parse(at[0]!) / 1000;

describe("an outlook", () => {
  it("is a curve under any name, with the band that holds nine in ten", () => {
    const found = outlookOf({ at, level: [4, 5], uncertainty: [0, 1] });
    expect(found?.t).toEqual([first, first + 900]);
    expect(found?.mean).toEqual([4, 5]);
    expect(found?.low?.[0]).toBe(4);
    expect(found?.low?.[1]).toBeCloseTo(5 - 1.6449);
    expect(found?.high?.[1]).toBeCloseTo(5 + 1.6449);
  });

  it("without a spread has no band", () => {
    expect(outlookOf({ at, flow: [4, 5] })).toEqual({ t: [first, first + 900], mean: [4, 5], low: null, high: null });
  });

  it.each([
    ["nothing", null],
    ["a number", 4],
    ["no times", { level: [4, 5] }],
    ["no curve", { at }],
    ["an empty curve", { at: [], level: [] }],
    ["curve and times of different lengths", { at, level: [4] }],
    ["a time that is none", { at: ["soon", at[1]], level: [4, 5] }],
    ["times that fall", { at: [...at].reverse(), level: [4, 5] }],
    ["a value that is no number", { at, level: [4, null] }],
    ["a spread of another length", { at, level: [4, 5], uncertainty: [1] }],
    ["a negative spread", { at, level: [4, 5], uncertainty: [1, -1] }],
  ])("is refused where there is %s", (_, value) => {
    expect(outlookOf(value)).toBeNull();
  });
});
