import { useQuery } from "@tanstack/react-query";

import { Listed } from "@/components/Listed.tsx";
import { Section } from "@/components/Section.tsx";
import { type Column, Table } from "@/components/Table.tsx";
import { formatCount, formatValue } from "@/format/values.ts";
import { Link } from "@/routing/Link.tsx";
import { entityPath, shortId } from "@/routing/route.ts";
import { useLocale } from "@/shell/preferences.ts";

import { moment } from "./moment.ts";
import * as queries from "./queries.ts";
import { useTell } from "./texts/texts.ts";
import type { Firing, Rule } from "./types.ts";

function Rules() {
  const tell = useTell();
  const locale = useLocale();
  const found = useQuery(queries.rules());
  const columns: Column<Rule>[] = [
    {
      title: tell("rule"),
      cell: ({ title, id, enabled }) => (
        <>
          {title} <span className="soft small">{enabled ? id : `${id}, ${tell("off")}`}</span>
        </>
      ),
    },
    { title: tell("when"), cell: ({ when, match }) => <>{match === "any" && <div className="soft">{tell("any")}</div>}{when.map((words) => <div key={words}>{words}</div>)}</> },
    { title: tell("then"), cell: ({ then }) => then.map((each) => tell(`do.${each}` as "do.alarm")).join(", ") },
    { title: tell("version"), number: true, cell: ({ version, digest }) => <span title={digest}>{version}</span> },
    { title: tell("holding"), number: true, cell: ({ holding, subjects }) => `${formatCount(holding, locale)}/${formatCount(subjects, locale)}` },
    { title: tell("fired"), number: true, cell: ({ fired }) => formatCount(fired, locale) },
    { title: tell("fault"), className: () => "state-bad", cell: ({ fault }) => fault },
  ];
  return (
    <Section title={tell("rules")} actions={<span className="soft small">{tell("rulesNoneDo")}</span>}>
      <Listed query={found} what={tell("rules")} none={tell("rulesNone")}>
        {(rows) => <Table columns={columns} rows={rows} keyOf={({ id }) => id} />}
      </Listed>
    </Section>
  );
}

function Why({ firing }: { firing: Firing }) {
  const locale = useLocale();
  return (
    <ul className="plain-list">
      {firing.evidence.map((one, place) => (
        <li key={place}>
          <span aria-hidden="true">{one.holds ? "✓" : "✗"}</span> {one.words}
          {one.value !== null && one.value !== undefined && `: ${formatValue(one.value, locale, false)}`}
          {one.entity && one.entity !== firing.subject && <span className="soft small"> {shortId(one.entity)}</span>}
        </li>
      ))}
    </ul>
  );
}

function Firings() {
  const tell = useTell();
  const locale = useLocale();
  const found = useQuery(queries.firings());
  const until = ({ active, ended_at }: Firing) => (active ? tell("holds") : ended_at ? tell("until", { time: moment(ended_at, locale) }) : "");
  const columns: Column<Firing>[] = [
    { title: tell("at"), cell: (firing) => <>{moment(firing.at, locale)} <span className="soft small">{until(firing)}</span></> },
    { title: tell("rule"), cell: ({ title, rule, version }) => `${title ?? rule} (${version})` },
    { title: tell("subject"), cell: ({ subject }) => <Link to={entityPath(subject)}>{shortId(subject)}</Link> },
    { title: tell("saw"), cell: (firing) => <Why firing={firing} /> },
    {
      title: tell("did"),
      cell: ({ outcomes }) =>
        outcomes.map((one, place) => (
          <div key={place} className={one.state === "failed" ? "state-bad" : undefined}>
            {`${tell(`do.${one.do}` as "do.alarm")}: ${tell(`outcome.${one.state}`)}`}
            {one.state === "failed" && ` (${one.words})`}
          </div>
        )),
    },
  ];
  return (
    <Section title={tell("firings")}>
      <Listed query={found} what={tell("firings")} none={tell("firingsNone")}>
        {(rows) => <Table columns={columns} rows={rows} keyOf={({ id }) => id} />}
      </Listed>
    </Section>
  );
}

/** The rules in force, and why each did what it did. */
export function RulesView() {
  return (
    <div className="stack">
      <Rules />
      <Firings />
    </div>
  );
}
