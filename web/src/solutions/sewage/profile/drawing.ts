/** Elevations along a way as paths of a drawing that is wide and low. */

import type { Profile, Reach } from "./types.ts";

export const WIDTH = 1000;
export const HEIGHT = 320;
const LEFT = 44;
const RIGHT = 8;
const TOP = 10;
const FOOT = 28;

export interface Scale {
  x: (along: number) => number;
  y: (elevation: number) => number;
  xTicks: readonly number[];
  yTicks: readonly number[];
}

/** Round numbers between two, about `count` of them. */
export function ticks(low: number, high: number, count: number): number[] {
  const rough = Math.max((high - low) / count, 1e-9);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough)!;
  const found: number[] = [];
  for (let value = Math.ceil(low / step) * step; value <= high + 1e-9; value += step) found.push(Number(value.toFixed(6)));
  return found;
}

export function scaleOf({ stations }: Profile): Scale {
  const end = Math.max(stations.at(-1)?.at ?? 0, 1);
  const low = Math.min(...stations.map((one) => one.invert)) - 0.3;
  const high = Math.max(...stations.map((one) => Math.max(one.ground, one.level))) + 0.3;
  return {
    x: (along) => LEFT + (along / end) * (WIDTH - LEFT - RIGHT),
    y: (elevation) => TOP + ((high - elevation) / (high - low)) * (HEIGHT - TOP - FOOT),
    xTicks: ticks(0, end, 8),
    yTicks: ticks(low, high, 6),
  };
}

const path = (points: readonly (readonly [number, number])[]) => points.map(([x, y], k) => `${k ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

export const groundPath = ({ stations }: Profile, { x, y }: Scale) => path(stations.map((one) => [x(one.at), y(one.ground)]));

export function reachPath({ start, end, bottom, height }: Reach, { x, y }: Scale): string {
  const [from, to] = bottom;
  return `${path([
    [x(start), y(from)],
    [x(end), y(to)],
    [x(end), y(to + height)],
    [x(start), y(from + height)],
  ])}Z`;
}

/** Water from its level down to the bottom: in the sewer, and above it where it presses up into manholes. */
export function waterPath({ start, end, bottom }: Reach, levels: readonly [number, number], { x, y }: Scale): string {
  const [from, to] = bottom;
  return `${path([
    [x(start), y(from)],
    [x(end), y(to)],
    [x(end), y(Math.max(levels[1], to))],
    [x(start), y(Math.max(levels[0], from))],
  ])}Z`;
}
