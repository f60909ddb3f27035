/** What a plan puts on the map. */

import type { Geometry } from "geojson";

import type { Position, TypeColumns } from "@/api/types.ts";
import { anchor } from "@/map/chosen-layer.ts";

import type { Drawn } from "./PlanCanvas.tsx";
import type { Home, Way } from "./plan-map.ts";
import { type Shown, crowdShade, letter, shadeOf, siteColor } from "./shades.ts";
import type { Sign } from "./signs.ts";
import type { Draft, Kind, Other, Result } from "./types.ts";

/** A building's outline, or the point where it stands. */
function shapeOf(geometry: Position | Geometry | null | undefined): Geometry | null {
  if (Array.isArray(geometry)) return { type: "Point", coordinates: geometry };
  return geometry ?? null;
}

/** Buildings where people live, by the class that is shown; without an answer by their people. */
function homesOf(buildings: TypeColumns, shown: Shown, result: Result | null, goal: number): Home[] {
  const at = new Map(result?.buildings.map((id, k) => [id, k]));
  const residents = buildings.values["residents"];
  return buildings.ids.flatMap((id, k) => {
    const geometry = shapeOf(buildings.geometry[k]);
    const people = Number(residents?.[k] ?? 0);
    if (!geometry || !(people > 0)) return [];
    const index = at.get(id);
    const shade = shown === "people" || !result || index === undefined ? crowdShade(people) : shadeOf(shown, result, index, goal);
    return [{ geometry, shade }];
  });
}

function waysOf(buildings: TypeColumns, { buildings: ids, nearest, sites }: Result): Way[] {
  const geometry = new Map(buildings.ids.map((id, k) => [id, shapeOf(buildings.geometry[k])]));
  return ids.flatMap((id, k): Way[] => {
    const site = nearest[k] ?? null;
    const shape = geometry.get(id);
    const from = shape ? anchor(shape) : undefined;
    const to = site === null ? undefined : sites[site];
    return from && to ? [[[from[0]!, from[1]!], [to.lon, to.lat], siteColor(site!)]] : [];
  });
}

/** Places, candidates, new places and, where one is looked at, an alternative's. */
export function signsOf(draft: Draft, kind: Kind, result: Result | null, other: Other | null): Drawn["signs"] {
  const built = new Set(result?.sites.filter((site) => site.new).map(({ name }) => name));
  const places = kind.places.map(({ id, name, lon, lat }): Sign => ({ key: id, sign: draft.close.includes(id) ? "closed" : "place", label: name, lon, lat }));
  const candidates = draft.candidates.filter(({ name }) => !built.has(name)).map(({ name, lon, lat, status }): Sign => ({ key: name, sign: status, label: name, lon, lat }));
  const news = (result?.sites ?? []).flatMap(({ name, lon, lat, ...site }, k) => (site.new ? [{ key: name, sign: "new" as const, label: name, lon, lat, letter: letter(k) }] : []));
  const others = (other?.at ?? []).map(([lon, lat], k): Sign => ({ key: `other ${k}`, sign: "other", label: other!.sites[k] ?? "", lon, lat }));
  return [...places, ...candidates, ...others, ...news];
}

interface Subject {
  draft: Draft;
  kind: Kind;
  result: Result | null;
  other?: Other | null;
}

export function drawnOf(buildings: TypeColumns | undefined, shown: Shown, { draft, kind, result, other = null }: Subject): Drawn {
  const signs = signsOf(draft, kind, result, other);
  if (!buildings) return { homes: [], ways: [], signs };
  return { homes: homesOf(buildings, shown, result, kind.goal), ways: shown === "catchments" && result ? waysOf(buildings, result) : [], signs };
}
