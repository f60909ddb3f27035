import { describe, expect, it } from "vitest";

import { entityPath, routeOf, shortId } from "@/routing/route.ts";

describe("routes", () => {
  it.each(["urn:ngsi-ld:Tank:T1", "urn:x:a/b c", "http://town.example/e?x=1#y"])("leads to an entity and back: %s", (id) => {
    expect(routeOf(entityPath(id))).toEqual({ page: "entity", id });
  });

  it("knows its pages, with or without a slash at the end", () => {
    expect(routeOf("/")).toEqual({ page: "map" });
    expect(routeOf("/systems/")).toEqual({ page: "systems" });
    expect(routeOf("/nowhere")).toEqual({ page: "unknown", path: "/nowhere" });
  });

  it("shortens an id to what tells it apart", () => {
    expect(shortId("urn:ngsi-ld:Tank:T1")).toBe("T1");
    expect(shortId("plain")).toBe("plain");
  });
});
