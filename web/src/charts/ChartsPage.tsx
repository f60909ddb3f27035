import { useMemo, useRef } from "react";

import { address } from "@/api/client.ts";
import * as queries from "@/api/queries.ts";
import { Button, IconButton } from "@/components/Button.tsx";
import { Icon } from "@/components/Icon.tsx";
import { Notice } from "@/components/Notice.tsx";
import { Section } from "@/components/Section.tsx";
import { Segmented } from "@/components/Segmented.tsx";
import { formatTime } from "@/format/times.ts";
import { unitSymbol } from "@/format/units.ts";
import { formatValue, withUnit } from "@/format/values.ts";
import { Chart } from "@/history/Chart.tsx";
import { useRange } from "@/history/HistorySection.tsx";
import { RangePick } from "@/history/RangePick.tsx";
import { drawnOf, drawnShifted, joined } from "@/history/drawn.ts";
import { type Range, fixedParams } from "@/history/range.ts";
import { useT } from "@/i18n/translate.ts";
import { Link } from "@/routing/Link.tsx";
import { setParams, useParam } from "@/routing/location.ts";
import { entityPath } from "@/routing/route.ts";
import { useLocale } from "@/shell/preferences.ts";

import { AddSeries } from "./AddSeries.tsx";
import "./charts.css";
import { type Chosen, EARLIER, EARLIERS, type Earlier, chosenOf, chosenText, earlierOf, isFull, moved } from "./chosen.ts";
import { picture, save } from "./png.ts";
import { type Shown, useSeries } from "./use-series.ts";

const HEIGHT = 280;
const TABLE_ROWS = 500;
/** With more series their bands of lowest and highest would hide each other. */
const BANDED = 4;

const symbolOf = ({ history }: Shown) => unitSymbol(history?.unit?.symbol ?? history?.unit?.code);

/** Series of one unit on one chart. */
function Plot({ unit, series, range, against }: { unit: string; series: readonly Shown[]; range: Range; against: Earlier | null }) {
  const t = useT();
  const edges = series.length <= BANDED && !against ? { min: t("history.min"), max: t("history.max") } : null;
  const drawn = series.flatMap(({ name, history, earlier }) => {
    const own = history && history.t.length > 0 ? [drawnOf(name, history, edges)] : [];
    return against && earlier ? [...own, drawnShifted(`${name} · ${t(`charts.${against}`)}`, earlier, EARLIER[against])] : own;
  });
  const stamp = drawn.map(({ line, table: [times] }) => `${line.label}/${line.band !== null}/${times.length}/${times[0]}/${times.at(-1)}`).join();
  const data = useMemo(() => joined(drawn), [stamp]);
  if (drawn.length === 0) return <Notice title={t("history.none")}>{t("history.noneDo")}</Notice>;
  const zoom = (start: number, end: number) => setParams(fixedParams(start * 1000, end * 1000), true);
  return <Chart lines={drawn.map(({ line }) => line)} data={data} unit={unit} height={HEIGHT} start={range.start / 1000} end={range.end / 1000} label={drawn.map(({ line }) => line.label).join(", ")} onZoom={zoom} />;
}

