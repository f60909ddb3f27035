/** The planner's map, outside of React: buildings by class, places, candidates, what is being drawn. */

import type { Feature, FeatureCollection, Geometry } from "geojson";
import maplibregl, { type GeoJSONSource, type LayerSpecification, type Map as MapLibre, type StyleSpecification } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";

import type { Position, Town } from "@/api/types.ts";
import { BASE, FONT, baseFills, baseLabels } from "@/map/base-layers.ts";
import type { View } from "@/map/city-map.ts";
import { extent } from "@/map/extent.ts";
import { addImages } from "@/map/images.ts";
import { type MapPalette, PALETTES } from "@/map/palette.ts";
import { probeMap } from "@/probe/probe.ts";
import type { Theme } from "@/shell/preferences.ts";

import type { Shade } from "./shades.ts";
import { type Sign, addSigns } from "./signs.ts";

const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };
const HIT_PIXELS = 8;
const NUMBERS_FROM = 16.2;
const NAMES_FROM = 15;
const PADDING = 24;
const LEGEND = 264;
const WIDE = 800;
/** Places of the base map, of every kind: here only those of the kind in question are shown. */
const OTHER_PLACES = "base-poi";

export interface PlanMapEvents {
  /** A click; the key of the sign that was hit, where one was. */
  onClick(at: Position, key: string | null): void;
  onView(view: View): void;
}

export interface Home {
  geometry: Geometry;
  shade: Shade;
}

/** From a building to its place. */
export type Way = readonly [from: Position, to: Position, color: string];

interface Options {
  town: Town;
  view: View | null;
  theme: Theme;
  title: string;
  /** What is drawn stays in the canvas, for print. */
  keepPixels: boolean;
}

function homeLayers(): LayerSpecification[] {
  return [
    { id: "plan-home", type: "fill", source: "plan-homes", paint: { "fill-color": ["to-color", ["get", "color"]], "fill-outline-color": ["to-color", ["get", "color"]] } },
    { id: "plan-home-dot", type: "circle", source: "plan-homes", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 5, "circle-color": ["to-color", ["get", "color"]] } },
    { id: "plan-home-hatch", type: "fill", source: "plan-homes", filter: ["get", "hatch"], paint: { "fill-pattern": "plan-hatch" } },
  ];
}

function upperLayers(colors: MapPalette): LayerSpecification[] {
  const halo = { "text-color": colors.label, "text-halo-color": colors.halo, "text-halo-width": 1.4 };
  return [
    { id: "plan-way", type: "line", source: "plan-ways", paint: { "line-color": ["to-color", ["get", "color"]], "line-width": 0.8, "line-opacity": 0.55 } },
    { id: "plan-area", type: "fill", source: "plan-area", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colors.chosen, "fill-opacity": 0.16 } },
    { id: "plan-area-edge", type: "line", source: "plan-area", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": colors.chosen, "line-width": 2, "line-dasharray": [2, 1.5] } },
    { id: "plan-area-corner", type: "circle", source: "plan-area", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 4, "circle-color": colors.chosen, "circle-stroke-color": colors.edge, "circle-stroke-width": 1.5 } },
    { id: "plan-number", type: "symbol", source: "plan-homes", minzoom: NUMBERS_FROM, layout: { "text-field": ["get", "label"], "text-font": FONT, "text-size": 11, "text-padding": 1 }, paint: halo },
    {
      id: "plan-sign",
      type: "symbol",
      source: "plan-signs",
      layout: {
        "icon-image": ["concat", "plan-", ["get", "sign"]],
        "icon-size": ["match", ["get", "sign"], "new", 1.9, "other", 1.6, "free", 0.95, 1.15],
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "symbol-sort-key": ["match", ["get", "sign"], "new", 3, "other", 2, "free", 0, 1],
      },
    },
    {
      id: "plan-letter",
      type: "symbol",
      source: "plan-signs",
      filter: ["==", ["get", "sign"], "new"],
      layout: { "text-field": ["get", "letter"], "text-font": FONT, "text-size": 13, "text-allow-overlap": true, "text-ignore-placement": true },
      paint: { "text-color": colors.edge },
    },
    {
      id: "plan-name",
      type: "symbol",
      source: "plan-signs",
      minzoom: NAMES_FROM,
      filter: ["!=", ["get", "sign"], "free"],
      layout: { "text-field": ["get", "label"], "text-font": FONT, "text-size": 12, "text-anchor": "top", "text-offset": [0, 1.1], "text-optional": true, "text-max-width": 9 },
      paint: halo,
    },
    { id: "plan-chosen", type: "circle", source: "plan-signs", filter: ["==", ["get", "key"], ""], paint: { "circle-radius": 16, "circle-color": "transparent", "circle-stroke-color": colors.chosen, "circle-stroke-width": 3 } },
  ];
}

export class PlanMap {
  readonly map: MapLibre;
  /** Resolves when it can be drawn on. */
  readonly ready: Promise<void>;
  #colors: MapPalette;
  #partner: PlanMap | null = null;
  #follows = false;
  #homes: readonly Home[] = [];
  #signs: readonly Sign[] = [];

