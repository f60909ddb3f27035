/** Where a figure goes: the last hour of its history against the hour before. */

import type { History } from "@/api/types.ts";

export type Direction = "up" | "down" | "level";

const HOUR_MS = 3_600_000;
/** Part of the figure's range that is no change. */
const STILL = 0.01;

function meanOf({ t, mean }: History, from: number, to: number): number | null {
  const values = t.flatMap((time, index) => (time >= from && time < to && mean[index] != null ? [mean[index]!] : []));
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
}

/** Null where one of the two hours is silent. */
export function trendOf(history: History, end: number, range: number): Direction | null {
  const now = meanOf(history, end - HOUR_MS, end + 1);
  const before = meanOf(history, end - 2 * HOUR_MS, end - HOUR_MS);
  if (now === null || before === null) return null;
  if (Math.abs(now - before) <= STILL * range) return "level";
  return now > before ? "up" : "down";
}

/** Strokes of a sparkline in a box of `width` by `height`, broken where nothing was observed. */
export function strokesOf({ t, mean }: History, start: number, end: number, width: number, height: number): string[] {
  const known = mean.filter((value): value is number => value !== null);
  if (known.length === 0) return [];
  const least = Math.min(...known);
  const span = Math.max(...known) - least || 1;
  const strokes: string[][] = [[]];
  t.forEach((time, index) => {
    const value = mean[index];
    if (value == null) return void strokes.push([]);
    const x = ((time - start) / (end - start)) * width;
    const y = height - ((value - least) / span) * height;
    strokes.at(-1)!.push(`${x.toFixed(1)},${y.toFixed(1)}`);
  });
  return strokes.filter((points) => points.length > 1).map((points) => points.join(" "));
}
