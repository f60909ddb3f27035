import { describe, expect, it } from "vitest";

import type { TypeColumns } from "@/api/types.ts";
import { START, counted, draftOf, draftText, nextName, toggled, withCandidates } from "@/solutions/amenities/plan/draft.ts";
import { buildingsIn, cornersIn, inside } from "@/solutions/amenities/plan/drawing.ts";
import { signsOf } from "@/solutions/amenities/plan/drawn.ts";
import { CHANGES, changeOf, classOf, letter, shadeOf, walkClasses } from "@/solutions/amenities/plan/shades.ts";
import { en } from "@/solutions/amenities/plan/texts/en.ts";
import { id } from "@/solutions/amenities/plan/texts/id.ts";
import { tell } from "@/solutions/amenities/plan/texts/texts.ts";
import type { Draft, Kind, Result, Spread } from "@/solutions/amenities/plan/types.ts";
import { FIGURES, amount, difference, groupName, meaning, proof, signed } from "@/solutions/amenities/plan/words.ts";

const said = tell("en");
const spread = (mean: number): Spread => ({ people: 10, mean, gini: 0.2, worst_decile: mean, p90: mean, without: 0 });
const standing = (mean: number) => ({ town: spread(mean), neighbourhoods: {}, groups: {}, within: 0.5 });

const RESULT: Result = {
  at: "2026-11-20T10:00:00Z", seconds: 0.4, objective: 3000, bound: 2970, gap: 0.0101, unit: "person-minutes", status: "feasible", proof: "prices",
  sites: [
    { id: "urn:p:1", name: "Klinik", lon: 1, lat: 1, new: false, people: 4, cost: 0, loss: 12 },
    { id: null, name: "Site 1", lon: 2, lat: 2, new: true, people: 6, cost: 1, loss: null },
  ],
  closed: [], spent: 1, people: 10, before: standing(12), after: standing(9), neighbourhoods: {}, groups: {},
  buildings: ["a", "b", "c", "d"], walk_before: [4, 20, null, null], walk_after: [9, 10, 6, null], nearest: [0, 1, 1, null], others: [], notes: [],
};

describe("a draft in the address", () => {
  const draft: Draft = { ...START, name: "Klinik 東 & co", model: "mclp", radius: 7.5, floors: [{ kind: "tail", share: 0.1, minutes: 12 }], candidates: [{ name: "Site 1", lon: 103.45, lat: 3.07, cost: 2, status: "kept" }] };

  it("comes back as it was", () => {
    expect(draftOf(draftText(draft))).toEqual(draft);
    expect(draftOf(draftText(START))).toEqual(START);
  });

  it("needs no escape there", () => {
    expect(draftText(draft)).toMatch(/^[\w-]+$/);
  });

  it.each(["", "%%%", "e30x", btoa("[1, 2"), btoa("null"), btoa('{"who": 5, "travel": [], "other": 1}')])("is the start where the text is none of ours: %s", (text) => {
    expect(draftOf(text)).toEqual(START);
  });
});

describe("candidates", () => {
  it("get names of their own", () => {
    const made = withCandidates([], [{ name: "Jalan", lon: 1, lat: 1 }, { name: "Jalan", lon: 2, lat: 2 }, { name: "Jalan", lon: 3, lat: 3 }]);
    expect(made.map(({ name }) => name)).toEqual(["Jalan", "Jalan (2)", "Jalan (3)"]);
    expect(made[0]).toMatchObject({ cost: 1, status: "free" });
  });

  it("are numbered without repeating one that is left after another was removed", () => {
    const left = withCandidates([], [{ name: "Site 2", lon: 1, lat: 1 }]);
    expect(nextName(left, "Site")).toBe("Site 3");
    expect(nextName([], "Site")).toBe("Site 1");
  });

  const AREA = [[0, 0], [4, 0], [4, 4], [0, 4]] as [number, number][];

  it("lie inside an area or not, hollow ones too", () => {
    const hook = [[0, 0], [4, 0], [4, 4], [3, 4], [3, 1], [0, 1]] as [number, number][];
    expect(inside([1, 3], hook)).toBe(false);
    expect(inside([3.5, 3], hook)).toBe(true);
    expect(inside([5, 5], AREA)).toBe(false);
  });

  const columns = (type: string, names: string[], geometry: TypeColumns["geometry"]): TypeColumns => ({ type, ids: names.map((name) => `urn:${name}`), names, geometry, values: {}, units: {}, observedAt: [], quality: [], stale: [] });

  it("are the corners of streets in an area, each once", () => {
    const line = (...coordinates: [number, number][]) => ({ type: "LineString" as const, coordinates });
    const streets = columns("RoadSegment", ["A", "B"], [line([1, 1], [9, 9], [2, 2]), line([2, 2], [9, 1])]);
    expect(cornersIn(AREA, streets)).toEqual([{ name: "A", lon: 1, lat: 1 }, { name: "A", lon: 2, lat: 2 }]);
  });

  it("are the buildings whose middle is in an area", () => {
    const box = (x: number) => ({ type: "Polygon" as const, coordinates: [[[x, 1], [x + 1, 1], [x + 1, 2], [x, 2]]] });
    expect(buildingsIn(AREA, columns("Building", ["in", "out"], [box(1), box(7)]))).toEqual([{ name: "in", lon: 1.5, lat: 1.5 }]);
  });
});

