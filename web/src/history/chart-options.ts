/** Looks of a chart: grey axes, Okabe–Ito series, quality marked by shape at the foot. */

import uPlot from "uplot";

import type { QualityLevel } from "@/api/types.ts";
import { formatTime, timeZone } from "@/format/times.ts";
import { formatMeasure } from "@/format/values.ts";
import { t } from "@/i18n/translate.ts";
import { INTL_TAGS, type Locale } from "@/i18n/locales.ts";

/** Okabe and Ito's hues in the order used for series; the first is also the only one alone. */
export const SERIES_HUES = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6"] as const;

export interface Line {
  label: string;
  /** Its data are followed by lowest and highest of each point, named so and drawn as a band. */
  band: { min: string; max: string } | null;
  quality?: readonly QualityLevel[];
  /** What has not been observed. */
  dashed?: boolean;
}

/** A level across the chart. */
export interface Level {
  value: number;
  title: string;
}

interface Look {
  lines: readonly Line[];
  levels: readonly Level[];
  /** Where the past ends, in seconds since the epoch, where more is drawn. */
  now: () => number | null;
  unit: string;
  width: number;
  height: number;
  locale: Locale;
  style: CSSStyleDeclaration;
  onZoom: (start: number, end: number) => void;
}

const FONT = '12px "Noto Sans"';
const DAY_S = 86_400;
const MARK = 5;

function tickText(splits: readonly number[], locale: Locale): string[] {
  const long = (splits.at(-1) ?? 0) - (splits[0] ?? 0) >= 2 * DAY_S;
  let day = "";
  return splits.map((split) => {
    const date = formatTime(split * 1000, "day", locale);
    const clock = formatTime(split * 1000, "clock", locale);
    const turned = date !== day;
    day = date;
    if (long) return clock === formatTime(0, "clock", locale) || turned ? date : clock;
    return turned ? `${clock}\n${date}` : clock;
  });
}

function axes({ style, locale, unit }: Look): uPlot.Axis[] {
  const ink = style.getPropertyValue("--ink-soft");
  const line = style.getPropertyValue("--line");
  const shared = { stroke: ink, font: FONT, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1, size: 4 } };
  return [
    { ...shared, space: 72, size: 44, values: (_, splits) => tickText(splits, locale) },
    { ...shared, size: 64, values: (_, splits) => splits.map((split) => `${new Intl.NumberFormat(INTL_TAGS[locale], { maximumFractionDigits: 3 }).format(split)}${unit ? `\u202f${unit}` : ""}`) },
  ];
}

function series({ lines, style, locale, unit }: Look): uPlot.Series[] {
  // Where another series of the chart has a time of its own, uPlot hands on `undefined`.
  const value = (_: uPlot, raw: number | null | undefined) => (raw == null || !Number.isFinite(raw) ? "–" : `${formatMeasure(raw, locale)}${unit ? `\u202f${unit}` : ""}`);
  const time: uPlot.Series = { label: t("history.timeColumn"), value: (_, raw) => (raw == null ? "–" : formatTime(raw * 1000, "full", locale)) };
  const own = lines.flatMap((line, index) => {
    const color = style.getPropertyValue(SERIES_HUES[index % SERIES_HUES.length]!);
    const mean: uPlot.Series = { label: line.label, stroke: color, width: 1.6, spanGaps: false, points: { show: false }, value, ...(line.dashed && { dash: [6, 4] }) };
    const edge = (name: string): uPlot.Series => ({ label: name, stroke: "transparent", width: 0, points: { show: false }, value });
    return line.band ? [mean, edge(line.band.min), edge(line.band.max)] : [mean];
  });
  return [time, ...own];
}

function bands({ lines, style }: Look): uPlot.Band[] {
  let at = 1;
  return lines.flatMap((line, index) => {
    const mine = at;
    at += line.band ? 3 : 1;
    const color = style.getPropertyValue(SERIES_HUES[index % SERIES_HUES.length]!).trim();
    return line.band ? [{ series: [mine + 2, mine + 1] as [number, number], fill: `${color}38` }] : [];
  });
}

