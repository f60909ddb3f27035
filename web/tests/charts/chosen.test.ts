import { describe, expect, it } from "vitest";

import { chartPath, chosenOf, chosenText, earlierOf, isFull, moved } from "@/charts/chosen.ts";
import { drawnOf, drawnShifted, joined } from "@/history/drawn.ts";

describe("chosen series", () => {
  const two = [{ entity: "urn:ngsi-ld:Tank:T~1", attribute: "level" }, { entity: "urn:ngsi-ld:Pump:1", attribute: "power" }];

  it("come back from the address as they were", () => {
    expect(chosenOf(chosenText(two))).toEqual(two);
    expect(chosenOf(new URLSearchParams(chartPath("urn:x:a b".replace(" ", ""), "level").split("?")[1]).get("s"))).toEqual([{ entity: "urn:x:ab", attribute: "level" }]);
  });

  it.each([null, "", "~", "urn:x", "urn:x~", "~level"])("are none where the address says %s", (text) => {
    expect(chosenOf(text)).toEqual([]);
    expect(chosenText(chosenOf(text))).toBeNull();
  });

  it("stand there once, and no more than a dozen", () => {
    const many = Array.from({ length: 20 }, (_, index) => ({ entity: `urn:x:${index}`, attribute: "level" }));
    expect(chosenOf(chosenText([...two, ...two]))).toEqual(two);
    expect(isFull(chosenOf(chosenText(many)))).toBe(true);
    expect(chosenOf(chosenText(many))).toHaveLength(12);
  });

  it("are compared with a period that exists", () => {
    expect([earlierOf("week"), earlierOf("toString"), earlierOf(null)]).toEqual(["week", null, null]);
  });
});

describe("a range", () => {
  it("moves by parts of its length and grows about its middle", () => {
    expect(moved(0, 100, 0.5)).toEqual([50, 150]);
    expect(moved(0, 100, 0, 2)).toEqual([-50, 150]);
    expect(moved(...moved(0, 100, 0, 2), 0, 0.5)).toEqual([0, 100]);
  });
});

describe("periods laid over each other", () => {
  const history = (t: number[], mean: number[]) => ({ entity: "urn:x", attribute: "a", unit: null, bucket_s: 60, raw: false, t, mean, min: mean, max: mean, last: mean, count: t.map(() => 1), quality: t.map(() => 0 as const) });

  it("share their times", () => {
    const [times, now, before] = joined([drawnOf("now", history([120_000, 180_000], [1, 2])), drawnShifted("before", history([0, 60_000], [3, 4]), 120_000)]);
    expect([...times!]).toEqual([120, 180]);
    expect([...now!]).toEqual([1, 2]);
    expect([...before!]).toEqual([3, 4]);
  });

  it("show lowest and highest where they are summed up", () => {
    expect(drawnOf("now", history([0], [1]), { min: "min", max: "max" }).table).toHaveLength(4);
    expect(drawnOf("now", { ...history([0], [1]), raw: true }, { min: "min", max: "max" }).table).toHaveLength(2);
  });
});
