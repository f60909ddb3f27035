import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import uPlot, { type AlignedData } from "uplot";

import * as queries from "@/api/queries.ts";
import type { History, Panel } from "@/api/types.ts";
import { Loading, Notice } from "@/components/Notice.tsx";
import { Section } from "@/components/Section.tsx";
import { unitSymbol } from "@/format/units.ts";
import { Chart } from "@/history/Chart.tsx";
import { steppedEnd } from "@/history/range.ts";
import { seriesOf } from "@/history/series.ts";
import { usePhrase } from "@/i18n/phrases.ts";
import { useT, useTerm } from "@/i18n/translate.ts";
import { clockNow, clockSpeed } from "@/live/clock.ts";
import { useSecond } from "@/live/ticker.ts";
import { live } from "@/live/store.ts";
import { shortId } from "@/routing/route.ts";

const DAY_MS = 86_400_000;
const POINTS = 288;
const HEIGHT = 220;

type PanelChart = Panel["charts"][number];

function useLastDay(): [start: number, end: number] {
  useSecond();
  const end = steppedEnd(clockNow("plant"), DAY_MS, clockSpeed());
  return [end - DAY_MS, end];
}

/** Several series on one time axis; null where one has no value at another's time. */
function joined(histories: readonly History[]): AlignedData {
  const tables = histories.map((history) => {
    const { t, mean } = seriesOf(history);
    return [t, mean] as AlignedData;
  });
  return tables.length > 0 ? uPlot.join(tables, tables.map(() => [2, 2])) : [[]];
}

function useNames(chart: PanelChart): string[] {
  const term = useTerm();
  const found = useQueries({ queries: chart.series.map(({ entity }) => queries.entity(entity)), combine: (results) => results.map(({ data }) => data) });
  const attributes = new Set(chart.series.map(({ attribute }) => attribute));
  const entities = new Set(chart.series.map(({ entity }) => entity));
  return chart.series.map(({ entity, attribute, title }, index) => {
    const name = title ?? found[index]?.title ?? live.find(entity)?.name ?? shortId(entity);
    if (entities.size === 1) return term(attribute);
    return attributes.size > 1 ? `${name}, ${term(attribute)}` : name;
  });
}

function PanelChartView({ chart }: { chart: PanelChart }) {
  const t = useT();
  const title = usePhrase()(chart.title);
  const [start, end] = useLastDay();
  const names = useNames(chart);
  const histories = useQueries({
    queries: chart.series.map(({ entity, attribute }) => queries.history({ entity, attribute, start, end, points: POINTS })),
    combine: (results) => ({ pending: results.some(({ isPending }) => isPending), found: results.map(({ data }) => data) }),
  });
  const known = histories.found.map((data, index) => ({ data, name: names[index]! })).filter((each): each is { data: History; name: string } => each.data !== undefined);
  const stamp = known.map(({ data }) => `${data.entity}/${data.t.length}/${data.t.at(-1)}`).join();
  const data = useMemo(() => joined(known.map((each) => each.data)), [stamp]);
  const unit = unitSymbol(known[0]?.data.unit?.symbol ?? known[0]?.data.unit?.code);
  const empty = known.every((each) => each.data.t.length === 0);
  return (
    <Section title={`${title} · ${t("systems.last24h")}`}>
      {histories.pending && empty && <Loading what={title} />}
      {!histories.pending && empty && <Notice title={t("history.none")}>{t("history.noneDo")}</Notice>}
      {!empty && <Chart lines={known.map(({ name }) => ({ label: name, band: null }))} data={data} unit={unit} height={HEIGHT} start={start / 1000} end={end / 1000} label={`${title}: ${known.map(({ name }) => name).join(", ")}`} />}
    </Section>
  );
}

export function PanelCharts({ charts }: { charts: readonly PanelChart[] }) {
  return (
    <div className="system-charts">
      {charts.map((chart) => (
        <PanelChartView key={chart.id} chart={chart} />
      ))}
    </div>
  );
}
