import { describe, expect, it } from "vitest";

import { answers } from "../../mock/answers.mjs";
import { world } from "../../mock/world.mjs";
import type { AttributeView, EntityView, History, MapSnapshot } from "@/api/types.ts";
import { rowsOf, shownColumns } from "@/entities/rows.ts";
import { readingOf, shownAttributes } from "@/entity/attributes.ts";

const ask = answers(world());
const get = <T>(path: string) => ask("GET", new URL(path, "http://mock"), null) as T;

describe("rows of a type", () => {
  const columns = get<MapSnapshot>("/api/v1/map?types=Junction").types[0]!;

  it("have one row an entity, with its values", () => {
    const rows = rowsOf(columns);
    expect(rows).toHaveLength(columns.ids.length);
    expect(Object.keys(rows[0]!.values)).toEqual(shownColumns(columns));
    expect(shownColumns(columns)).toEqual(["pressure", "demand"]);
  });
});

describe("an attribute's reading", () => {
  const entity = get<EntityView>("/api/v1/entities/urn:ngsi-ld:Tank:T1");
  const level = shownAttributes(entity)[0] as AttributeView;

  it("is what was fetched until something live comes", () => {
    expect(level.name).toBe("level");
    expect(readingOf(level, undefined, undefined, "en")).toMatchObject({ unit: "m", quality: level.quality.level });
  });

  it("is overtaken by the live value, its time and quality", () => {
    const cell = { value: 7.125, observedAt: 9e15, quality: 2 as const };
    expect(readingOf(level, cell, undefined, "en")).toEqual({ text: "7.13", unit: "m", quality: "bad", observedAt: 9e15, stale: false });
  });

  it("does not take a snapshot's time, which is the entity's newest, for its own", () => {
    const cell = { value: 7.125, observedAt: 9e15, quality: 2 as const, seeded: true as const };
    expect(readingOf(level, cell, undefined, "en").observedAt).toBe(Date.parse(level.observedAt!));
  });

  it("is stale by itself, and fresh once it is heard again or the whole entity is", () => {
    const old = { ...level, stale: true };
    const heard = { value: 7, observedAt: 9e15, quality: 0 as const };
    expect(readingOf(old, undefined, true, "en").stale).toBe(true);
    expect(readingOf(level, undefined, true, "en").stale).toBe(false);
    expect(readingOf(old, undefined, false, "en").stale).toBe(false);
    expect(readingOf(old, heard, true, "en").stale).toBe(false);
  });

  it("never calls stale what nobody observes", () => {
    const fixed = { ...level, observedAt: null };
    expect(readingOf(fixed, undefined, true, "en").stale).toBe(false);
  });

  it("comes with a history of the same length in every column", () => {
    const found = get<History>("/api/v1/history?entity=urn:ngsi-ld:Tank:T1&attribute=level&start=2026-11-19T00:00:00Z&end=2026-11-20T00:00:00Z");
    for (const column of [found.min, found.max, found.mean, found.count, found.quality]) expect(column).toHaveLength(found.t.length);
  });
});