/** Triangles where uncertain, crossed squares where bad, along the foot of the plot. */
function qualityMarks({ lines, style }: Look): (plot: uPlot) => void {
  const uncertain = style.getPropertyValue("--uncertain-fill");
  const bad = style.getPropertyValue("--bad-fill");
  return (plot) => {
    const quality = lines[0]?.quality;
    if (!quality) return;
    const pen = plot.ctx;
    const scale = uPlot.pxRatio;
    const foot = plot.bbox.top + plot.bbox.height - 3 * scale;
    let clear = -Infinity;
    pen.save();
    plot.data[0].forEach((time, index) => {
      const level = quality[index];
      const x = plot.valToPos(time, "x", true);
      if (!level || x < plot.bbox.left || x > plot.bbox.left + plot.bbox.width || x < clear) return;
      clear = x + 2 * MARK * scale;
      pen.fillStyle = level === 2 ? bad : uncertain;
      pen.beginPath();
      if (level === 2) pen.rect(x - MARK * scale, foot - 2 * MARK * scale, 2 * MARK * scale, 2 * MARK * scale);
      else {
        pen.moveTo(x - MARK * scale, foot);
        pen.lineTo(x + MARK * scale, foot);
        pen.lineTo(x, foot - 2 * MARK * scale);
      }
      pen.fill();
    });
    pen.restore();
  };
}

/** Named levels, dashed across the plot, and where the past ends. */
function guides({ levels, now, style }: Look): (plot: uPlot) => void {
  const ink = style.getPropertyValue("--ink-soft");
  const strong = style.getPropertyValue("--line-strong");
  return (plot) => {
    const { left, top, width, height } = plot.bbox;
    const pen = plot.ctx;
    const scale = uPlot.pxRatio;
    const line = (color: string, dash: number[], ...[x, y, toX, toY]: [number, number, number, number]) => {
      pen.strokeStyle = color;
      pen.setLineDash(dash.map((each) => each * scale));
      pen.beginPath();
      pen.moveTo(x, y);
      pen.lineTo(toX, toY);
      pen.stroke();
    };
    pen.save();
    pen.beginPath();
    pen.rect(left, top, width, height);
    pen.clip();
    pen.lineWidth = scale;
    pen.fillStyle = ink;
    pen.font = `${12 * scale}px "Noto Sans"`;
    pen.textBaseline = "bottom";
    pen.textAlign = "left";
    for (const { value, title } of levels) {
      const y = plot.valToPos(value, "y", true);
      line(ink, [2, 3], left, y, left + width, y);
      pen.fillText(title, left + 6 * scale, y - 2 * scale);
    }
    const at = now();
    if (at !== null) line(strong, [], plot.valToPos(at, "x", true), top, plot.valToPos(at, "x", true), top + height);
    pen.restore();
  };
}

/** The values' own extent, and the levels that they are held against. */
function scales({ levels }: Look): uPlot.Scales {
  if (levels.length === 0) return {};
  const values = levels.map(({ value }) => value);
  const range: uPlot.Range.Function = (_, min, max) => uPlot.rangeNum(Math.min(min ?? Infinity, ...values), Math.max(max ?? -Infinity, ...values), 0.1, true);
  return { y: { range } };
}

function zoomed(onZoom: Look["onZoom"]): (plot: uPlot) => void {
  return (plot) => {
    const { left, width } = plot.select;
    if (width < 4) return;
    onZoom(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
    plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  };
}

export function chartOptions(look: Look): uPlot.Options {
  return {
    width: look.width,
    height: look.height,
    tzDate: (time) => uPlot.tzDate(new Date(time * 1000), timeZone()),
    axes: axes(look),
    scales: scales(look),
    series: series(look),
    bands: bands(look),
    legend: { show: true, live: true },
    cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
    padding: [12, 16, 0, 0],
    hooks: { draw: [guides(look), qualityMarks(look)], setSelect: [zoomed(look.onZoom)] },
  };
}
