import { describe, expect, it } from "vitest";

import { fitted } from "@/work/shrink.ts";

describe("a photo", () => {
  it("keeps its shape and fits the longest side", () => {
    expect(fitted(4000, 3000, 2000)).toEqual({ width: 2000, height: 1500 });
    expect(fitted(300, 4000, 2000)).toEqual({ width: 150, height: 2000 });
  });
  it("is never made larger, and never vanishes", () => {
    expect(fitted(640, 480, 2000)).toEqual({ width: 640, height: 480 });
    expect(fitted(1, 9000, 2000)).toEqual({ width: 1, height: 2000 });
  });
});
