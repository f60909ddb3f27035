/** The box around geometries. */

import type { Geometry, Position } from "geojson";

export type Box = [w: number, s: number, e: number, n: number];

function widen(box: Box, coordinates: Position | Position[] | Position[][] | Position[][][]): void {
  const [lon, lat] = coordinates;
  if (typeof lon === "number" && typeof lat === "number") {
    box[0] = Math.min(box[0], lon);
    box[1] = Math.min(box[1], lat);
    box[2] = Math.max(box[2], lon);
    box[3] = Math.max(box[3], lat);
    return;
  }
  for (const inner of coordinates as Position[]) widen(box, inner);
}

/** Null where there is nothing. */
export function extent(geometries: readonly Geometry[]): Box | null {
  const box: Box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const geometry of geometries) if ("coordinates" in geometry) widen(box, geometry.coordinates);
  return box[0] <= box[2] ? box : null;
}
