import { useQuery } from "@tanstack/react-query";

import { Button } from "@/components/Button.tsx";
import { LoadError, Loading } from "@/components/Notice.tsx";
import { Section } from "@/components/Section.tsx";
import { type Column, Table } from "@/components/Table.tsx";
import { setParams } from "@/routing/location.ts";

import * as queries from "./queries.ts";
import type { Comparison, Spread, Standing } from "./types.ts";
import { FIGURES, type Figure, difference, groupName, minutes, people, signed, tenth, useWords } from "./words.ts";

const MEAN: Figure = FIGURES.find(({ key }) => key === "mean")!;

interface MeanRow {
  name: string;
  count: number;
  today: Spread | undefined;
  a: Spread | undefined;
  b: Spread | undefined;
}

function meanRows(pick: (standing: Standing) => Record<string, Spread>, { today, scenarios }: Comparison, title: (name: string) => string): MeanRow[] {
  const [a, b] = scenarios.map(({ after }) => pick(after));
  return Object.entries(a ?? {})
    .filter(([, spread]) => spread.people > 0)
    .map(([name, spread]) => ({ name: title(name), count: spread.people, today: pick(today)[name], a: spread, b: b?.[name] }));
}

function Means({ rows, first, names: [a, b] }: { rows: readonly MeanRow[]; first: string; names: readonly [string, string] }) {
  const { tell, locale } = useWords();
  const mean = (spread: Spread | undefined) => minutes(spread?.mean ?? null, locale);
  return (
    <Table
      rows={rows}
      keyOf={({ name }) => name}
      columns={[
        { title: first, cell: ({ name }) => name },
        { title: tell("shift.people"), number: true, cell: ({ count }) => people(count, locale) },
        { title: tell("answer.today"), number: true, cell: ({ today }) => mean(today) },
        { title: `A · ${a}`, number: true, cell: (row) => mean(row.a) },
        { title: `B · ${b}`, number: true, cell: (row) => mean(row.b) },
        { title: tell("compare.difference", { a: "A", b: "B" }), number: true, cell: (row) => difference(MEAN, row.a?.mean ?? null, row.b?.mean ?? null, tell, locale) },
      ]}
    />
  );
}

interface Line {
  title: string;
  today: string;
  values: string[];
  difference: string;
}

function useLines({ today, scenarios }: Comparison): Line[] {
  const { tell, locale } = useWords();
  const [a, b] = scenarios;
  const figures = FIGURES.map((figure): Line => {
    const say = (standing: Standing) => {
      const value = figure.of(standing);
      return value === null ? "–" : figure.say(value, locale);
    };
    return {
      title: tell(`equity.${figure.key}`),
      today: say(today),
      values: scenarios.map(({ after }) => say(after)),
      difference: a && b ? difference(figure, figure.of(a.after), figure.of(b.after), tell, locale) : "",
    };
  });
  const count = { title: tell("compare.newPlaces"), today: "–", values: scenarios.map(({ sites }) => sites.map(({ name }) => name).join(", ") || "0"), difference: "" };
  const spent = { title: tell("compare.spent"), today: "–", values: scenarios.map(({ spent: cost }) => tenth(cost, locale)), difference: a && b ? signed(b.spent - a.spent, (value) => tenth(value, locale)) : "" };
  return [count, spent, ...figures];
}

function Found({ found }: { found: Comparison }) {
  const { tell, phrase } = useWords();
  const lines = useLines(found);
  const names = [found.scenarios[0]!.brief.name, found.scenarios[1]!.brief.name] as const;
  const columns: Column<Line>[] = [
    { title: tell("answer.figure"), cell: ({ title }) => title },
    { title: tell("answer.today"), number: true, cell: ({ today }) => today },
    ...names.map((name, k): Column<Line> => ({ title: `${"AB"[k]} · ${name}`, number: true, className: () => "plan-wrap", cell: ({ values }) => values[k] })),
    { title: tell("compare.difference", { a: "A", b: "B" }), number: true, cell: (line) => line.difference },
  ];
  return (
    <>
      {found.notes.length > 0 && <p className="plan-stale">{tell("compare.careful", { why: found.notes.map(phrase).join("; ") })}</p>}
      <Table rows={lines} keyOf={({ title }) => title} columns={columns} />
      <h3 className="plan-pad">{tell("compare.both")}</h3>
      <Means rows={meanRows(({ neighbourhoods }) => neighbourhoods, found, phrase)} first={tell("shift.neighbourhood")} names={names} />
      <Means rows={meanRows(({ groups }) => groups, found, (name) => groupName(name, tell))} first={tell("shift.group")} names={names} />
    </>
  );
}

/** Two scenarios in one table: figures, and walks of each neighbourhood and group. */
export function Compare({ ids }: { ids: readonly [string, string] }) {
  const { tell } = useWords();
  const { data, error, refetch } = useQuery(queries.comparison(ids));
  const title = tell("compare.title");
  return (
    <Section title={title} actions={<Button onClick={() => setParams({ vs: null }, true)}>{tell("kept.compareEnd")}</Button>}>
      {data ? <Found found={data} /> : error ? <LoadError what={title} error={error} retry={() => void refetch()} /> : <Loading what={title} />}
    </Section>
  );
}
