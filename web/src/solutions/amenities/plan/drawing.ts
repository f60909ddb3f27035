/** Candidates from an area drawn on the map. */

import type { Position as Corner } from "geojson";

import type { Position, TypeColumns } from "@/api/types.ts";
import { anchor } from "@/map/chosen-layer.ts";

export interface Spot {
  name: string;
  lon: number;
  lat: number;
}

/** Whether a point lies inside a ring, by the even-odd rule. */
export function inside([x, y]: Position, ring: readonly Position[]): boolean {
  let within = false;
  for (let k = 0, before = ring.length - 1; k < ring.length; before = k, k += 1) {
    const [xa, ya] = ring[k]!;
    const [xb, yb] = ring[before]!;
    if (ya > y !== yb > y && x < ((xb - xa) * (y - ya)) / (yb - ya) + xa) within = !within;
  }
  return within;
}

const at = (corner: Corner): Position => [corner[0]!, corner[1]!];

/** Buildings whose middle lies in the area. */
export function buildingsIn(area: readonly Position[], buildings: TypeColumns): Spot[] {
  return buildings.geometry.flatMap((geometry, k) => {
    const middle = geometry === null || Array.isArray(geometry) ? geometry : anchor(geometry);
    if (!middle || !inside(at(middle), area)) return [];
    return [{ name: buildings.names[k] ?? buildings.ids[k]!, lon: middle[0]!, lat: middle[1]! }];
  });
}

/** Corners of the streets in the area: where a street begins or ends, each once, named by one that meets there. */
export function cornersIn(area: readonly Position[], streets: TypeColumns): Spot[] {
  const found = new Map<string, Spot>();
  streets.geometry.forEach((geometry, k) => {
    if (geometry === null || Array.isArray(geometry) || geometry.type !== "LineString") return;
    const name = streets.names[k] ?? String(streets.values["roadName"]?.[k] ?? streets.ids[k]);
    for (const end of [geometry.coordinates[0], geometry.coordinates.at(-1)]) {
      if (!end || !inside(at(end), area)) continue;
      const [lon, lat] = at(end);
      const key = `${lon.toFixed(6)}/${lat.toFixed(6)}`;
      if (!found.has(key)) found.set(key, { name, lon, lat });
    }
  });
  return [...found.values()];
}
