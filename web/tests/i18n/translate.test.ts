import { describe, expect, it } from "vitest";

import { en } from "@/i18n/en.ts";
import { id } from "@/i18n/id.ts";
import { durationText, t, termIn, translate } from "@/i18n/translate.ts";

const parts = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe("messages", () => {
  it("fill in their parts", () => {
    expect(translate("en", "entities.page", { from: 1, to: 50, count: 92 })).toBe("1–50 of 92");
    expect(translate("id", "entities.page", { from: 1, to: 50, count: 92 })).toBe("1–50 dari 92");
  });

  it.each(Object.keys(en) as (keyof typeof en)[])("has the same parts in every language: %s", (key) => {
    expect(parts(id[key])).toEqual(parts(en[key]));
    expect(id[key].trim()).not.toBe("");
  });

  it("say durations", () => {
    expect([5, 150, 7200, 300_000].map((seconds) => durationText(t, seconds))).toEqual(["5 s", "2 min", "2 h", "3 d"]);
  });
});

describe("terms", () => {
  it("are translated, else titled, else spelled out", () => {
    expect(termIn("id", {}, "pressure", "Pressure")).toBe("Tekanan");
    expect(termIn("en", {}, "pressure", "Water pressure")).toBe("Water pressure");
    expect(termIn("en", {}, "relativeHumidity")).toBe("Relative humidity");
  });

  it("are what solutions call them", () => {
    expect(termIn("id", { inflow: "Air masuk" }, "inflow", "Inflow")).toBe("Air masuk");
    expect(termIn("id", { Inflow: "Air masuk" }, "in", "Inflow")).toBe("Air masuk");
  });
});
