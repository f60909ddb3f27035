import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import * as shared from "@/api/queries.ts";
import type { Town } from "@/api/types.ts";
import { Button } from "@/components/Button.tsx";
import { formatTime } from "@/format/times.ts";
import { hasWebgl } from "@/map/webgl.ts";
import { setParams } from "@/routing/location.ts";

import { EquityTable, InWords, ShiftTable, SitesTable, useShiftRows } from "./Answer.tsx";
import { Legend } from "./Legend.tsx";
import { PlanCanvas } from "./PlanCanvas.tsx";
import { kindOf } from "./draft.ts";
import { drawnOf } from "./drawn.ts";
import type { Draft, Means, Result } from "./types.ts";
import type { Answered } from "./use-plan.ts";
import { groupName, useWords } from "./words.ts";

interface Props {
  answered: Answered;
  means: Means;
  town: Town;
}

function useMethod({ model, travel, candidates }: Draft): string[] {
  const { tell } = useWords();
  const way = travel.by === "network" ? tell("report.method.network") : tell("report.method.distance", { speed: travel.speed });
  return [
    tell("report.method.model", { model: tell(`model.${model}`), why: tell(`model.${model}.why`) }),
    candidates.length > 0 ? tell("report.method.candidates", { count: candidates.length }) : tell("report.method.crossings"),
    way,
    ...(travel.by === "network" && travel.shade ? [tell("report.method.shade")] : []),
    tell("report.method.bound"),
    tell("report.method.equity"),
  ];
}

function useSources(draft: Draft, result: Result, means: Means): string[] {
  const { tell, phrase, locale } = useWords();
  const kind = kindOf(means, draft);
  const ages = draft.who.length > 0 ? draft.who : kind.serves.filter((age) => age in means.groups);
  const who = ages.map((age) => groupName(age, tell)).join(", ") || tell("report.everybody");
  const where = draft.where.map(phrase).join(", ") || tell("report.everywhere");
  return [
    tell("report.source.people", { buildings: result.buildings.length, who, where }),
    tell("report.source.places", { count: kind.places.length, kind: phrase(kind.title) }),
    ...(draft.travel.by === "network" ? [tell("report.source.streets", { pieces: means.pieces.slice(0, 3).join("; ") })] : []),
    tell("report.source.time", { time: formatTime(Date.parse(result.at), "full", locale) }),
  ];
}

function ReportMap({ answered: { draft, result }, means, town }: Props) {
  const { tell } = useWords();
  const buildings = useQuery({ ...shared.mapSnapshot(["Building"]), staleTime: Infinity });
  const kind = kindOf(means, draft);
  const columns = buildings.data?.types[0];
  const drawn = useMemo(() => drawnOf(columns, "after", { draft, kind, result }), [columns, draft, kind, result]);
  return (
    <figure className="report-map">
      <PlanCanvas {...drawn} town={town} title={tell("report.map")} theme="light" keepPixels />
      <Legend shown="after" goal={kind.goal} result={result} signs={[]} folded={false} />
      <figcaption className="soft small">{tell("report.mapOf")}</figcaption>
    </figure>
  );
}

function Shifts({ result }: { result: Result }) {
  const { tell } = useWords();
  return (
    <>
      <ShiftTable rows={useShiftRows(result, "neighbourhood")} first={tell("shift.neighbourhood")} />
      <ShiftTable rows={useShiftRows(result, "group")} first={tell("shift.group")} />
    </>
  );
}

/** A short report, laid out for print: question, answer, map, figures, method, data. */
export function Report(props: Props) {
  const { tell, phrase, locale } = useWords();
  const { answered, means, town } = props;
  const { draft, result } = answered;
  const closed = kindOf(means, draft).places.filter(({ id }) => result.closed.includes(id));
  const method = useMethod(draft);
  const sources = useSources(draft, result, means);
  return (
    <div className="page report">
      <div className="report-acts">
        <Button onClick={() => setParams({ view: null }, true)}>{tell("report.close")}</Button>
        <Button kind="primary" onClick={() => window.print()}>
          {tell("report.print")}
        </Button>
      </div>
      <article className="report-sheet">
        <h1>{tell("report.title", { what: draft.name })}</h1>
        <p className="soft">{tell("report.made", { time: formatTime(Date.parse(result.at), "full", locale), town: town.title })}</p>
        {draft.note && <p className="report-note">{draft.note}</p>}
        <h2>{tell("report.answer")}</h2>
        <InWords {...answered} />
        {closed.length > 0 && <p>{tell("report.closed", { places: closed.map(({ name }) => name).join(", ") })}</p>}
        {hasWebgl() && <ReportMap {...props} />}
        <h2>{tell("report.figures")}</h2>
        <h3>{tell("answer.sites")}</h3>
        <SitesTable result={result} />
        <h3>{tell("answer.equity")}</h3>
        <EquityTable result={result} />
        <h3>{tell("answer.shifts")}</h3>
        <Shifts result={result} />
        <h2>{tell("report.method")}</h2>
        {[method, sources].map((lines, part) => (
          <div key={part}>
            {part === 1 && <h2>{tell("report.sources")}</h2>}
            <ul className="report-list">
              {lines.map((line) => (
                <li key={line}>{phrase(line)}</li>
              ))}
            </ul>
          </div>
        ))}
      </article>
    </div>
  );
}
