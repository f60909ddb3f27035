import { Problem } from "@/api/client.ts";
import { Button } from "@/components/Button.tsx";
import { Loading, Notice } from "@/components/Notice.tsx";
import { Section } from "@/components/Section.tsx";
import { Segmented } from "@/components/Segmented.tsx";
import { Table } from "@/components/Table.tsx";
import { setParams, useParam } from "@/routing/location.ts";

import { SignMark } from "./SignMark.tsx";
import type { Result, Shift } from "./types.ts";
import type { Answered, Plan } from "./use-plan.ts";
import { FIGURES, amount, groupName, difference, fine, letterOf, meaning, minutes, newSites, people, percent, proof, signed, tenth, useWords } from "./words.ts";

export function InWords({ draft, result }: Answered) {
  const { tell, phrase, locale } = useWords();
  const built = newSites(result);
  const lines = [
    built.length > 0 ? tell("answer.builds", { sites: built.map((site) => `${letterOf(result, site)} ${site.name}`).join(", ") }) : tell("answer.buildsNothing"),
    meaning(draft, result, tell, locale),
  ];
  return (
    <div className="plan-words">
      <p className="plan-lead">{lines.join(" ")}</p>
      <p>{proof(result, tell, locale).join(" ")}</p>
      <dl className="plan-figures" aria-label={tell("answer.figures")}>
        <div>
          <dt>{tell("answer.objective")}</dt>
          <dd>{amount(result.objective, result.unit, tell, locale)}</dd>
        </div>
        <div>
          <dt>{tell("answer.bound")}</dt>
          <dd>{amount(result.bound, result.unit, tell, locale)}</dd>
        </div>
        <div>
          <dt>{tell("answer.gapShort")}</dt>
          <dd>{percent(result.gap, locale)}</dd>
        </div>
      </dl>
      <p className="soft small">
        {tell("answer.took", { seconds: tenth(result.seconds, locale), people: people(result.people, locale), spent: tenth(result.spent, locale) })} {result.notes.map(phrase).join(". ")}
      </p>
    </div>
  );
}

export function SitesTable({ result }: { result: Result }) {
  const { tell, locale } = useWords();
  const without = (loss: number | null) => (loss === null ? tell("answer.unmet") : tell("answer.worse", { value: amount(loss, result.unit, tell, locale) }));
  return (
    <Table
      rows={result.sites}
      keyOf={(site) => site.id ?? site.name}
      columns={[
        { title: tell("answer.letter"), cell: (site) => (<span className="plan-candidate"><SignMark sign={site.new ? "new" : "place"} /> {letterOf(result, site)}</span>) },
        { title: tell("answer.site"), cell: ({ name }) => name },
        { title: tell("sites.status"), cell: (site) => (site.new ? <strong>{tell("answer.new")}</strong> : tell("answer.stays")) },
        { title: tell("answer.nearestFor"), number: true, cell: (site) => tell("ask.people", { count: people(site.people, locale) }) },
        { title: tell("answer.dropped"), number: true, cell: (site) => without(site.loss) },
      ]}
    />
  );
}

export function EquityTable({ result }: { result: Result }) {
  const { tell, locale } = useWords();
  return (
    <Table
      rows={FIGURES}
      keyOf={({ key }) => key}
      columns={[
        { title: tell("answer.figure"), cell: ({ key }) => tell(`equity.${key}`) },
        { title: tell("answer.today"), number: true, cell: ({ of, say }) => (of(result.before) === null ? "–" : say(of(result.before)!, locale)) },
        { title: tell("answer.then"), number: true, cell: ({ of, say }) => (of(result.after) === null ? "–" : say(of(result.after)!, locale)) },
        {
          title: tell("answer.change"),
          number: true,
          cell: (figure) => difference(figure, figure.of(result.before), figure.of(result.after), tell, locale),
        },
      ]}
    />
  );
}

type ShiftRow = [name: string, shift: Shift];