describe("what the map shows", () => {
  it("has a class for every walk, near ones first", () => {
    const classes = walkClasses(15);
    expect(classes.map(({ to }) => to)).toEqual([5, 10, 15, 22.5, 30, Infinity]);
    expect(classOf(15, classes)).toBe(classes[2]);
    expect(classOf(1000, classes)).toBe(classes[5]);
  });

  it("tells gains from losses by more than colour", () => {
    expect(changeOf(null, 6)).toBe(-Infinity);
    expect(changeOf(6, null)).toBe(Infinity);
    expect(changeOf(null, null)).toBeNull();
    const shades = RESULT.buildings.map((_, k) => shadeOf("change", RESULT, k, 15));
    expect(shades.map(({ label }) => label)).toEqual(["+5", "−10", "+", "–"]);
    expect(shades.map(({ hatch }) => hatch)).toEqual([true, false, false, true]);
    expect(new Set(CHANGES.map(({ color }) => color)).size).toBe(CHANGES.length);
  });

  it("names catchments by the letter of their place", () => {
    expect(RESULT.buildings.map((_, k) => shadeOf("catchments", RESULT, k, 15).label)).toEqual(["A", "B", "B", "–"]);
    expect([0, 25, 26, 701, 702].map(letter)).toEqual(["A", "Z", "AA", "ZZ", "AAA"]);
  });

  it("puts each place, candidate and new place once", () => {
    const kind: Kind = { name: "clinic", title: "Clinics", goal: 15, serves: [], places: [{ id: "urn:p:1", name: "Klinik", lon: 1, lat: 1, capacity: null }] };
    const draft = { ...START, close: ["urn:p:1"], candidates: withCandidates([], [{ name: "Site 1", lon: 2, lat: 2 }, { name: "Site 2", lon: 3, lat: 3 }]) };
    const other = { sites: ["Site 2"], objective: 1, worse: 0.01, at: [[3, 3]] as [number, number][] };
    expect(signsOf(draft, kind, RESULT, other).map(({ sign, label }) => `${sign} ${label}`)).toEqual(["closed Klinik", "free Site 2", "other Site 2", "new Site 1"]);
  });
});

describe("the answer in words", () => {
  it("never rounds a gap down, and calls only nothing proven", () => {
    expect(proof(RESULT, said, "en")[0]).toContain("at most 1.1 %");
    expect(proof({ ...RESULT, gap: 0.00004 }, said, "en")[0]).toContain("at most 0.1 %");
    expect(proof({ ...RESULT, gap: 0 }, said, "en")[0]).toContain("Proven");
  });

  it("says what the objective means for people", () => {
    expect(meaning({ ...START, model: "p-median" }, RESULT, said, "en")).toBe("Everybody together then walks 3,000 person-minutes, 9 min a person.");
    expect(amount(12.34, "minutes", said, "en")).toBe("12.3\u202fmin");
  });

  it("says whether a change is better", () => {
    const [within, mean] = FIGURES;
    expect(difference(within!, 0.4, 0.6, said, "en")).toBe("+20\u202f%, better");
    expect(difference(mean!, 5, 7.25, said, "en")).toBe("+2.3\u202fmin, worse");
    expect(difference(mean!, 5, 5.01, said, "en")).toBe("0\u202fmin");
    expect(difference(mean!, null, 5, said, "en")).toBe("–");
    expect(signed(-2, String)).toBe("−2");
  });

  it("reads age groups and counts those chosen", () => {
    expect(groupName("0-4", said)).toBe("0–4 years");
    expect(counted({ a: 3, b: 4 }, [])).toBe(7);
    expect(counted({ a: 3, b: 4 }, ["b"])).toBe(4);
    expect(toggled(["a"], "a", true)).toEqual(["a"]);
    expect(toggled(["a", "b"], "a", false)).toEqual(["b"]);
  });

  const parts = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
  it.each(Object.keys(en) as (keyof typeof en)[])("has the same parts in every language: %s", (key) => {
    expect(parts(id[key])).toEqual(parts(en[key]));
    expect(id[key].trim()).not.toBe("");
  });
});
