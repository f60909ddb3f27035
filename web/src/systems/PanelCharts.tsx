import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";

import * as queries from "@/api/queries.ts";
import type { PanelChart } from "@/api/types.ts";
import { Loading, Notice } from "@/components/Notice.tsx";
import { Section } from "@/components/Section.tsx";
import { unitSymbol } from "@/format/units.ts";
import { Chart } from "@/history/Chart.tsx";
import { drawnAhead, drawnOf, joined } from "@/history/drawn.ts";
import { type Outlook, outlookOf } from "@/history/outlook.ts";
import { steppedEnd } from "@/history/range.ts";
import { usePhrase } from "@/i18n/phrases.ts";
import { useT, useTerm } from "@/i18n/translate.ts";
import { clockNow, clockSpeed } from "@/live/clock.ts";
import { useSecond } from "@/live/ticker.ts";
import { live } from "@/live/store.ts";
import { shortId } from "@/routing/route.ts";

const DAY_MS = 86_400_000;
const POINTS = 288;
const HEIGHT = 220;

/** An outlook is drawn no further ahead than this part of what is drawn of the past. */
const AHEAD = 1;
/** Between two looks at an outlook, which the live stream does not carry. */
const OUTLOOK_MS = 10_000;

function useLastDay(): [start: number, end: number] {
  useSecond();
  const end = steppedEnd(clockNow("plant"), DAY_MS, clockSpeed());
  return [end - DAY_MS, end];
}

function useNames({ series }: PanelChart): string[] {
  const term = useTerm();
  const found = useQueries({ queries: series.map(({ entity }) => queries.entity(entity)), combine: (results) => results.map(({ data }) => data) });
  const attributes = new Set(series.map(({ attribute }) => attribute));
  const entities = new Set(series.map(({ entity }) => entity));
  return series.map(({ entity, attribute, title }, index) => {
    const name = title ?? found[index]?.title ?? live.find(entity)?.name ?? shortId(entity);
    if (entities.size === 1) return term(attribute);
    return attributes.size > 1 ? `${name}, ${term(attribute)}` : name;
  });
}

/** What was observed, series by series; of an outlook nothing. */
function useHistories({ series }: PanelChart, start: number, end: number) {
  return useQueries({
    queries: series.map(({ entity, attribute, outlook }) => ({ ...queries.history({ entity, attribute, start, end, points: POINTS }), enabled: !outlook })),
    combine: (results) => ({ pending: results.some(({ isLoading }) => isLoading), found: results.map(({ data }) => data) }),
  });
}

/** What lies ahead, series by series; null where its value is no outlook, undefined where there is none. */
function useOutlooks({ series }: PanelChart): (Outlook | null | undefined)[] {
  const found = useQueries({
    queries: series.map(({ entity, outlook }) => ({ ...queries.entity(entity), enabled: outlook === true, refetchInterval: OUTLOOK_MS })),
    combine: (results) => results.map(({ data }) => data),
  });
  return series.map(({ attribute, outlook }, index) => {
    const told = outlook ? found[index]?.attributes.find(({ name }) => name === attribute) : undefined;
    return told && outlookOf(told.value);
  });
}

/** One chart of a panel, over the last day and what lies ahead. */
export function PanelChartView({ chart }: { chart: PanelChart }) {
  const t = useT();
  const phrase = usePhrase();
  const title = phrase(chart.title);
  const [start, end] = useLastDay();
  const names = useNames(chart);
  const histories = useHistories(chart, start, end);
  const outlooks = useOutlooks(chart);
  const edges = { min: t("systems.likelyLow"), max: t("systems.likelyHigh") };
  const drawn = chart.series.flatMap((_, index) => {
    const history = histories.found[index];
    const outlook = outlooks[index];
    if (outlook) return [drawnAhead(names[index]!, outlook, edges)];
    return history ? [drawnOf(names[index]!, history)] : [];
  });
  const stamp = drawn.map(({ line, table: [times] }) => `${line.label}/${times.length}/${times[0]}/${times.at(-1)}`).join();
  const data = useMemo(() => joined(drawn), [stamp]);
  const ahead = outlooks.reduce((latest, each) => Math.max(latest, each?.t.at(-1) ?? 0), 0) * 1000;
  const known = histories.found.find((each) => each !== undefined);
  const unit = unitSymbol(known?.unit?.symbol ?? known?.unit?.code);
  const levels = (chart.thresholds ?? []).map((each) => ({ ...each, title: phrase(each.title) }));
  const empty = drawn.every(({ table: [times] }) => times.length === 0);
  const last = Math.min(Math.max(end, ahead), end + AHEAD * DAY_MS);
  return (
    <Section title={`${title} · ${t("systems.last24h")}`}>
      {histories.pending && empty && <Loading what={title} />}
      {!histories.pending && empty && <Notice title={t("history.none")}>{t("history.noneDo")}</Notice>}
      {outlooks.includes(null) && <Notice title={t("systems.noOutlook")}>{t("systems.noOutlookDo")}</Notice>}
      {!empty && <Chart lines={drawn.map(({ line }) => line)} levels={levels} now={ahead > end ? end / 1000 : null} data={data} unit={unit} height={HEIGHT} start={start / 1000} end={last / 1000} label={`${title}: ${drawn.map(({ line }) => line.label).join(", ")}`} />}
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
