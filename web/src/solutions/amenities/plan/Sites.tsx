import { IconButton, Button } from "@/components/Button.tsx";
import { Section } from "@/components/Section.tsx";
import { Table } from "@/components/Table.tsx";
import { setParams, useParam } from "@/routing/location.ts";

import { SignMark } from "./SignMark.tsx";
import { kindOf, toggled } from "./draft.ts";
import { NumberInput } from "./fields.tsx";
import { type Candidate, type CandidateStatus, type Means, STATUSES } from "./types.ts";
import type { Plan } from "./use-plan.ts";
import { useWords } from "./words.ts";

const LISTED = 60;

interface Props {
  plan: Plan;
  means: Means;
}

function Existing({ plan: { draft, set }, means }: Props) {
  const { tell } = useWords();
  const { places } = kindOf(means, draft);
  if (places.length === 0) return <p className="soft section-none">{tell("sites.none")}</p>;
  return (
    <Table
      rows={places}
      keyOf={({ id }) => id}
      columns={[
        { title: tell("sites.place"), cell: ({ id, name }) => (<><SignMark sign={draft.close.includes(id) ? "closed" : "place"} /> {name}</>) },
        {
          title: tell("sites.decision"),
          cell: ({ id, name }) => (
            <select className="input plan-small" aria-label={`${tell("sites.decision")}: ${name}`} value={draft.close.includes(id) ? "close" : "stays"} onChange={(event) => set({ close: toggled(draft.close, id, event.target.value === "close") })}>
              <option value="stays">{tell("sites.stays")}</option>
              <option value="close">{tell("sites.close")}</option>
            </select>
          ),
        },
      ]}
    />
  );
}

export function StatusSelect({ candidate, onChange }: { candidate: Candidate; onChange: (status: CandidateStatus) => void }) {
  const { tell } = useWords();
  return (
    <select className="input plan-small" aria-label={tell("sites.statusOf", { name: candidate.name })} value={candidate.status} onChange={(event) => onChange(event.target.value as CandidateStatus)}>
      {STATUSES.map((status) => (
        <option key={status} value={status}>
          {tell(`sites.${status}`)}
        </option>
      ))}
    </select>
  );
}

function Candidates({ plan: { draft, set } }: Props) {
  const { tell } = useWords();
  const chosen = useParam("sel");
  const { candidates } = draft;
  const change = (index: number, next: Partial<Candidate>) => set({ candidates: candidates.map((each, k) => (k === index ? { ...each, ...next } : each)) });
  if (candidates.length === 0) return <p className="soft section-none">{tell("sites.all")}</p>;
  const first = candidates.slice(0, LISTED).map((candidate, index) => ({ candidate, index }));
  const picked = candidates.findIndex(({ name }) => name === chosen);
  const rows = picked >= LISTED ? [{ candidate: candidates[picked]!, index: picked }, ...first] : first;
  return (
    <>
      <Table
        rows={rows}
        keyOf={({ index }) => String(index)}
        columns={[
          {
            title: tell("sites.candidate"),
            className: ({ candidate }) => (candidate.name === chosen ? "plan-picked" : undefined),
            cell: ({ candidate, index }) => (
              <span className="plan-candidate">
                <button type="button" className="plan-show" aria-label={tell("sites.show", { name: candidate.name })} aria-pressed={candidate.name === chosen} onClick={() => setParams({ sel: candidate.name === chosen ? null : candidate.name })}>
                  <SignMark sign={candidate.status} />
                </button>
                <input className="input plan-small plan-name" aria-label={tell("sites.rename", { name: candidate.name })} defaultValue={candidate.name} onBlur={(event) => event.target.value.trim() && event.target.value !== candidate.name && change(index, { name: event.target.value.trim() })} />
              </span>
            ),
          },
          { title: tell("sites.cost"), number: true, cell: ({ candidate, index }) => <NumberInput className="plan-small plan-cost" label={tell("sites.costOf", { name: candidate.name })} value={candidate.cost} onChange={(cost) => change(index, { cost: cost ?? 1 })} /> },
          { title: tell("sites.status"), cell: ({ candidate, index }) => <StatusSelect candidate={candidate} onChange={(status) => change(index, { status })} /> },
          { title: tell("kept.acts"), quiet: true, cell: ({ candidate, index }) => <IconButton icon="close" label={tell("sites.remove", { name: candidate.name })} onClick={() => set({ candidates: candidates.filter((_, k) => k !== index) })} /> },
        ]}
      />
      {candidates.length > LISTED && <p className="soft small plan-pad">{tell("sites.more", { count: candidates.length, shown: LISTED })}</p>}
      <div className="plan-pad">
        <Button onClick={() => set({ candidates: [] })}>{tell("sites.removeAll")}</Button>
      </div>
    </>
  );
}

/** Places that are there, and candidates, each with what is decided about it: the table behind the map. */
export function Sites(props: Props) {
  const { tell } = useWords();
  return (
    <Section title={tell("sites.title")}>
      <Existing {...props} />
      <h3 className="plan-pad">{tell("sites.candidates")}</h3>
      <Candidates {...props} />
    </Section>
  );
}