export function ShiftTable({ rows, first }: { rows: readonly ShiftRow[]; first: string }) {
  const { tell, locale } = useWords();
  const part = (count: number) => (Math.round(count) === 0 ? <span className="soft">0</span> : people(count, locale));
  return (
    <Table<ShiftRow>
      rows={rows}
      keyOf={([name]) => name}
      columns={[
        { title: first, cell: ([name]) => name },
        { title: tell("shift.people"), number: true, cell: ([, shift]) => people(shift.people, locale) },
        { title: tell("shift.gain"), number: true, cell: ([, shift]) => part(shift.gain) },
        { title: tell("shift.lose"), number: true, className: ([, shift]) => (shift.lose >= 0.5 ? "plan-lose" : undefined), cell: ([, shift]) => part(shift.lose) },
        { title: tell("shift.minutes"), number: true, cell: ([, { minutes: change }]) => signed(change, (value) => minutes(value, locale)) },
      ]}
    />
  );
}

export function useShiftRows(result: Result, by: "neighbourhood" | "group"): ShiftRow[] {
  const { tell, phrase } = useWords();
  if (by === "group") return Object.entries(result.groups).map(([name, shift]) => [groupName(name, tell), shift]);
  return Object.entries(result.neighbourhoods)
    .filter(([, { people: count }]) => count > 0)
    .map(([name, shift]) => [phrase(name), shift]);
}

function Shifts({ result }: { result: Result }) {
  const { tell } = useWords();
  const by = useParam("by") === "group" ? "group" : "neighbourhood";
  const rows = useShiftRows(result, by);
  const options = (["neighbourhood", "group"] as const).map((value) => ({ value, label: tell(`shift.${value}`) }));
  return (
    <Section title={tell("answer.shifts")} actions={<Segmented label={tell("shift.by")} value={by} options={options} onChange={(value) => setParams({ by: value === "group" ? value : null })} />}>
      <ShiftTable rows={rows} first={tell(`shift.${by}`)} />
      <p className="soft small plan-pad">{tell("shift.hint")}</p>
    </Section>
  );
}

function Others({ result }: { result: Result }) {
  const { tell, locale } = useWords();
  const shown = useParam("alt");
  const rows = result.others.map((other, index) => ({ other, index: String(index + 1) }));
  if (rows.length === 0) return <p className="soft section-none">{tell("answer.noOthers")}</p>;
  return (
    <Table
      rows={rows}
      keyOf={({ index }) => index}
      columns={[
        { title: tell("answer.otherSites"), cell: ({ other }) => other.sites.join(", ") },
        { title: tell("answer.otherWorse"), number: true, cell: ({ other }) => fine(other.worse, locale) },
        {
          title: tell("kept.acts"),
          quiet: true,
          cell: ({ index }) => (
            <Button aria-label={tell("answer.otherShowLong", { number: index })} aria-pressed={shown === index} onClick={() => setParams({ alt: shown === index ? null : index })}>
              {tell(shown === index ? "answer.otherHide" : "answer.otherShow")}
            </Button>
          ),
        },
      ]}
    />
  );
}

export function Refused({ error }: { error: Error }) {
  const { tell, t, phrase } = useWords();
  const asked = error instanceof Problem && error.status < 500;
  return (
    <div className="plan-refused">
      <Notice role="alert" title={tell(asked ? "answer.failed" : "answer.noWay")}>
        {error instanceof Problem ? phrase(error.message) : t("load.unreachable")}
      </Notice>
    </div>
  );
}

/** What came of the question, in words, figures and tables. */
export function Answer({ plan, actions }: { plan: Plan; actions: React.ReactNode }) {
  const { tell } = useWords();
  const { answered, error, running } = plan;
  return (
    <div className="stack" aria-busy={running}>
      <Section title={tell("answer.title")} actions={answered && !answered.stale && actions}>
        {error && <Refused error={error} />}
        {running && <Loading what={tell("answer.title")} />}
        {!answered && !error && !running && <Notice title={tell("answer.none")}>{tell("answer.noneDo")}</Notice>}
        {answered?.stale && !running && (
          <p className="plan-stale" role="status">
            {tell("answer.stale")}
          </p>
        )}
        {answered && !error && <InWords {...answered} />}
      </Section>
      {answered && !error && (
        <div className={answered.stale ? "stack plan-old" : "stack"}>
          <Section title={tell("answer.sites")}>
            <SitesTable result={answered.result} />
          </Section>
          <Shifts result={answered.result} />
          <Section title={tell("answer.equity")}>
            <EquityTable result={answered.result} />
          </Section>
          <Section title={tell("answer.others")}>
            <Others result={answered.result} />
          </Section>
        </div>
      )}
    </div>
  );
}
