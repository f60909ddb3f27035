/** The map itself, outside of React: district, entities, choice and pointer. */

import type { FeatureCollection } from "geojson";
import maplibregl, { type LngLatLike, type Map as MapLibre, type MapMouseEvent, type StyleSpecification } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";

import type { ColorBy, Town, TypeColumns } from "@/api/types.ts";
import type { GlyphName } from "@/components/glyphs.ts";
import type { Locale } from "@/i18n/locales.ts";
import { type LiveEntity, type LiveStore, live } from "@/live/store.ts";
import { probeMap, probeNextFrame, probeRender } from "@/probe/probe.ts";
import type { Theme } from "@/shell/preferences.ts";

import { BASE, baseFills, baseLabels, recede } from "./base-layers.ts";
import { extent } from "./extent.ts";
import { ChosenLayer } from "./chosen-layer.ts";
import { Feeder } from "./feeder.ts";
import { addImages } from "./images.ts";
import { type MapPalette, PALETTES } from "./palette.ts";
import { slotId, slotLayer } from "./slots.ts";
import { type SlottedLayer, type TypeStyle, sourceOf, typeLayers } from "./type-layers.ts";
import { TypeModel } from "./type-model.ts";

const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };
const CROWD = 2000;
const CLOSE = 17;
const WIDE = 900;
const PANEL = 304;
const HIT_PIXELS = 5;
const MARGIN_DEGREES = 0.02;

export interface View {
  zoom: number;
  lat: number;
  lon: number;
}

/** How a type is shown; all of it can change while it is on the map. */
export interface Showing {
  colorBy: ColorBy | null;
  glyph: GlyphName | undefined;
  attribute: string | null;
  locale: Locale;
  unit: string;
  staleLabel: string;
}

export interface Pointed {
  entity: LiveEntity;
  /** The attribute that the map shows of it. */
  attribute: string | null;
  x: number;
  y: number;
}

export interface MapEvents {
  onPick(entity: LiveEntity | null): void;
  onPoint(pointed: Pointed | null): void;
  onView(view: View): void;
  /** Entities of the type came or went: its snapshot is to be fetched anew. */
  onMembers(type: string): void;
  onCounts(): void;
}

interface Shown {
  model: TypeModel;
  feeder: Feeder;
  showing: Showing;
  layers: string[];
}

export class CityMap {
  readonly map: MapLibre;
  readonly #shown = new Map<string, Shown>();
  readonly #chosen: ChosenLayer;
  readonly #untap: () => void;
  /** Resolves when the style can take layers, which does not wait for the district's data. */
  readonly ready: Promise<void>;
  #colors: MapPalette;
  #pointerAt: MapMouseEvent | null = null;