/** The charts' numbers, newest first. */
function Twin({ series }: { series: readonly Shown[] }) {
  const t = useT();
  const locale = useLocale();
  const [times, ...columns] = useMemo(() => joined(series.flatMap(({ name, history }) => (history ? [drawnOf(name, history)] : []))), [series.map(({ history }) => history?.t.at(-1)).join()]);
  const known = series.filter(({ history }) => history);
  const places = [...times.keys()].filter((at) => columns.some((column) => column[at] != null)).reverse().slice(0, TABLE_ROWS);
  return (
    <div className="history-table table-scroll" tabIndex={0} role="region" aria-label={t("history.table")}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t("history.timeColumn")}</th>
            {known.map(({ entity, attribute, name }) => (
              <th key={`${entity}/${attribute}`} scope="col" className="number">{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {places.map((at) => (
            <tr key={times[at]}>
              <td>{formatTime(times[at]! * 1000, "full", locale)}</td>
              {known.map((each, index) => (
                <td key={each.name} className="number">{columns[index]?.[at] == null ? "–" : withUnit(formatValue(columns[index]![at], locale), symbolOf(each))}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Legend({ series, range, drop }: { series: readonly Shown[]; range: Range; drop: (chosen: Chosen) => void }) {
  const t = useT();
  return (
    <ul className="charts-series">
      {series.map((each) => {
        const { entity, attribute, name, error } = each;
        return (
          <li key={`${entity}/${attribute}`}>
            <Link to={entityPath(entity)}>{name}</Link>
            {error && <span className="state-bad">{t("load.failed", { what: name })}</span>}
            <a className="button button-quiet" href={address("/history.csv", queries.historyQuery({ entity, attribute, start: range.start, end: range.end, points: 600 }))} download aria-label={`${t("history.csvLong")}: ${name}`}>
              <Icon name="download" /> {t("history.csv")}
            </a>
            <IconButton icon="close" label={t("charts.drop", { name })} onClick={() => drop(each)} />
          </li>
        );
      })}
    </ul>
  );
}

function Tools({ range, onPicture }: { range: Range; onPicture: () => void }) {
  const t = useT();
  const against = earlierOf(useParam("against"));
  const asTable = useParam("twin") === "table";
  const move = (by: number, grow?: number) => setParams(fixedParams(...moved(range.start, range.end, by, grow)));
  return (
    <div className="history-tools">
      <RangePick range={range} />
      <div className="charts-move" role="group" aria-label={t("charts.move")}>
        <IconButton icon="left" label={t("charts.back")} onClick={() => move(-0.5)} />
        <IconButton icon="right" label={t("charts.on")} onClick={() => move(0.5)} />
        <IconButton icon="plus" label={t("map.zoomIn")} onClick={() => move(0, 0.5)} />
        <IconButton icon="minus" label={t("map.zoomOut")} onClick={() => move(0, 2)} />
      </div>
      <label className="field charts-against">
        <span>{t("charts.against")}</span>
        <select className="input" value={against ?? ""} onChange={(event) => setParams({ against: event.target.value || null })}>
          <option value="">{t("charts.nothing")}</option>
          {EARLIERS.map((each) => (
            <option key={each} value={each}>{t(`charts.${each}`)}</option>
          ))}
        </select>
      </label>
      <Segmented
        label={t("map.view")}
        value={asTable ? "table" : "chart"}
        onChange={(twin) => setParams({ twin: twin === "table" ? "table" : null })}
        options={[
          { value: "chart", label: t("history.chart") },
          { value: "table", label: t("history.table") },
        ]}
      />
      {!asTable && <Button icon="download" onClick={onPicture}>{t("charts.png")}</Button>}
    </div>
  );
}

/** Any numbers of the town side by side, over any time; the server hands out no more points than a screen shows. */
export default function ChartsPage() {
  const t = useT();
  const locale = useLocale();
  const paper = useRef<HTMLDivElement>(null);
  const chosen = chosenOf(useParam("s"));
  const against = earlierOf(useParam("against"));
  const asTable = useParam("twin") === "table";
  const range = useRange("plant");
  const series = useSeries(chosen, range.start, range.end, against);
  const units = [...new Set(series.map(symbolOf))];
  const choose = (next: readonly Chosen[]) => setParams({ s: chosenText(next) }, true);
  const drop = ({ entity, attribute }: Chosen) => choose(chosen.filter((each) => each.entity !== entity || each.attribute !== attribute));
  const title = `${t("nav.charts")} · ${formatTime(range.start, "full", locale)} – ${formatTime(range.end, "full", locale)}`;
  const onPicture = () => void picture(paper.current!, title).then((blob) => blob && save(blob, "kota-charts.png"));
  return (
    <div className="page stack">
      <header className="page-head">
        <h1>{t("nav.charts")}</h1>
      </header>
      <Section title={t("charts.series")}>
        <Legend series={series} range={range} drop={drop} />
        {isFull(chosen) ? <p className="soft section-none">{t("charts.full")}</p> : <AddSeries add={(each) => choose([...chosen, each])} />}
      </Section>
      {chosen.length > 0 && (
        <Section title={t("history.title")}>
          <Tools range={range} onPicture={onPicture} />
          <div ref={paper}>
            {asTable ? <Twin series={series} /> : units.map((unit) => <Plot key={unit} unit={unit} series={series.filter((each) => symbolOf(each) === unit)} range={range} against={against} />)}
          </div>
        </Section>
      )}
      {chosen.length === 0 && <Notice title={t("charts.none")}>{t("charts.noneDo")}</Notice>}
    </div>
  );
}
