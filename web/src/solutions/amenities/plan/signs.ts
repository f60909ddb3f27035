/** Signs of places and candidates: each state has a shape of its own. */

import type { Map as MapLibre } from "maplibre-gl";

import type { MapPalette } from "@/map/palette.ts";

export const SIGNS = ["place", "closed", "free", "kept", "forbidden", "new", "other"] as const;
export type SignName = (typeof SIGNS)[number];

export interface Sign {
  /** Of the place or candidate; what a click on it means. */
  key: string;
  sign: SignName;
  label: string;
  lon: number;
  lat: number;
}

interface Look {
  outline: string;
  filled: boolean;
  /** Drawn inside. */
  inner?: string;
}

const SQUARE = "M3 3h10v10H3z";
const CIRCLE = "M8 2.6a5.4 5.4 0 1 1 0 10.8A5.4 5.4 0 0 1 8 2.6z";
const DIAMOND = "M8 .8 15.2 8 8 15.2.8 8z";
const CROSS = "M5 5l6 6M11 5l-6 6";

export const LOOKS: Record<SignName, Look> = {
  place: { outline: SQUARE, filled: true },
  closed: { outline: SQUARE, filled: false, inner: CROSS },
  free: { outline: CIRCLE, filled: false },
  kept: { outline: CIRCLE, filled: true, inner: "M5.2 8.2 7.2 10.4 10.8 5.8" },
  forbidden: { outline: CIRCLE, filled: false, inner: "M4.4 11.6 11.6 4.4" },
  new: { outline: DIAMOND, filled: true },
  other: { outline: DIAMOND, filled: false, inner: "M8 5v6M5 8h6" },
};

const UNITS = 16;
const SCALE = 4;

function pen(): CanvasRenderingContext2D {
  const canvas = document.createElement("canvas");
  canvas.width = UNITS * SCALE;
  canvas.height = UNITS * SCALE;
  const found = canvas.getContext("2d", { willReadFrequently: true })!;
  found.scale(SCALE, SCALE);
  found.lineCap = "round";
  found.lineJoin = "round";
  return found;
}

function put(map: MapLibre, name: string, context: CanvasRenderingContext2D): void {
  const image = context.getImageData(0, 0, UNITS * SCALE, UNITS * SCALE);
  if (map.hasImage(name)) map.updateImage(name, image);
  else map.addImage(name, image, { pixelRatio: SCALE });
}

/** Adds the signs and the hatch, or redraws them in the colours of another theme. */
export function addSigns(map: MapLibre, colors: MapPalette): void {
  for (const name of SIGNS) {
    const { outline, filled, inner } = LOOKS[name];
    const context = pen();
    const shape = new Path2D(outline);
    context.lineWidth = 3.2;
    context.strokeStyle = colors.edge;
    context.stroke(shape);
    context.fillStyle = filled ? colors.label : colors.edge;
    context.fill(shape);
    context.lineWidth = 1.8;
    context.strokeStyle = colors.label;
    context.stroke(shape);
    if (inner) {
      context.strokeStyle = filled ? colors.edge : colors.label;
      context.stroke(new Path2D(inner));
    }
    put(map, `plan-${name}`, context);
  }
  const hatch = pen();
  hatch.strokeStyle = colors.edge;
  hatch.lineWidth = 1.6;
  hatch.stroke(new Path2D("M-4 4 4-4M-4 12 12-4M-4 20 20-4M4 20 20 4M12 20 20 12"));
  put(map, "plan-hatch", hatch);
}
