/** Hands a source its changed features: one update under way at a time, the rest gathered. */

import type { GeoJSONFeatureDiff, GeoJSONSource, Map as MapLibre } from "maplibre-gl";

import { probePainted } from "@/probe/probe.ts";

import type { TypeModel } from "./type-model.ts";

/** Above this part of all features a whole replacement is cheaper than a difference. */
const WHOLE_PART = 0.3;
const GIVE_UP_MS = 2000;

export class Feeder {
  #pending = new Set<number>();
  #whole = false;
  #busy = false;

  constructor(
    readonly map: MapLibre,
    readonly sourceId: string,
    readonly model: TypeModel,
  ) {}

  get idle(): boolean {
    return !this.#busy;
  }

  push(changed: readonly number[]): void {
    for (const at of changed) this.#pending.add(at);
    this.#next();
  }

  pushAll(): void {
    this.#whole = true;
    this.#next();
  }

  #next(): void {
    if (this.#busy || (!this.#whole && this.#pending.size === 0)) return;
    this.#busy = true;
    void this.#feed();
  }

  async #feed(): Promise<void> {
    const source = this.map.getSource<GeoJSONSource>(this.sourceId);
    if (!source) return;
    const taken = Date.now();
    const pending = this.#pending;
    const whole = this.#whole || pending.size > this.model.features.length * WHOLE_PART;
    this.#pending = new Set();
    this.#whole = false;
    if (whole) await source.setData({ type: "FeatureCollection", features: this.model.features }, true);
    else await source.updateData({ update: [...pending].map((at) => this.#difference(at)) }, true);
    await this.#painted();
    probePainted(taken);
    this.#busy = false;
    this.#next();
  }

  #difference(at: number): GeoJSONFeatureDiff {
    const { geometry, properties } = this.model.features[at]!;
    const addOrUpdateProperties = Object.entries(properties).map(([key, value]) => ({ key, value: value as unknown }));
    return { id: at, newGeometry: geometry, addOrUpdateProperties };
  }

  /** Resolves after the first frame that shows the source as it is now. */
  #painted(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.map.off("render", onRender);
        resolve();
      };
      const onRender = () => {
        if (!this.map.getSource(this.sourceId) || this.map.isSourceLoaded(this.sourceId)) done();
      };
      const timer = setTimeout(done, GIVE_UP_MS);
      this.map.on("render", onRender);
    });
  }
}
