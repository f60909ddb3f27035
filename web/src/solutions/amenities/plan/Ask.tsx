import { Button, IconButton } from "@/components/Button.tsx";
import { Section } from "@/components/Section.tsx";
import { Segmented } from "@/components/Segmented.tsx";

import { counted, kindOf, toggled } from "./draft.ts";
import { Checks, Field, NumberInput } from "./fields.tsx";
import { FLOORS, type Floor, type Kind, MODELS, type Means, type Model } from "./types.ts";
import type { Plan } from "./use-plan.ts";
import { groupName, people, useAutoName, useWords } from "./words.ts";

interface Props {
  plan: Plan;
  means: Means;
}

const DAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"] as const;
const WITH_REACH: readonly Model[] = ["mclp", "backup", "lscp"];
const FIRST_FLOOR: Floor = { kind: "share", share: 0.9, minutes: 15 };

function What({ plan, means }: Props) {
  const { tell, phrase } = useWords();
  const autoName = useAutoName(means);
  const { draft, set } = plan;
  const kind = kindOf(means, draft);
  return (
    <>
      <Field label={tell("ask.kind")} hint={tell("ask.goal", { minutes: kind.goal, count: kind.places.length })}>
        <select className="input" value={kind.name} onChange={(event) => set({ kind: event.target.value, close: [], who: [], radius: null })}>
          {means.kinds.map(({ name, title }) => (
            <option key={name} value={name}>
              {phrase(title)}
            </option>
          ))}
        </select>
      </Field>
      <Field label={tell("ask.name")}>
        <input className="input" value={draft.name} placeholder={autoName(draft)} maxLength={80} onChange={(event) => set({ name: event.target.value })} />
      </Field>
    </>
  );
}

function serving({ serves }: Kind, means: Means, { tell }: ReturnType<typeof useWords>): string {
  const ages = serves.filter((age) => age in means.groups);
  return ages.length > 0 ? tell("ask.serves", { ages: ages.map((age) => groupName(age, tell)).join(", ") }) : tell("ask.everybody");
}

function Who({ plan: { draft, set }, means }: Props) {
  const words = useWords();
  const { tell, phrase, locale } = words;
  const groups = Object.entries(means.groups);
  const count = (number: number) => tell("ask.people", { count: people(number, locale) });
  return (
    <>
      {groups.length > 1 && (
        <Checks
          legend={tell("ask.groups")}
          hint={serving(kindOf(means, draft), means, words)}
          chosen={draft.who}
          options={groups.map(([value, number]) => ({ value, label: groupName(value, tell), count: count(number) }))}
          onToggle={(value, on) => set({ who: toggled(draft.who, value, on) })}
        />
      )}
      <Checks
        legend={tell("ask.where")}
        hint={`${tell("ask.everywhere")} ${count(counted(means.neighbourhoods, draft.where))}`}
        chosen={draft.where}
        options={Object.entries(means.neighbourhoods).map(([value, number]) => ({ value, label: phrase(value), count: people(number, locale) }))}
        onToggle={(value, on) => set({ where: toggled(draft.where, value, on) })}
      />
    </>
  );
}

function HowMuch({ plan: { draft, set } }: Props) {
  const { tell } = useWords();
  const byBudget = draft.p === null;
  return (
    <>
      <Segmented
        label={tell("ask.limit")}
        value={byBudget ? "budget" : "places"}
        onChange={(limit) => set(limit === "budget" ? { p: null, budget: draft.budget ?? 3 } : { p: 1, budget: null })}
        options={[
          { value: "places", label: tell("ask.limit.places") },
          { value: "budget", label: tell("ask.limit.budget") },
        ]}
      />
      {byBudget ? (
        <Field label={tell("ask.budget")}>
          <NumberInput value={draft.budget} onChange={(budget) => set({ budget })} />
        </Field>
      ) : (
        <Field label={tell("ask.p")}>
          <NumberInput value={draft.p} step={1} max={500} onChange={(p) => set({ p: Math.round(p ?? 0) })} />
        </Field>
      )}
    </>
  );
}

function Best(props: Props) {
  const { tell } = useWords();
  const { plan, means } = props;
  const { draft, set } = plan;
  const aim = (model: Model) => set(model === "lscp" ? { model, p: null, budget: null } : { model, p: draft.p ?? (draft.budget === null ? 1 : null) });
  return (
    <>
      <Field label={tell("ask.model")} hint={tell(`model.${draft.model}.why`)}>
        <select className="input" value={draft.model} onChange={(event) => aim(event.target.value as Model)}>
          {MODELS.filter((model) => means.models.includes(model)).map((model) => (
            <option key={model} value={model}>
              {tell(`model.${model}`)}
            </option>
          ))}
        </select>
      </Field>
      {draft.model !== "lscp" && <HowMuch {...props} />}
      {WITH_REACH.includes(draft.model) && (
        <Field label={tell("ask.radius")}>
          <NumberInput value={draft.radius ?? kindOf(means, draft).goal} min={0.1} onChange={(radius) => set({ radius })} />
        </Field>
      )}
    </>
  );
}

