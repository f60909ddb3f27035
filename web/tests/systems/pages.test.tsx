import { describe, expect, it } from "vitest";

import { navOf, routeOf, systemPath } from "@/routing/route.ts";
import { pageOf } from "@/systems/pages.ts";

describe("a solution's own page", () => {
  it("has an address that leads back to it", () => {
    expect(routeOf(systemPath("people_flow", "plan b"))).toEqual({ page: "system", solution: "people_flow", name: "plan b" });
    expect(routeOf("/systems/amenities/plan/")).toEqual({ page: "system", solution: "amenities", name: "plan" });
    expect(routeOf("/systems/amenities")).toMatchObject({ page: "unknown" });
  });

  it("belongs to the systems in the navigation", () => {
    expect(navOf({ page: "system", solution: "amenities", name: "plan" })).toBe("systems");
  });

  it("is found by its folder alone", () => {
    expect(pageOf("amenities", "plan")).toBeDefined();
    expect(pageOf("amenities", "nothing")).toBeUndefined();
  });
});
