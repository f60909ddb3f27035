/** Images that the map's symbol layers use, drawn here instead of loaded. */

import type { Map as MapLibre } from "maplibre-gl";

import { GLYPHS } from "@/components/glyphs.ts";

import type { MapPalette } from "./palette.ts";

const SCALE = 4;
const UNITS = 16;
const SIZE = UNITS * SCALE;

type Draw = (pen: CanvasRenderingContext2D) => void;

function paint(draw: Draw): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = SIZE;
  canvas.height = SIZE;
  const pen = canvas.getContext("2d", { willReadFrequently: true })!;
  pen.scale(SCALE, SCALE);
  draw(pen);
  return pen.getImageData(0, 0, SIZE, SIZE);
}


/** Uncertain is a triangle, bad a crossed square: shapes, since colour alone is no sign. */
function mark(fill: string, stroke: string, outline: string, inner: string, ink: string): Draw {
  return (pen) => {
    pen.lineJoin = "round";
    pen.lineCap = "round";
    pen.lineWidth = 3;
    pen.strokeStyle = outline;
    pen.stroke(new Path2D(stroke));
    pen.fillStyle = fill;
    pen.fill(new Path2D(stroke));
    pen.lineWidth = 1.8;
    pen.strokeStyle = ink;
    pen.stroke(new Path2D(inner));
  };
}

function hatch(color: string): Draw {
  return (pen) => {
    pen.strokeStyle = color;
    pen.lineWidth = 1.4;
    pen.stroke(new Path2D("M-4 4 4-4M-4 12 12-4M-4 20 20-4M4 20 20 4M12 20 20 12"));
  };
}

function put(map: MapLibre, name: string, draw: Draw): void {
  const image = paint(draw);
  const options = { pixelRatio: SCALE };
  if (map.hasImage(name)) map.updateImage(name, image);
  else map.addImage(name, image, options);
}

/** Adds them, or redraws them in the colours of another theme. */
export function addImages(map: MapLibre, colors: MapPalette): void {
  const tinted = (path: string, color: string): Draw => (pen) => {
    pen.fillStyle = color;
    pen.fill(new Path2D(path), "evenodd");
  };
  for (const [name, path] of Object.entries(GLYPHS)) {
    put(map, `glyph-${name}`, tinted(path, colors.glyph));
    put(map, `glyph-${name}-stale`, tinted(path, colors.stale));
  }
  put(map, "poi", tinted("M8 4.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7z", colors.poi));
  put(map, "mark-1", mark(colors.uncertain, "M8 2 14.5 13.5h-13z", colors.edge, "M8 6v3.6M8 11.6v.1", "#14181c"));
  put(map, "mark-2", mark(colors.bad, "M2.5 2.5h11v11h-11z", colors.edge, "M5.4 5.4l5.2 5.2M10.6 5.4 5.4 10.6", "#ffffff"));
  put(map, "hatch", hatch(colors.stale));
}

