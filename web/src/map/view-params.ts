/** The map's part of the address: view, layers, colours, choice. */

import type { TypeCount } from "@/api/types.ts";

import type { View } from "./city-map.ts";

/** Types that the base map shows already; drawn only when asked for. */
const BACKGROUND = new Set(["Building", "RoadSegment", "Road", "Garden", "PointOfInterest", "LandUse", "Street", "Park", "GreenspaceRecord"]);

export function viewOf(text: string | null): View | null {
  const [zoom, lat, lon] = (text ?? "").split("/").map(Number);
  if (zoom === undefined || lat === undefined || lon === undefined) return null;
  if (![zoom, lat, lon].every(Number.isFinite) || Math.abs(lat) > 90) return null;
  return { zoom, lat, lon };
}

export function viewText({ zoom, lat, lon }: View): string {
  return `${zoom.toFixed(2)}/${lat.toFixed(5)}/${lon.toFixed(5)}`;
}

export function defaultTypes(types: readonly TypeCount[]): string[] {
  const live = types.filter(({ type, shown }) => shown && !BACKGROUND.has(type)).map(({ type }) => type);
  return live.length > 0 ? live : types.map(({ type }) => type);
}

/** Visible types: those that the address names, or all but the background. */
export function visibleTypes(text: string | null, types: readonly TypeCount[]): string[] {
  if (text === null) return defaultTypes(types);
  const wanted = new Set(text.split(","));
  return types.map(({ type }) => type).filter((type) => wanted.has(type));
}

/** Null where the address needs not say it. */
export function layersText(visible: readonly string[], types: readonly TypeCount[]): string | null {
  const usual = defaultTypes(types);
  const same = usual.length === visible.length && usual.every((type) => visible.includes(type));
  if (same) return null;
  return visible.length > 0 ? visible.join(",") : "none";
}