function Travelling({ plan: { draft, set } }: Props) {
  const { tell } = useWords();
  const { travel } = draft;
  const change = (next: Partial<typeof travel>) => set({ travel: { ...travel, ...next } });
  return (
    <>
      <Segmented
        label={tell("ask.travel")}
        value={travel.by}
        onChange={(by) => change({ by })}
        options={[
          { value: "network", label: tell("ask.by.network") },
          { value: "distance", label: tell("ask.by.distance") },
        ]}
      />
      {travel.by === "network" ? (
        <label className="plan-check">
          <input type="checkbox" checked={travel.shade} onChange={(event) => change({ shade: event.target.checked })} />
          {tell("ask.shade")}
        </label>
      ) : (
        <Field label={tell("ask.speed")}>
          <NumberInput value={travel.speed} min={0.1} onChange={(speed) => change({ speed: speed ?? 1.2 })} />
        </Field>
      )}
      <Field label={tell("ask.farthest")}>
        <NumberInput value={travel.limit} min={0.1} optional onChange={(limit) => change({ limit })} />
      </Field>
    </>
  );
}

function Floors({ plan: { draft, set } }: Props) {
  const { tell } = useWords();
  const change = (index: number, next: Partial<Floor>) => set({ floors: draft.floors.map((floor, k) => (k === index ? { ...floor, ...next } : floor)) });
  return (
    <fieldset className="plan-checks">
      <legend>{tell("ask.floors")}</legend>
      {draft.floors.map((floor, index) => (
        <div key={index} className="plan-floor">
          <Field label={tell("ask.floor.kind")}>
            <select className="input" value={floor.kind} onChange={(event) => change(index, { kind: event.target.value as Floor["kind"] })}>
              {FLOORS.map((kind) => (
                <option key={kind} value={kind}>
                  {tell(`ask.floor.${kind}`)}
                </option>
              ))}
            </select>
          </Field>
          <Field label={tell("ask.floor.percent")}>
            <NumberInput value={Math.round(floor.share * 1000) / 10} max={100} onChange={(share) => change(index, { share: (share ?? 0) / 100 })} />
          </Field>
          <Field label={tell("ask.floor.minutes")}>
            <NumberInput value={floor.minutes} onChange={(minutes) => change(index, { minutes: minutes ?? 0 })} />
          </Field>
          <IconButton icon="close" label={tell("ask.floor.remove")} onClick={() => set({ floors: draft.floors.filter((_, k) => k !== index) })} />
        </div>
      ))}
      <Button icon="plus" onClick={() => set({ floors: [...draft.floors, FIRST_FLOOR] })}>
        {tell("ask.floor.add")}
      </Button>
    </fieldset>
  );
}

function OpenAt({ plan: { draft, set } }: Props) {
  const { tell } = useWords();
  const [day = "", time = "10:00"] = (draft.open_at ?? "").split(" ");
  return (
    <fieldset className="plan-checks">
      <legend>{tell("ask.open")}</legend>
      <div className="plan-pair">
        <Field label={tell("ask.day")}>
          <select className="input" value={day} onChange={(event) => set({ open_at: event.target.value ? `${event.target.value} ${time}` : null })}>
            <option value="">{tell("ask.anyTime")}</option>
            {DAYS.map((each) => (
              <option key={each} value={each}>
                {tell(`ask.day.${each}`)}
              </option>
            ))}
          </select>
        </Field>
        {day && (
          <Field label={tell("ask.time")}>
            <input className="input" type="time" value={time} onChange={(event) => event.target.value && set({ open_at: `${day} ${event.target.value}` })} />
          </Field>
        )}
      </div>
    </fieldset>
  );
}

/** The question: what, for whom, how much of it, by which aim. */
export function Ask(props: Props) {
  const { tell } = useWords();
  const { plan } = props;
  const { draft, set } = plan;
  return (
    <Section title={tell("ask.title")} className="plan-ask">
      <form
        className="plan-form"
        onSubmit={(event) => {
          event.preventDefault();
          plan.run();
        }}
      >
        <What {...props} />
        <h3>{tell("ask.best")}</h3>
        <Best {...props} />
        <details open={draft.who.length + draft.where.length > 0}>
          <summary>{tell("ask.who")}</summary>
          <Who {...props} />
        </details>
        <details open={JSON.stringify(draft.travel).includes("distance") || draft.travel.shade || draft.travel.limit !== null}>
          <summary>{tell("ask.travel")}</summary>
          <Travelling {...props} />
        </details>
        <details open={draft.floors.length > 0 || draft.open_at !== null}>
          <summary>{tell("ask.more")}</summary>
          <Floors {...props} />
          <OpenAt {...props} />
          <Field label={tell("ask.seconds")}>
            <NumberInput value={draft.seconds} min={0.1} max={60} onChange={(seconds) => set({ seconds: seconds ?? 2 })} />
          </Field>
        </details>
        <Field label={tell("ask.note")}>
          <textarea className="input plan-note" rows={2} value={draft.note} maxLength={500} onChange={(event) => set({ note: event.target.value })} />
        </Field>
        <div className="plan-acts">
          <button type="submit" className="button button-primary" disabled={plan.running}>
            {plan.running ? tell("ask.running") : tell("ask.run")}
          </button>
          <Button kind="quiet" onClick={() => plan.open(null)}>
            {tell("ask.reset")}
          </Button>
        </div>
      </form>
    </Section>
  );
}
