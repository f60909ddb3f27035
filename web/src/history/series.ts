/** A history as uPlot takes it: times in seconds, nulls where nothing was observed. */

import type { History, QualityLevel } from "@/api/types.ts";

export interface Series {
  t: number[];
  mean: (number | null)[];
  min: (number | null)[];
  max: (number | null)[];
  quality: QualityLevel[];
}

/** Missing this many steps is a gap, not a line. */
const GAP_STEPS = 3;
/** Neighbours on either side that say what is usual: a sensor's pace can change. */
const NEIGHBOURS = 5;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** The usual distance to the next point [s], for each but the last. */
export function stepsOf({ t, bucket_s, raw }: History): number[] {
  const distances = t.slice(1).map((time, index) => (time - t[index]!) / 1000);
  const least = raw ? 0 : bucket_s;
  return distances.map((_, index) => Math.max(least, median(distances.slice(Math.max(0, index - NEIGHBOURS), index + NEIGHBOURS + 1))));
}

export function seriesOf(history: History): Series {
  const steps = stepsOf(history);
  const series: Series = { t: [], mean: [], min: [], max: [], quality: [] };
  const push = (t: number, mean: number | null, min: number | null, max: number | null, quality: QualityLevel) => {
    series.t.push(t);
    series.mean.push(mean);
    series.min.push(min);
    series.max.push(max);
    series.quality.push(quality);
  };
  history.t.forEach((time, index) => {
    const t = time / 1000;
    const before = series.t.at(-1);
    const step = steps[index - 1] ?? 0;
    if (before !== undefined && step > 0 && t - before > GAP_STEPS * step) push(before + step, null, null, null, 0);
    const mean = history.mean[index] ?? null;
    push(t, mean, history.min[index] ?? mean, history.max[index] ?? mean, history.quality[index] ?? 0);
  });
  return series;
}

export interface Tail {
  t: number;
  value: number;
  quality: QualityLevel;
}

/** The series with what was heard since it was fetched. */
export function withTail(series: Series, tail: readonly Tail[]): Series {
  const last = series.t.at(-1) ?? -Infinity;
  const fresh = tail.filter(({ t }) => t > last);
  const values = fresh.map(({ value }) => value);
  return {
    t: [...series.t, ...fresh.map(({ t }) => t)],
    mean: [...series.mean, ...values],
    min: [...series.min, ...values],
    max: [...series.max, ...values],
    quality: [...series.quality, ...fresh.map(({ quality }) => quality)],
  };
}

export interface Extent {
  min: number;
  max: number;
  last: number;
}

export function extentOf({ min, max, mean }: Series): Extent | null {
  const known = (values: (number | null)[]) => values.filter((value): value is number => value !== null);
  const last = known(mean).at(-1);
  if (last === undefined) return null;
  const least = known(min).reduce((a, b) => Math.min(a, b), Infinity);
  const most = known(max).reduce((a, b) => Math.max(a, b), -Infinity);
  return { min: least, max: most, last };
}
