/** The district in quiet greys: what is normal recedes, so that what is not stands out. */

import type { ExpressionSpecification, LayerSpecification, Map as MapLibre } from "maplibre-gl";

import type { MapPalette } from "./palette.ts";

export const BASE = "base";
export const FONT = ["Noto Sans"];

const LABELS_FROM = { "base-street-name": 14.5, "base-area-name": 13, "base-poi": 14.2 } as const;
const CROWDED_LABELS = 16.5;

const of = (layer: string): ExpressionSpecification => ["==", ["get", "layer"], layer];
const MAJOR = ["primary", "trunk", "secondary", "main"];

/** Street widths grow with zoom, majors wider. */
function width(major: number, minor: number, extra = 0): ExpressionSpecification {
  const isMajor: ExpressionSpecification = ["in", ["get", "class"], ["literal", MAJOR]];
  const at = (scale: number): ExpressionSpecification => ["case", isMajor, major * scale + extra, minor * scale + extra];
  return ["interpolate", ["exponential", 1.6], ["zoom"], 11, at(0.3), 14, at(1), 17, at(4.2), 20, at(16)];
}

function fills(colors: MapPalette): LayerSpecification[] {
  const byUse = Object.entries(colors.buildingByUse).flat();
  const use = ["match", ["get", "use"], ...byUse, colors.building] as unknown as ExpressionSpecification;
  return [
    { id: "base-ground", type: "background", paint: { "background-color": colors.land } },
    { id: "base-beach", type: "fill", source: BASE, filter: ["all", of("land"), ["==", ["get", "class"], "beach"]], paint: { "fill-color": colors.beach } },
    { id: "base-park", type: "fill", source: BASE, filter: of("park"), paint: { "fill-color": colors.park } },
    { id: "base-water", type: "fill", source: BASE, filter: ["all", of("water"), ["==", ["geometry-type"], "Polygon"]], paint: { "fill-color": colors.water } },
    { id: "base-stream", type: "line", source: BASE, filter: ["all", of("water"), ["==", ["geometry-type"], "LineString"]], paint: { "line-color": colors.water, "line-width": width(6, 3) } },
    { id: "base-building", type: "fill", source: BASE, filter: of("building"), minzoom: 13, paint: { "fill-color": use, "fill-outline-color": colors.buildingEdge } },
  ];
}

function streets(colors: MapPalette): LayerSpecification[] {
  const layout = { "line-cap": "round", "line-join": "round" } as const;
  return [
    { id: "base-street-edge", type: "line", source: BASE, filter: of("street"), layout, paint: { "line-color": colors.streetEdge, "line-width": width(5, 2.6, 1.2) } },
    { id: "base-street", type: "line", source: BASE, filter: of("street"), layout, paint: { "line-color": colors.street, "line-width": width(5, 2.6) } },
  ];
}

/** What recedes, and by how much, where thousands of entities are to be seen and drawn in time. */
export function recede(map: MapLibre, crowded: boolean): void {
  map.setLayoutProperty("base-street-edge", "visibility", crowded ? "none" : "visible");
  map.setPaintProperty("base-building", "fill-antialias", !crowded);
  for (const [id, usual] of Object.entries(LABELS_FROM)) map.setLayerZoomRange(id, crowded ? CROWDED_LABELS : usual, 24);
}

export function baseFills(colors: MapPalette): LayerSpecification[] {
  return [...fills(colors), ...streets(colors)];
}

export function baseLabels(colors: MapPalette): LayerSpecification[] {
  const halo = { "text-color": colors.text, "text-halo-color": colors.halo, "text-halo-width": 1.2 };
  return [
    {
      id: "base-street-name",
      type: "symbol",
      source: BASE,
      filter: of("street"),
      minzoom: LABELS_FROM["base-street-name"],
      layout: { "symbol-placement": "line", "text-field": ["get", "name"], "text-font": FONT, "text-size": ["interpolate", ["linear"], ["zoom"], 14.5, 10, 18, 13], "symbol-spacing": 320, "text-max-angle": 40, "text-padding": 8 },
      paint: halo,
    },
    {
      id: "base-area-name",
      type: "symbol",
      source: BASE,
      filter: ["in", ["get", "layer"], ["literal", ["park", "water"]]],
      minzoom: LABELS_FROM["base-area-name"],
      layout: { "text-field": ["coalesce", ["get", "name"], ""], "text-font": FONT, "text-size": 11, "text-padding": 16 },
      paint: { ...halo, "text-color": colors.waterText, "text-halo-width": 0.8 },
    },
    {
      id: "base-poi",
      type: "symbol",
      source: BASE,
      filter: of("poi"),
      minzoom: LABELS_FROM["base-poi"],
      layout: { "icon-image": "poi", "icon-size": 0.8, "text-field": ["coalesce", ["get", "name"], ""], "text-font": FONT, "text-size": 11, "text-anchor": "left", "text-offset": [0.7, 0], "text-optional": true, "text-max-width": 9, "text-padding": 4 },
      paint: { ...halo, "icon-color": colors.poi, "icon-halo-color": colors.halo, "icon-halo-width": 1 },
    },
  ];
}
