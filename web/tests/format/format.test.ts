import { beforeAll, describe, expect, it } from "vitest";

import { ageOf, formatTime, fromLocalInput, partOfDay, setTimeZone, toLocalInput } from "@/format/times.ts";
import { unitSymbol } from "@/format/units.ts";
import { formatCount, formatMeasure, formatValue, withUnit } from "@/format/values.ts";

describe("values", () => {
  it("keep their decimals at one size, so that digits do not jump", () => {
    expect([0.5, 2, 35.7312, 210.04, 18_442.9].map((value) => formatMeasure(value, "en"))).toEqual(["0.500", "2.00", "35.73", "210.0", "18,443"]);
  });

  it("follow the language", () => {
    expect(formatMeasure(1234.5, "id")).toBe("1.235");
    expect(formatMeasure(2.5, "id")).toBe("2,50");
  });

  it("show counts and texts as they are", () => {
    expect(formatCount(12, "en")).toBe("12");
    expect(formatValue("open", "en")).toBe("open");
    expect(formatValue(null, "en")).toBe("–");
    expect(formatValue(false, "en")).toBe("false");
  });

  it("carry the unit that people read", () => {
    expect(withUnit("4.20", unitSymbol("MTR"))).toBe("4.20\u202fm");
    expect(unitSymbol("furlong")).toBe("furlong");
    expect(withUnit("4", "")).toBe("4");
  });
});

describe("times", () => {
  beforeAll(() => setTimeZone("Asia/Jakarta"));
  const dawn = Date.UTC(2026, 10, 19, 22, 30);

  it("are the town's", () => {
    expect(formatTime(dawn, "clock", "en")).toBe("05:30");
    expect(partOfDay(dawn)).toBeCloseTo(5.5 / 24);
  });

  it("survive a form field", () => {
    expect(toLocalInput(dawn)).toBe("2026-11-20T05:30");
    expect(fromLocalInput(toLocalInput(dawn))).toBe(dawn);
    expect(fromLocalInput("")).toBeNaN();
  });

  it("age in the largest unit that tells", () => {
    expect(ageOf(89)).toEqual({ count: 89, unit: "second" });
    expect(ageOf(5399)).toEqual({ count: 89, unit: "minute" });
    expect(ageOf(-3)).toEqual({ count: 0, unit: "second" });
  });
});