  constructor(
    container: HTMLElement,
    readonly town: Town,
    view: View | null,
    theme: Theme,
    title: string,
    readonly events: MapEvents,
    readonly store: LiveStore = live,
  ) {
    this.#colors = PALETTES[theme];
    this.map = new maplibregl.Map({
      container,
      style: this.#style(),
      ...startAt(town, view),
      ...(town.bounds && { maxBounds: wider(town.bounds) }),
      attributionControl: false,
      fadeDuration: 0,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      locale: { "Map.Title": title },
    });
    this.map.touchZoomRotate.disableRotation();
    this.#chosen = new ChosenLayer(this.map, this.#colors);
    this.ready = new Promise((resolve) => {
      void this.map.once("style.load", () => {
        addImages(this.map, this.#colors);
        this.#chosen.add();
        resolve();
      });
    });
    this.#untap = store.tap((changed) => this.#take(changed));
    this.#listen();
  }

  setType(columns: TypeColumns, showing: Showing): void {
    const before = this.#shown.get(columns.type);
    const model = new TypeModel(columns, this.store);
    model.show(drawnAttribute(model, showing));
    const source = sourceOf(columns.type);
    if (!before) this.map.addSource(source, { type: "geojson", data: EMPTY, tolerance: 0.2, maxzoom: tilesOf(model) });
    const shown: Shown = { model, showing, layers: before?.layers ?? [], feeder: new Feeder(this.map, source, model) };
    this.#shown.set(columns.type, shown);
    this.#layout(shown);
    shown.feeder.pushAll();
    this.#membersChanged();
  }

  restyle(type: string, showing: Showing): void {
    const shown = this.#shown.get(type);
    if (!shown) return;
    shown.showing = showing;
    shown.model.show(drawnAttribute(shown.model, showing));
    this.#layout(shown);
    shown.feeder.pushAll();
  }

  removeType(type: string): void {
    const shown = this.#shown.get(type);
    if (!shown) return;
    for (const id of shown.layers) this.map.removeLayer(id);
    this.map.removeSource(sourceOf(type));
    this.#shown.delete(type);
    this.#membersChanged();
  }

  types(): string[] {
    return [...this.#shown.keys()];
  }

  counts(type: string): readonly number[] | undefined {
    return this.#shown.get(type)?.model.counts;
  }

  setTheme(theme: Theme): void {
    if (this.#colors === PALETTES[theme]) return;
    this.#colors = PALETTES[theme];
    addImages(this.map, this.#colors);
    for (const layer of [...baseFills(this.#colors), ...baseLabels(this.#colors)]) {
      for (const [name, value] of Object.entries(layer.paint ?? {})) this.map.setPaintProperty(layer.id, name, value);
    }
    for (const shown of this.#shown.values()) this.#layout(shown);
    this.#chosen.recolor(this.#colors);
  }

  choose(id: string | null, reveal: boolean): void {
    this.#chosen.choose(id, this.#find.bind(this), reveal);
  }

  /** Shows all that is drawn, or the whole town where nothing is. */
  home(animate = true): void {
    const box = extent([...this.#shown.values()].flatMap(({ model }) => model.features.map(({ geometry }) => geometry)));
    const bounds = box ?? this.town.bounds;
    if (bounds) this.map.fitBounds(bounds, { padding: room(), maxZoom: CLOSE, animate });
    else this.map.jumpTo(startAt(this.town, null));
  }

  destroy(): void {
    this.#untap();
    this.map.remove();
  }

  #membersChanged(): void {
    const count = [...this.#shown.values()].reduce((sum, { model }) => sum + model.features.length, 0);
    recede(this.map, count > CROWD);
    this.#chosen.follow(this.#find.bind(this));
    this.events.onCounts();
  }

  #style(): StyleSpecification {
    const data = this.town.basemap ?? EMPTY;
    return {
      version: 8,
      sources: { [BASE]: { type: "geojson", data: typeof data === "string" ? new URL(data, window.location.href).href : data, tolerance: 0.2, maxzoom: SHAPE_TILES } },
      layers: [
        ...baseFills(this.#colors),
        slotLayer("area"),
        slotLayer("line"),
        ...baseLabels(this.#colors),
        slotLayer("point"),
        slotLayer("mark"),
        slotLayer("label"),
      ],
    };
  }

  /** Adds a type's layers, or gives those that it has their new looks. */
  #layout(shown: Shown): void {
    const { model, showing } = shown;
    const style: TypeStyle = {
      type: model.type,
      shapes: model.shapes,
      glyph: showing.glyph,
      colorBy: showing.colorBy,
      colors: this.#colors,
      locale: showing.locale,
      unit: showing.unit,
      staleLabel: showing.staleLabel,
      crowded: model.features.length > CROWD,
    };
    const wanted = typeLayers(style);
    const ids = wanted.map(({ layer }) => layer.id);
    for (const id of shown.layers) if (!ids.includes(id)) this.map.removeLayer(id);
    for (const { slot, layer } of wanted) {
      if (!this.map.getLayer(layer.id)) this.map.addLayer(layer, slotId(slot));
      else this.#repaint(layer);
    }
    shown.layers = ids;
  }

  #repaint(layer: SlottedLayer["layer"]): void {
    for (const [name, value] of Object.entries(layer.paint ?? {})) this.map.setPaintProperty(layer.id, name, value);
    for (const [name, value] of Object.entries(layer.layout ?? {})) this.map.setLayoutProperty(layer.id, name, value);
  }

  #take(changed: ReadonlySet<LiveEntity>): void {
    const members = new Set<string>();
    for (const entity of changed) {
      const model = this.#shown.get(entity.type)?.model;
      if (model && (entity.gone || !model.has(entity))) members.add(entity.type);
    }
    for (const type of members) this.events.onMembers(type);
    for (const { model, feeder } of this.#shown.values()) feeder.push(model.update(changed));
    if ([...this.#shown.values()].every(({ feeder }) => feeder.idle)) probeNextFrame();
    this.#chosen.follow(this.#find.bind(this));
    this.events.onCounts();
  }

  #find(id: string) {
    const entity = this.store.find(id);
    return entity && this.#shown.get(entity.type)?.model.geometry(entity);
  }

  #listen(): void {
    const { map } = this;
    map.on("render", probeRender);
    map.on("idle", () => probeMap({ idle: true, features: [...this.#shown.values()].reduce((sum, { model }) => sum + model.features.length, 0) }));
    map.on("dataloading", () => probeMap({ idle: false }));
    map.on("click", (event) => this.events.onPick(this.#hit(event)));
    map.on("mousemove", (event) => this.#pointLater(event));
    map.on("mouseout", () => this.#point(null));
    map.on("movestart", () => this.#point(null));
    map.on("moveend", () => {
      const { lat, lng } = map.getCenter();
      this.events.onView({ zoom: map.getZoom(), lat, lon: lng });
    });
  }

  #pointLater(event: MapMouseEvent): void {
    const waiting = this.#pointerAt !== null;
    this.#pointerAt = event;
    if (!waiting) requestAnimationFrame(() => this.#point(this.#pointerAt));
  }

  #point(event: MapMouseEvent | null): void {
    this.#pointerAt = null;
    const entity = event && !this.map.isMoving() ? this.#hit(event) : null;
    this.map.getCanvas().style.cursor = entity ? "pointer" : "";
    const attribute = (entity && this.#shown.get(entity.type)?.showing.attribute) ?? null;
    this.events.onPoint(entity && event ? { entity, attribute, x: event.point.x, y: event.point.y } : null);
  }

  /** The topmost entity under the pointer, points before lines before areas. */
  #hit({ point }: MapMouseEvent): LiveEntity | null {
    const layers = [...this.#shown.values()].flatMap((shown) => shown.layers);
    if (layers.length === 0) return null;
    const corner = (sign: number): [number, number] => [point.x + sign * HIT_PIXELS, point.y + sign * HIT_PIXELS];
    const [first] = this.map.queryRenderedFeatures([corner(-1), corner(1)], { layers });
    if (!first) return null;
    const shown = this.#shown.get(first.source.slice(sourceOf("").length));
    return shown?.model.entityAt(Number(first.id)) ?? null;
  }
}

/** Keeps the district clear of the layer panel where the screen is wide enough for both. */
function room() {
  return { top: 56, right: 48, bottom: 32, left: window.innerWidth > WIDE ? PANEL : 16 };
}

const SHAPE_TILES = 16;

/** A crowd is drawn without its values, unless they colour it. */
function drawnAttribute({ features }: TypeModel, { attribute, colorBy }: Showing): string | null {
  return features.length > CROWD && !colorBy ? null : attribute;
}

/** How finely a type is cut into tiles: a crowd coarsely, since each tile that changes costs a frame. */
function tilesOf({ shapes, features }: TypeModel): number {
  if (shapes.has("line") || shapes.has("area")) return SHAPE_TILES;
  return features.length > CROWD ? 12 : 14;
}

function startAt(town: Town, view: View | null) {
  if (view) return { center: [view.lon, view.lat] as LngLatLike, zoom: view.zoom };
  if (town.bounds) return { bounds: town.bounds, fitBoundsOptions: { padding: room() } };
  return { center: (town.center ?? [0, 0]) as LngLatLike, zoom: town.zoom ?? 2 };
}

function wider([w, s, e, n]: [number, number, number, number]): [number, number, number, number] {
  return [w - MARGIN_DEGREES, s - MARGIN_DEGREES, e + MARGIN_DEGREES, n + MARGIN_DEGREES];
}
