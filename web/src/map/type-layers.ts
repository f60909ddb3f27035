/** How entities of one type are drawn: colour, fill and shape say their state. */

import type { ExpressionSpecification, LayerSpecification, SymbolLayerSpecification } from "maplibre-gl";

import type { ColorBy } from "@/api/types.ts";
import type { GlyphName, Shape } from "@/components/glyphs.ts";

import { INTL_TAGS, type Locale } from "@/i18n/locales.ts";

import { FONT } from "./base-layers.ts";
import type { MapPalette } from "./palette.ts";
import { rampStops } from "./ramps.ts";
import type { Slot } from "./slots.ts";

export interface TypeStyle {
  type: string;
  shapes: ReadonlySet<Shape>;
  glyph: GlyphName | undefined;
  colorBy: ColorBy | null;
  colors: MapPalette;
  locale: Locale;
  unit: string;
  staleLabel: string;
  /** Many points are drawn smaller and without labels until one comes near. */
  crowded: boolean;
}

export type SlottedLayer = { slot: Slot; layer: LayerSpecification };

export const sourceOf = (type: string) => `type:${type}`;

const STATE: ExpressionSpecification = ["get", "s"];
const isStale: ExpressionSpecification = ["==", STATE, 3];
const notStale: ExpressionSpecification = ["!=", STATE, 3];

const GEOMETRIES: Record<Shape, string[]> = {
  point: ["Point", "MultiPoint"],
  line: ["LineString", "MultiLineString"],
  area: ["Polygon", "MultiPolygon"],
};
const shaped = (shape: Shape): ExpressionSpecification => ["in", ["geometry-type"], ["literal", GEOMETRIES[shape]]];

function byState(colors: MapPalette): ExpressionSpecification {
  return ["match", STATE, 1, colors.uncertain, 2, colors.bad, 3, colors.stale, colors.normal];
}

/** A value's colour, or the state's where no value is shown. */
function color({ colorBy, colors }: TypeStyle): ExpressionSpecification {
  if (!colorBy) return byState(colors);
  const value = ["interpolate", ["linear"], ["get", "v"], ...rampStops(colorBy)] as unknown as ExpressionSpecification;
  return ["case", ["==", ["typeof", ["get", "v"]], "number"], value, colors.noValue];
}

function areas(style: TypeStyle): SlottedLayer[] {
  const { type, colors } = style;
  const source = sourceOf(type);
  const fill = color(style);
  return [
    { slot: "area", layer: { id: `${type}:fill`, type: "fill", source, filter: ["all", shaped("area"), notStale], paint: { "fill-color": fill, "fill-opacity": style.colorBy ? 0.7 : ["match", STATE, 0, 0.18, 0.5] } } },
    { slot: "area", layer: { id: `${type}:hatch`, type: "fill", source, filter: ["all", shaped("area"), isStale], paint: { "fill-pattern": "hatch" } } },
    { slot: "area", layer: { id: `${type}:edge`, type: "line", source, filter: shaped("area"), paint: { "line-color": byState(colors), "line-width": ["match", STATE, 0, 0.6, 1.6], "line-opacity": ["match", STATE, 0, 0.6, 1] } } },
  ];
}

function lines(style: TypeStyle): SlottedLayer[] {
  const { type, colors } = style;
  const source = sourceOf(type);
  const width = (extra: number): ExpressionSpecification => ["interpolate", ["exponential", 1.4], ["zoom"], 12, 1 + extra, 15, 2 + extra, 18, 5 + extra];
  const layout = { "line-cap": "butt", "line-join": "round" } as const;
  return [
    { slot: "line", layer: { id: `${type}:casing`, type: "line", source, filter: shaped("line"), layout, paint: { "line-color": ["match", STATE, 1, colors.uncertain, 2, colors.bad, colors.edge], "line-width": ["interpolate", ["linear"], ["zoom"], 12, 2, 15, 4, 18, 8], "line-opacity": ["match", STATE, 1, 1, 2, 1, 0.7] } } },
    { slot: "line", layer: { id: `${type}:line`, type: "line", source, filter: ["all", shaped("line"), notStale], layout, paint: { "line-color": color(style), "line-width": width(0) } } },
    { slot: "line", layer: { id: `${type}:dash`, type: "line", source, filter: ["all", shaped("line"), isStale], layout, paint: { "line-color": colors.stale, "line-width": width(0), "line-dasharray": [2, 1.6] } } },
  ];
}

function radius({ glyph, crowded }: TypeStyle): ExpressionSpecification {
  const [far, near, close] = glyph ? [5, 9, 11] : crowded ? [1.4, 2.2, 5] : [2.4, 4, 8];
  return ["interpolate", ["linear"], ["zoom"], 12, far!, 15, near!, 18, close!];
}

