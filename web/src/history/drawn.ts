/** Lines of a chart with their data, and several of them on one time axis. */

import uPlot, { type AlignedData } from "uplot";

import type { History } from "@/api/types.ts";

import type { Line } from "./chart-options.ts";
import type { Outlook } from "./outlook.ts";
import { seriesOf } from "./series.ts";

export interface Edges {
  min: string;
  max: string;
}

/** A line with its data: means, and the edges of its band where it has one. */
export interface Drawn {
  line: Line;
  table: AlignedData;
}

/** What was observed, with the lowest and highest of each point where edges are named. */
export function drawnOf(name: string, history: History, edges: Edges | null = null): Drawn {
  const { t, mean, min, max } = seriesOf(history);
  if (!edges || history.raw) return { line: { label: name, band: null }, table: [t, mean] };
  return { line: { label: name, band: edges }, table: [t, mean, min, max] };
}

export function drawnAhead(name: string, { t, mean, low, high }: Outlook, edges: Edges): Drawn {
  if (!low || !high) return { line: { label: name, band: null, dashed: true }, table: [t, mean] };
  return { line: { label: name, band: edges, dashed: true }, table: [t, mean, low, high] };
}

/** Another period laid over this one: dashed, `later` milliseconds later than it was. */
export function drawnShifted(name: string, history: History, later: number): Drawn {
  const { t, mean } = seriesOf(history);
  return { line: { label: name, band: null, dashed: true }, table: [t.map((time) => time + later / 1000), mean] };
}

/** Several lines on one time axis; null where one has no value at another's time. */
export function joined(drawn: readonly Drawn[]): AlignedData {
  return drawn.length > 0 ? uPlot.join(drawn.map(({ table }) => table), drawn.map(({ table }) => table.map(() => 2))) : [[]];
}
