import { beforeEach, describe, expect, it } from "vitest";

import type { TypeColumns } from "@/api/types.ts";
import { LiveStore } from "@/live/store.ts";
import { TypeModel, shownAttribute } from "@/map/type-model.ts";

function columns(over: Partial<TypeColumns> = {}): TypeColumns {
  return {
    type: "Tank", ids: ["urn:a", "urn:b", "urn:c"], names: ["A", null, "C"],
    geometry: [[1, 2], null, { type: "LineString", coordinates: [[0, 0], [1, 1]] }],
    values: { label: ["x", "y", "z"], level: [3, 4, 5] }, units: { level: "MTR" },
    observedAt: ["2026-01-01T00:00:00Z", null, null], quality: [0, 0, 2], stale: [false, false, true], ...over,
  };
}

describe("the model of a type", () => {
  let store: LiveStore;
  let model: TypeModel;
  beforeEach(() => {
    store = new LiveStore(() => undefined);
    model = new TypeModel(columns(), store);
    model.show("level");
  });
  const change = (id: string, attribute: string, value: unknown, quality: 0 | 1 | 2 = 0) => {
    const entity = store.find(id)!;
    store.write(entity, attribute, { value, observedAt: 9e15, quality });
    return model.update(new Set([entity]));
  };

  it("draws what has a place, with state, value and label", () => {
    expect(model.features.map(({ properties }) => properties)).toEqual([
      { s: 0, v: 3 },
      { s: 3, v: 5 },
    ]);
    expect([...model.shapes]).toEqual(["point", "line"]);
    expect(model.counts).toEqual([1, 0, 0, 1]);
  });

  it("knows members that have no place", () => {
    expect(model.has(store.find("urn:b")!)).toBe(true);
    expect(model.has(store.enter("urn:new", "Tank", null))).toBe(false);
  });

  it("says which features look different after a change", () => {
    expect(change("urn:a", "level", 7)).toEqual([0]);
    expect(model.features[0]!.properties).toEqual({ s: 0, v: 7 });
    expect(change("urn:a", "volume", 100)).toEqual([]);
  });

  it("moves a feature", () => {
    expect(change("urn:a", "location", [5, 6])).toEqual([0]);
    expect(model.features[0]!.geometry).toEqual({ type: "Point", coordinates: [5, 6] });
  });

  it("counts states as they change", () => {
    change("urn:a", "level", 3, 2);
    expect(model.counts).toEqual([0, 0, 1, 1]);
    store.setStale(store.find("urn:c")!, false);
    model.update(new Set([store.find("urn:c")!]));
    expect(model.counts).toEqual([0, 0, 2, 0]);
  });
});

describe("the shown attribute", () => {
  it("is the one that colours, else the preferred, else the first with a unit", () => {
    const colorBy = { attribute: "volume", unit: null, min: 0, max: 1, palette: "blues" };
    expect(shownAttribute(columns(), colorBy, "level")).toBe("volume");
    expect(shownAttribute(columns(), null, "level")).toBe("level");
    expect(shownAttribute(columns(), null, "gone")).toBe("level");
    expect(shownAttribute(columns({ values: {} }), null, undefined)).toBeNull();
  });
});
