/** The drawn features of one type, kept in step with the live store. */

import type { Feature, Geometry } from "geojson";

import type { ColorBy, QualityLevel, TypeColumns } from "@/api/types.ts";
import type { Shape } from "@/components/glyphs.ts";
import type { LiveEntity, LiveStore } from "@/live/store.ts";

export type StateCode = 0 | 1 | 2 | 3;

/** `s` state, `v` the shown value. Every property costs time in each tile, so there are no more. */
export interface Drawn {
  s: StateCode;
  v?: number | string;
}

type DrawnFeature = Feature<Geometry, Drawn>;

export const LOCATION = "location";

export function geometryOf(place: unknown): Geometry | null {
  if (Array.isArray(place) && typeof place[0] === "number") return { type: "Point", coordinates: place as number[] };
  if (typeof place === "object" && place !== null && "type" in place) return place as Geometry;
  return null;
}

function shapeOf({ type }: Geometry): Shape {
  if (type.endsWith("Point")) return "point";
  return type.endsWith("LineString") ? "line" : "area";
}

export function stateCode(entity: LiveEntity): StateCode {
  if (entity.stale) return 3;
  let worst: QualityLevel = 0;
  for (const cell of entity.cells.values()) if (cell.quality > worst) worst = cell.quality;
  return worst;
}

/** Puts a snapshot's values into the store, where live values then overtake them. */
export function seed(columns: TypeColumns, store: LiveStore): LiveEntity[] {
  const attributes = Object.keys(columns.values);
  for (const attribute of attributes) store.setUnit(attribute, columns.units[attribute] ?? store.unit(attribute));
  return columns.ids.map((id, index) => {
    const entity = store.enter(id, columns.type, columns.names[index] ?? null);
    const text = columns.observedAt[index];
    const observedAt = text ? Date.parse(text) : null;
    for (const attribute of attributes) {
      const value = columns.values[attribute]?.[index];
      if (value !== undefined && value !== null) store.seed(entity, attribute, { value, observedAt, quality: columns.quality[index] ?? 0 });
    }
    store.setStale(entity, columns.stale[index] ?? false);
    return entity;
  });
}

export class TypeModel {
  readonly type: string;
  readonly shapes = new Set<Shape>();
  readonly features: DrawnFeature[] = [];
  readonly counts: [normal: number, uncertain: number, bad: number, stale: number] = [0, 0, 0, 0];
  readonly #entities: LiveEntity[] = [];
  readonly #index = new Map<LiveEntity, number>();
  readonly #places: unknown[] = [];
  readonly #members: ReadonlySet<LiveEntity>;
  #attribute: string | null = null;

  constructor(columns: TypeColumns, store: LiveStore) {
    this.type = columns.type;
    const entities = seed(columns, store);
    this.#members = new Set(entities);
    columns.geometry.forEach((place, at) => {
      const geometry = geometryOf(place);
      if (geometry) this.#add(entities[at]!, geometry);
    });
  }


  /** Whether the snapshot held it, drawn or not. */
  has(entity: LiveEntity): boolean {
    return this.#members.has(entity);
  }

  entityAt(index: number): LiveEntity | undefined {
    return this.#entities[index];
  }

  geometry(entity: LiveEntity): Geometry | undefined {
    const at = this.#index.get(entity);
    return at === undefined ? undefined : this.features[at]?.geometry;
  }

  /** Shows another attribute; every feature is drawn anew. */
  show(attribute: string | null): void {
    this.#attribute = attribute;
    this.features.forEach((feature, at) => {
      feature.properties = this.#drawn(this.#entities[at]!);
    });
  }

  /** Takes over what changed and returns the places of the features that look different now. */
  update(changed: ReadonlySet<LiveEntity>): number[] {
    const different: number[] = [];
    for (const entity of changed) {
      const at = this.#index.get(entity);
      if (at !== undefined && this.#redraw(entity, at)) different.push(at);
    }
    return different;
  }

  #add(entity: LiveEntity, geometry: Geometry): void {
    const at = this.features.length;
    const properties = this.#drawn(entity);
    this.#entities.push(entity);
    this.#index.set(entity, at);
    this.features.push({ type: "Feature", id: at, geometry, properties });
    this.shapes.add(shapeOf(geometry));
    this.counts[properties.s] += 1;
  }

  #redraw(entity: LiveEntity, at: number): boolean {
    const feature = this.features[at]!;
    const before = feature.properties;
    const now = this.#drawn(entity);
    const moved = this.#move(entity, at);
    if (!moved && now.s === before.s && now.v === before.v) return false;
    this.counts[before.s] -= 1;
    this.counts[now.s] += 1;
    feature.properties = now;
    return true;
  }

  #move(entity: LiveEntity, at: number): boolean {
    const place = entity.cells.get(LOCATION)?.value;
    if (place === undefined || place === this.#places[at]) return false;
    this.#places[at] = place;
    const geometry = geometryOf(place);
    if (geometry) this.features[at]!.geometry = geometry;
    return geometry !== null;
  }

  #drawn(entity: LiveEntity): Drawn {
    const s = stateCode(entity);
    const value = this.#attribute === null ? undefined : entity.cells.get(this.#attribute)?.value;
    return typeof value === "number" || typeof value === "string" ? { s, v: value } : { s };
  }
}

/** The attribute that a type shows beside its symbol: the one that colours, else its first measured one. */
export function shownAttribute(columns: TypeColumns, colorBy: ColorBy | null, preferred: string | undefined): string | null {
  if (colorBy) return colorBy.attribute;
  if (preferred && preferred in columns.values) return preferred;
  const numeric = Object.keys(columns.values).filter((name) => columns.values[name]?.some((value) => typeof value === "number"));
  return numeric.find((name) => columns.units[name]) ?? numeric[0] ?? null;
}
