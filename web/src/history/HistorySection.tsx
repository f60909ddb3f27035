import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { AlignedData } from "uplot";

import { address } from "@/api/client.ts";
import * as queries from "@/api/queries.ts";
import type { AttributeView, EntityView, History } from "@/api/types.ts";
import { chartPath } from "@/charts/chosen.ts";
import { Icon } from "@/components/Icon.tsx";
import { LoadError, Loading, Notice } from "@/components/Notice.tsx";
import { Section } from "@/components/Section.tsx";
import { Segmented } from "@/components/Segmented.tsx";
import { formatTime } from "@/format/times.ts";
import { unitSymbol } from "@/format/units.ts";
import { formatMeasure } from "@/format/values.ts";
import { durationText, useT, useTerm } from "@/i18n/translate.ts";
import { clockNow, clockSpeed } from "@/live/clock.ts";
import { useSecond } from "@/live/ticker.ts";
import { Link } from "@/routing/Link.tsx";
import { setParams, useParam } from "@/routing/location.ts";
import { useLocale } from "@/shell/preferences.ts";

import { Chart } from "./Chart.tsx";
import { HistoryTable } from "./HistoryTable.tsx";
import { RangePick } from "./RangePick.tsx";
import "./history.css";
import { type Range, fixedParams, rangeOf, steppedEnd } from "./range.ts";
import { extentOf, seriesOf, withTail } from "./series.ts";
import { useTail } from "./use-tail.ts";

const POINTS = 600;
const HEIGHT = 320;

/** The range as asked of the server: one that follows now moves in steps, so that it is not asked each second. */
export function useRange(clock: EntityView["clock"]): Range {
  useSecond();
  const preset = useParam("range");
  const from = useParam("from");
  const to = useParam("to");
  const now = clockNow(clock);
  const range = rangeOf(preset, from, to, now);
  if (range.preset === null) return range;
  const length = range.end - range.start;
  const end = steppedEnd(now, length, clock === "plant" ? clockSpeed() : 1);
  return { preset: range.preset, start: end - length, end };
}

interface Shown {
  entity: EntityView;
  attribute: AttributeView;
  range: Range;
  history: History;
}

function Plot({ entity, attribute, range, history }: Shown) {
  const t = useT();
  const term = useTerm();
  const locale = useLocale();
  const tail = useTail(entity.id, attribute.name, history);
  const fetched = useMemo(() => seriesOf(history), [history]);
  const series = useMemo(() => (range.preset ? withTail(fetched, tail) : fetched), [fetched, tail, range.preset]);
  const data = useMemo<AlignedData>(() => (history.raw ? [series.t, series.mean] : [series.t, series.mean, series.min, series.max]), [series, history.raw]);
  const unit = unitSymbol(history.unit?.symbol ?? history.unit?.code);
  const name = term(attribute.name, attribute.title);
  const extent = extentOf(series);
  if (!extent) return <Notice title={t("history.none")}>{t("history.noneDo")}</Notice>;
  const number = (value: number) => formatMeasure(value, locale);
  const time = (at: number) => formatTime(at, "full", locale);
  const summary = t("history.summary", { attribute: name, start: time(range.start), end: time(range.end), min: number(extent.min), max: number(extent.max), last: number(extent.last), unit });
  const lines = [{ label: name, band: history.raw ? null : { min: t("history.min"), max: t("history.max") }, quality: series.quality }];
  return (
    <>
      <Chart lines={lines} data={data} unit={unit} height={HEIGHT} start={range.start / 1000} end={range.end / 1000} label={summary} onZoom={(a, b) => setParams(fixedParams(a * 1000, b * 1000), true)} />
      <p className="soft small history-foot">
        {history.raw ? t("history.rawPoints") : t("history.bucket", { length: durationText(t, history.bucket_s) })}
        {range.preset && ` · ${t("history.live")}`}
        {series.quality.some((level) => level > 0) && ` · ${t("history.marks")}`}
      </p>
    </>
  );
}

function Loaded({ entity, attribute }: { entity: EntityView; attribute: AttributeView }) {
  const t = useT();
  const range = useRange(entity.clock);
  const asTable = useParam("twin") === "table";
  const request = { entity: entity.id, attribute: attribute.name, start: range.start, end: range.end, points: POINTS };
  const { data, error, refetch } = useQuery(queries.history(request));
  return (
    <>
      <div className="history-tools">
        <RangePick range={range} />
        <Segmented
          label={t("map.view")}
          value={asTable ? "table" : "chart"}
          onChange={(twin) => setParams({ twin: twin === "table" ? "table" : null })}
          options={[
            { value: "chart", label: t("history.chart") },
            { value: "table", label: t("history.table") },
          ]}
        />
        <a className="button" href={address("/history.csv", queries.historyQuery(request))} download aria-label={t("history.csvLong")}>
          <Icon name="download" /> {t("history.csv")}
        </a>
        <Link className="button" to={chartPath(entity.id, attribute.name)}>
          <Icon name="chart" /> {t("charts.open")}
        </Link>
      </div>
      {error && !data && <LoadError what={t("history.title")} error={error} retry={() => void refetch()} />}
      {!error && !data && <Loading what={t("history.title")} />}
      {data && (asTable ? <HistoryTable history={data} unit={unitSymbol(data.unit?.symbol ?? data.unit?.code)} /> : <Plot entity={entity} attribute={attribute} range={range} history={data} />)}
    </>
  );
}

export function HistorySection({ entity, attribute }: { entity: EntityView; attribute: AttributeView | undefined }) {
  const t = useT();
  const term = useTerm();
  if (!attribute) {
    return (
      <Section title={t("history.title")}>
        <p className="soft section-none">{t("history.choose")}</p>
      </Section>
    );
  }
  return (
    <Section title={`${t("history.title")} · ${term(attribute.name, attribute.title)}`}>
      <Loaded key={attribute.name} entity={entity} attribute={attribute} />
    </Section>
  );
}
