/** The ring around the chosen entity, which follows it where it moves. */

import type { Geometry, Position } from "geojson";
import type { GeoJSONSource, LngLatLike, Map as MapLibre } from "maplibre-gl";

import type { MapPalette } from "./palette.ts";

const SOURCE = "chosen";
const CLOSE = 16;
const NARROW = 640;
type Find = (id: string) => Geometry | undefined;

/** A position of the geometry to look at. */
export function anchor(geometry: Geometry): Position | undefined {
  switch (geometry.type) {
    case "Point":
      return geometry.coordinates;
    case "LineString":
      return middle(geometry.coordinates);
    case "Polygon":
      return middle(geometry.coordinates[0] ?? []);
    case "MultiPoint":
      return geometry.coordinates[0];
    case "MultiLineString":
      return middle(geometry.coordinates[0] ?? []);
    case "MultiPolygon":
      return middle(geometry.coordinates[0]?.[0] ?? []);
    case "GeometryCollection":
      return geometry.geometries[0] && anchor(geometry.geometries[0]);
  }
}

function middle(positions: readonly Position[]): Position | undefined {
  if (positions.length === 0) return undefined;
  const sum = positions.reduce<[number, number]>(([x, y], [lon = 0, lat = 0]) => [x + lon, y + lat], [0, 0]);
  return [sum[0] / positions.length, sum[1] / positions.length];
}

export class ChosenLayer {
  #id: string | null = null;
  #drawn: Geometry | null = null;
  #reveal = false;
  #added = false;

  constructor(
    readonly map: MapLibre,
    private colors: MapPalette,
  ) {}

  add(): void {
    const { colors } = this;
    this.map.addSource(SOURCE, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    this.map.addLayer({ id: "chosen-line", type: "line", source: SOURCE, filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": colors.chosen, "line-width": 3 } });
    this.map.addLayer({ id: "chosen-ring", type: "circle", source: SOURCE, filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 14, "circle-color": "transparent", "circle-stroke-color": colors.chosen, "circle-stroke-width": 3 } });
    this.#added = true;
    this.#draw(this.#drawn);
  }

  recolor(colors: MapPalette): void {
    this.colors = colors;
    this.map.setPaintProperty("chosen-line", "line-color", colors.chosen);
    this.map.setPaintProperty("chosen-ring", "circle-stroke-color", colors.chosen);
  }

  /** Rings an entity; with `reveal` the map goes there as soon as it is known where that is. */
  choose(id: string | null, find: Find, reveal: boolean): void {
    this.#id = id;
    this.#reveal = reveal && id !== null;
    this.follow(find);
  }

  follow(find: Find): void {
    const geometry = this.#id === null ? null : (find(this.#id) ?? null);
    if (geometry === this.#drawn) return;
    this.#drawn = geometry;
    this.#draw(geometry);
    if (this.#reveal && geometry) this.#goTo(geometry);
  }

  #draw(geometry: Geometry | null): void {
    if (!this.#added) return;
    const features = geometry ? [{ type: "Feature" as const, geometry, properties: {} }] : [];
    this.map.getSource<GeoJSONSource>(SOURCE)?.setData({ type: "FeatureCollection", features });
  }

  #goTo(geometry: Geometry): void {
    this.#reveal = false;
    const at = anchor(geometry);
    if (at) this.map.easeTo({ center: at as LngLatLike, zoom: Math.max(this.map.getZoom(), CLOSE), duration: 400, offset: this.#besidePanel() });
  }

  /** The middle of what the side panel leaves free. */
  #besidePanel(): [number, number] {
    const { clientWidth, clientHeight } = this.map.getContainer();
    return clientWidth <= NARROW ? [0, -clientHeight / 4] : [-36, 0];
  }
}
