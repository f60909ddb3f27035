import { describe, expect, it } from "vitest";

import { keyed, partsOf, reordered, sized, tileOf, without } from "@/boards/layout.ts";

const tiles = ["a", "b", "c"].map((part) => tileOf("water", "chart", part));
const order = (found: readonly { part: string }[] | null) => found?.map(({ part }) => part).join("");

describe("tiles of a board", () => {
  it("change places, and stay where there is no place to go", () => {
    expect(order(reordered(tiles, 0, 2))).toBe("bca");
    expect(order(reordered(tiles, 2, 0))).toBe("cab");
    expect(order(reordered(tiles, 0, -1))).toBe("abc");
    expect(order(reordered(tiles, 9, 0))).toBe("abc");
    expect(order(without(tiles, 1))).toBe("ac");
  });

  it("are at least one cell and at most the whole width", () => {
    expect(sized(tiles, 1, 40, 0)[1]).toMatchObject({ width: 12, height: 1 });
    expect(sized(tiles, 1, 40, 0)[0]).toEqual(tiles[0]);
  });

  it("follow the keys: arrows move, with Shift they size", () => {
    expect(order(keyed(tiles, 0, "ArrowRight", false))).toBe("bac");
    expect(order(keyed(tiles, 0, "ArrowLeft", false))).toBe("abc");
    expect(keyed(tiles, 0, "ArrowRight", true)?.[0]).toMatchObject({ width: 7, height: 5 });
    expect(keyed(tiles, 0, "ArrowUp", true)?.[0]).toMatchObject({ width: 6, height: 4 });
    expect(keyed(tiles, 0, "x", false)).toBeNull();
  });

  it("are any part of a panel", () => {
    const panel = { title: "Water", pages: [], layers: [], cards: [{ id: "c", title: "C", entity: "urn:x", attribute: "a", unit: null, min: null, max: null }], charts: [{ id: "h", title: "H", series: [] }], tables: [{ id: "t", title: "T", type: "X", columns: [] }] };
    expect(partsOf("water", panel).map(({ tile }) => `${tile.kind}/${tile.part}`)).toEqual(["card/c", "chart/h", "table/t"]);
  });
});
