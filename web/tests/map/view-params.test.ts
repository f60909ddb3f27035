import { describe, expect, it } from "vitest";

import { coloringText } from "@/map/colorings.ts";
import { extent } from "@/map/extent.ts";
import { layersText, viewOf, viewText, visibleTypes } from "@/map/view-params.ts";

const TYPES = ["Building", "Tank", "Pump", "Sewer"].map((type) => ({ type, title: type, count: 1, system: null, shown: type !== "Sewer" }));

describe("the map's address", () => {
  it("holds the view both ways", () => {
    expect(viewOf(viewText({ zoom: 15.25, lat: 3.07, lon: 103.45 }))).toEqual({ zoom: 15.25, lat: 3.07, lon: 103.45 });
  });

  it.each([null, "", "15", "a/b/c", "15/95/0"])("ignores a view that is none: %s", (text) => {
    expect(viewOf(text)).toBeNull();
  });

  it("shows all but the background until told otherwise", () => {
    expect(visibleTypes(null, TYPES)).toEqual(["Tank", "Pump"]);
    expect(visibleTypes("Pump,Nothing", TYPES)).toEqual(["Pump"]);
    expect(visibleTypes("none", TYPES)).toEqual([]);
  });

  it("stays short where layers are as usual", () => {
    expect(layersText(["Tank", "Pump"], TYPES)).toBeNull();
    expect(layersText(["Pump"], TYPES)).toBe("Pump");
    expect(layersText([], TYPES)).toBe("none");
  });

  it("replaces only the colouring of the same type", () => {
    const options = [{ key: "water.pressure" }, { key: "water.demand" }] as never;
    expect(coloringText("water.flow,water.pressure", options, "water.demand")).toBe("water.flow,water.demand");
    expect(coloringText("water.pressure", options, null)).toBeNull();
  });
});

describe("the extent", () => {
  it("is the box around all geometries", () => {
    expect(extent([{ type: "Point", coordinates: [1, 9] }, { type: "Polygon", coordinates: [[[0, 5], [3, 5], [3, 6], [0, 5]]] }])).toEqual([0, 5, 3, 9]);
    expect(extent([])).toBeNull();
  });
});