function points(style: TypeStyle): SlottedLayer[] {
  const { type, glyph, colors } = style;
  const source = sourceOf(type);
  const dot: LayerSpecification = {
    id: `${type}:dot`,
    type: "circle",
    source,
    filter: shaped("point"),
    paint: {
      "circle-radius": radius(style),
      "circle-color": ["case", isStale, colors.hollow, color(style)],
      "circle-stroke-color": ["match", STATE, 1, colors.uncertain, 2, colors.bad, 3, colors.stale, style.colorBy ? colors.valueEdge : colors.edge],
      "circle-stroke-width": style.crowded ? 1 : ["match", STATE, 0, 1, 1.6],
    },
  };
  if (!glyph) return [{ slot: "point", layer: dot }];
  const sign: LayerSpecification = {
    id: `${type}:glyph`,
    type: "symbol",
    source,
    filter: shaped("point"),
    minzoom: 13,
    layout: { "icon-image": ["case", isStale, `glyph-${glyph}-stale`, `glyph-${glyph}`], "icon-size": ["interpolate", ["linear"], ["zoom"], 13, 0.55, 15, 0.85, 18, 1.05], "icon-allow-overlap": true, "icon-ignore-placement": true },
  };
  return [{ slot: "point", layer: dot }, { slot: "point", layer: sign }];
}

function marks({ type, glyph }: TypeStyle): SlottedLayer {
  return {
    slot: "mark",
    layer: {
      id: `${type}:mark`,
      type: "symbol",
      source: sourceOf(type),
      filter: ["in", STATE, ["literal", [1, 2]]],
      layout: { "icon-image": ["concat", "mark-", ["to-string", STATE]], "icon-size": ["interpolate", ["linear"], ["zoom"], 12, 0.5, 16, 0.9], "icon-offset": glyph ? [11, -11] : [0, 0], "icon-allow-overlap": true, "icon-ignore-placement": true },
    },
  };
}

/** As `formatMeasure` writes it: decimals by size, the language's marks, the unit. */
function shownText({ locale, unit }: TypeStyle): ExpressionSpecification {
  const value: ExpressionSpecification = ["to-number", ["get", "v"], 0];
  const size: ExpressionSpecification = ["abs", value];
  const places = (count: number): ExpressionSpecification => ["number-format", value, { locale: INTL_TAGS[locale], "min-fraction-digits": count, "max-fraction-digits": count }];
  const measure: ExpressionSpecification = unit
    ? ["case", [">=", size, 1000], places(0), [">=", size, 100], places(1), places(2)]
    : ["number-format", value, { locale: INTL_TAGS[locale], "min-fraction-digits": 0, "max-fraction-digits": 2 }];
  return ["case", ["==", ["typeof", ["get", "v"]], "string"], ["get", "v"], ["concat", measure, unit ? `\u00a0${unit}` : ""]];
}

/** Values stand beside points, in the middle of lines and areas. */
function labels(style: TypeStyle, shape: Shape): SlottedLayer {
  const { type, glyph, colors, staleLabel, crowded } = style;
  const beside: SymbolLayerSpecification["layout"] = glyph ? { "text-anchor": "left", "text-offset": [1.2, 0] } : { "text-anchor": "bottom-left", "text-offset": [0.4, -0.3] };
  return {
    slot: "label",
    layer: {
      id: `${type}:label-${shape}`,
      type: "symbol",
      source: sourceOf(type),
      minzoom: shape !== "point" ? 16 : glyph ? 13.5 : crowded ? 17 : 15.6,
      filter: ["all", shaped(shape), ["has", "v"]],
      layout: { "symbol-placement": shape === "line" ? "line-center" : "point", "text-field": ["concat", shownText(style), ["case", isStale, ` ${staleLabel}`, ""]], "text-font": FONT, "text-size": 12, "text-padding": 1, "symbol-sort-key": ["-", 0, STATE], ...(shape === "point" && beside) },
      paint: { "text-color": ["case", isStale, colors.stale, colors.label], "text-halo-color": colors.halo, "text-halo-width": 1.6 },
    },
  };
}

export function typeLayers(style: TypeStyle): SlottedLayer[] {
  const { shapes } = style;
  return [
    ...(shapes.has("area") ? areas(style) : []),
    ...(shapes.has("line") ? lines(style) : []),
    ...(shapes.has("point") ? points(style) : []),
    marks(style),
    ...[...shapes].map((shape) => labels(style, shape)),
  ];
}
