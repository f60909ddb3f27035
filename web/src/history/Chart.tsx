import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import { useLocale, useTheme, useThemeChoice } from "@/shell/preferences.ts";

import "./chart.css";
import { type Level, type Line, chartOptions } from "./chart-options.ts";

interface Props {
  lines: readonly Line[];
  levels?: readonly Level[];
  /** Where the past ends [s since the epoch], where more is drawn. */
  now?: number | null;
  data: uPlot.AlignedData;
  unit: string;
  height: number;
  /** Seconds since the epoch. */
  start: number;
  end: number;
  label: string;
  onZoom?: ((start: number, end: number) => void) | undefined;
}

const NONE: readonly Level[] = [];

/** The last point until `now` that has a value, for the legend while nothing is pointed at. */
function lastKnown([times, ...series]: uPlot.AlignedData, now: number | null): number {
  let at = times.length - 1;
  while (at > 0 && now !== null && times[at]! > now) at -= 1;
  while (at > 0 && series.every((values) => values[at] == null)) at -= 1;
  return at;
}

/** uPlot in a box that follows its parent's width; drawn anew only where looks change. */
export function Chart({ lines, levels = NONE, now = null, data, unit, height, start, end, label, onZoom }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = `${useTheme()}/${useThemeChoice()}`;
  const locale = useLocale();
  const zoom = useRef(onZoom);
  zoom.current = onZoom;
  const past = useRef(now);
  past.current = now;
  const shape = [...lines.map((line) => `${line.label}/${line.band?.min}/${line.dashed}`), ...levels.map(({ value, title }) => `${value}/${title}`)].join("|");

  useEffect(() => {
    const element = box.current!;
    const width = element.clientWidth;
    const made = new uPlot(chartOptions({ lines, levels, now: () => past.current, unit, width, height, locale, style: getComputedStyle(element), onZoom: (a, b) => zoom.current?.(a, b) }), data, element);
    plot.current = made;
    const resize = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [theme, locale, shape, unit, height]);

  useEffect(() => {
    const shown = plot.current;
    if (!shown) return;
    shown.batch(() => {
      shown.setData(data, false);
      shown.setScale("x", { min: start, max: end });
    });
    if (shown.cursor.idx == null) shown.setLegend({ idx: lastKnown(data, past.current) });
  }, [data, start, end, theme, locale, shape]);

  return <div ref={box} className="chart" role="img" aria-label={label} />;
}