  constructor(
    container: HTMLElement,
    { town, view, theme, title, keepPixels }: Options,
    readonly events: PlanMapEvents,
  ) {
    this.#colors = PALETTES[theme];
    const start = view ? { center: [view.lon, view.lat] as Position, zoom: view.zoom } : { center: town.center ?? ([0, 0] as Position), zoom: town.zoom ?? 2 };
    this.map = new maplibregl.Map({
      container,
      style: this.#style(town),
      ...start,
      attributionControl: false,
      fadeDuration: 0,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      locale: { "Map.Title": title },
      canvasContextAttributes: { preserveDrawingBuffer: keepPixels },
    });
    this.map.touchZoomRotate.disableRotation();
    this.ready = new Promise((resolve) => {
      void this.map.once("style.load", () => {
        addImages(this.map, this.#colors);
        addSigns(this.map, this.#colors);
        resolve();
      });
    });
    this.#listen();
  }

  setHomes(homes: readonly Home[]): void {
    this.#homes = homes;
    this.#draw("plan-homes", homes.map(({ geometry, shade }) => ({ type: "Feature", geometry, properties: { ...shade } })));
  }

  setWays(ways: readonly Way[]): void {
    this.#draw("plan-ways", ways.map(([from, to, color]) => ({ type: "Feature", geometry: { type: "LineString", coordinates: [from, to] }, properties: { color } })));
  }

  setSigns(signs: readonly (Sign & { letter?: string })[]): void {
    this.#signs = signs;
    this.#draw("plan-signs", signs.map(({ lon, lat, ...properties }) => ({ type: "Feature", geometry: { type: "Point", coordinates: [lon, lat] }, properties })));
  }

  setArea(corners: readonly Position[]): void {
    const points = corners.map((corner): Feature => ({ type: "Feature", geometry: { type: "Point", coordinates: corner }, properties: {} }));
    const ring = corners.length > 2 ? [...corners, corners[0]!] : [...corners];
    const shape: Geometry | null = corners.length > 2 ? { type: "Polygon", coordinates: [ring] } : corners.length === 2 ? { type: "LineString", coordinates: ring } : null;
    this.#draw("plan-area", shape ? [{ type: "Feature", geometry: shape, properties: {} }, ...points] : points);
  }

  /** Rings a sign. */
  choose(key: string | null): void {
    this.map.setFilter("plan-chosen", ["==", ["get", "key"], key ?? ""]);
  }

  goTo({ lon, lat }: { lon: number; lat: number }): void {
    this.map.easeTo({ center: [lon, lat], zoom: Math.max(this.map.getZoom(), NAMES_FROM), duration: 300 });
  }

  /** Shows all that is drawn. */
  home(animate = true): void {
    const points = this.#signs.map(({ lon, lat }): Geometry => ({ type: "Point", coordinates: [lon, lat] }));
    const box = extent([...this.#homes.map(({ geometry }) => geometry), ...points]);
    if (box) this.map.fitBounds(box, { padding: this.#room(), animate });
  }

  setTheme(theme: Theme): void {
    if (this.#colors === PALETTES[theme]) return;
    this.#colors = PALETTES[theme];
    addImages(this.map, this.#colors);
    addSigns(this.map, this.#colors);
    for (const layer of this.#layers()) {
      for (const [name, value] of Object.entries(layer.paint ?? {})) this.map.setPaintProperty(layer.id, name, value);
    }
  }

  /** Moves with another map from now on, and it with this one; starts where that one is. */
  pair(other: PlanMap): () => void {
    this.#partner = other;
    other.#partner = this;
    this.#copy(other);
    return () => {
      this.#partner = null;
      other.#partner = null;
    };
  }

  destroy(): void {
    this.map.remove();
  }

  /** What the legend leaves free. */
  #room() {
    const left = this.map.getContainer().clientWidth > WIDE ? LEGEND : PADDING;
    return { top: PADDING, right: PADDING, bottom: PADDING, left };
  }

  #copy({ map }: PlanMap): void {
    this.#follows = true;
    this.map.jumpTo({ center: map.getCenter(), zoom: map.getZoom() });
    this.#follows = false;
  }

  #draw(source: string, features: Feature[]): void {
    this.map.getSource<GeoJSONSource>(source)?.setData({ type: "FeatureCollection", features });
  }

  #layers(): LayerSpecification[] {
    const colors = this.#colors;
    const labels = baseLabels(colors).filter(({ id }) => id !== OTHER_PLACES);
    return [...baseFills(colors), ...homeLayers(), ...labels, ...upperLayers(colors)];
  }

  #style(town: Town): StyleSpecification {
    const base = town.basemap === null ? EMPTY : new URL(town.basemap, window.location.href).href;
    const own = (maxzoom: number) => ({ type: "geojson" as const, data: EMPTY, tolerance: 0.2, maxzoom });
    return {
      version: 8,
      sources: { [BASE]: { ...own(16), data: base }, "plan-homes": own(16), "plan-ways": own(14), "plan-area": own(18), "plan-signs": own(14) },
      layers: this.#layers(),
    };
  }

  #listen(): void {
    const { map } = this;
    map.on("click", ({ point, lngLat }) => {
      const near = (sign: number): [number, number] => [point.x + sign * HIT_PIXELS, point.y + sign * HIT_PIXELS];
      const [hit] = map.queryRenderedFeatures([near(-1), near(1)], { layers: ["plan-sign"] });
      this.events.onClick([lngLat.lng, lngLat.lat], hit ? String(hit.properties["key"]) : null);
    });
    map.on("move", () => {
      const partner = this.#partner;
      if (partner && !this.#follows) partner.#copy(this);
    });
    map.on("moveend", () => {
      const { lat, lng } = map.getCenter();
      if (!this.#follows) this.events.onView({ zoom: map.getZoom(), lat, lon: lng });
    });
    map.on("idle", () => probeMap({ idle: true, features: this.#homes.length + this.#signs.length }));
    map.on("dataloading", () => probeMap({ idle: false }));
  }
}
