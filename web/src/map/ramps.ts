/** Colour ramps for values, safe for the colour-blind, from low to high. */

import type { ColorBy } from "@/api/types.ts";

const RAMPS: Record<string, readonly string[]> = {
  blues: ["#c6dbef", "#85b7dc", "#4292c6", "#1565a8", "#08306b"],
  viridis: ["#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"],
  cividis: ["#00224e", "#434e6c", "#7d7c78", "#bcaf6f", "#fee838"],
  greys: ["#d0d4d8", "#a9b0b6", "#828b93", "#5c6670", "#363f48"],
  diverging: ["#0072b2", "#7fb0d0", "#c9ccd0", "#e0ad7c", "#d55e00"],
  heat: ["#fff3c4", "#f6c667", "#e69f00", "#d55e00", "#7a2d00"],
};

export function ramp(palette: string): readonly string[] {
  return RAMPS[palette] ?? RAMPS["viridis"]!;
}

export function rampStops({ min, max, palette }: ColorBy): (number | string)[] {
  const colors = ramp(palette);
  const span = max > min ? max - min : 1;
  return colors.flatMap((color, index) => [min + (span * index) / (colors.length - 1), color]);
}

export function rampGradient(palette: string): string {
  return `linear-gradient(90deg, ${ramp(palette).join(", ")})`;
}
