/** Addresses of the dashboard's pages. A permalink is the address: it holds what is seen. */

export type Route =
  | { page: "map" }
  | { page: "overview" }
  | { page: "charts" }
  | { page: "boards" }
  | { page: "entities" }
  | { page: "entity"; id: string }
  | { page: "alarms" }
  | { page: "work" }
  | { page: "systems" }
  | { page: "system"; solution: string; name: string }
  | { page: "ingest" }
  | { page: "users" }
  | { page: "unknown"; path: string };

export type PageName = Exclude<Route["page"], "entity" | "system" | "unknown">;

export const PATHS: Record<PageName, string> = {
  map: "/",
  overview: "/overview",
  alarms: "/alarms",
  work: "/work",
  charts: "/charts",
  boards: "/boards",
  entities: "/entities",
  systems: "/systems",
  ingest: "/ingest",
  users: "/users",
};

export function routeOf(path: string): Route {
  const entity = /^\/entities\/(.+)$/.exec(path);
  if (entity?.[1]) return { page: "entity", id: decodeURIComponent(entity[1]) };
  const own = /^\/systems\/([^/]+)\/([^/]+)\/?$/.exec(path);
  if (own?.[1] && own[2]) return { page: "system", solution: decodeURIComponent(own[1]), name: decodeURIComponent(own[2]) };
  const clean = path.length > 1 ? path.replace(/\/$/, "") : path;
  const known = (Object.keys(PATHS) as PageName[]).find((page) => PATHS[page] === clean);
  return known ? { page: known } : { page: "unknown", path };
}

export function entityPath(id: string): string {
  return `/entities/${encodeURIComponent(id).replaceAll("%3A", ":")}`;
}

/** The place in the navigation that a page belongs to. */
export function navOf(route: Route): PageName {
  if (route.page === "entity" || route.page === "unknown") return "entities";
  return route.page === "system" ? "systems" : route.page;
}

/** A page of a solution's own. */
export function systemPath(solution: string, name: string): string {
  return `${PATHS.systems}/${encodeURIComponent(solution)}/${encodeURIComponent(name)}`;
}

/** The part of an id that tells it from others of its type: `urn:ngsi-ld:Tank:T1` gives `T1`. */
export function shortId(id: string): string {
  return id.split(":").slice(3).join(":") || id;
}

/** The map with the entity chosen. */
export function onMapPath(id: string): string {
  return `/?${new URLSearchParams({ sel: id }).toString()}`;
}
