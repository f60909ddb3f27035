import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { Button } from "@/components/Button.tsx";
import { LoadError } from "@/components/Notice.tsx";
import { Section } from "@/components/Section.tsx";

import { Answer } from "./Answer.tsx";
import * as queries from "./queries.ts";
import { useTell } from "./texts/texts.ts";
import type { Changes, Reach } from "./types.ts";

interface Props {
  reaches: readonly Reach[];
  gates: readonly string[];
  blocked: string | null;
  onBlock: (conduit: string | null) => void;
}

const NUMBERS = { rain: [0, 5, 0.1], storm: [0, 500, 1], storm_hours: [0.5, 12, 0.5], hours: [1, 12, 0.5] } as const;
type NumberKey = keyof typeof NUMBERS;
const START = { rain: "1", storm: "", storm_hours: "1.5", hours: "4" };

/** A question to the model: more rain, shut gates, a blocked sewer. */
export function WhatIf({ reaches, gates, blocked, onBlock }: Props) {
  const tell = useTell();
  const [numbers, setNumbers] = useState<Record<NumberKey, string>>(START);
  const [shut, setShut] = useState<readonly string[]>([]);
  const [controlled, setControlled] = useState(true);
  const asking = useMutation({ mutationFn: queries.compare });
  const number = (key: NumberKey, label: string, hint?: string) => {
    const [min, max, step] = NUMBERS[key];
    return (
      <label className="field">
        <span>{label}</span>
        <input className="input" type="number" required={key !== "storm"} min={min} max={max} step={step} value={numbers[key]} onChange={(event) => setNumbers({ ...numbers, [key]: event.target.value })} />
        {hint && <small className="soft">{hint}</small>}
      </label>
    );
  };
  const changes = (): Changes => ({
    rain: Number(numbers.rain),
    storm: numbers.storm === "" ? null : Number(numbers.storm),
    storm_hours: Number(numbers.storm_hours),
    gates: Object.fromEntries(shut.map((gate) => [gate, 0])),
    blocked: blocked === null ? [] : [blocked],
    controlled,
    hours: Number(numbers.hours),
  });
  const conduits = reaches.filter((reach) => reach.kind === "conduit").map((reach) => reach.id);
  return (
    <div className="profile-columns">
      <Section title={tell("ask.title")}>
        <form
          className="profile-form"
          onSubmit={(event) => {
            event.preventDefault();
            asking.mutate(changes());
          }}
        >
          {number("rain", tell("ask.rain"))}
          {number("storm", tell("ask.storm"), tell("ask.stormHint"))}
          {numbers.storm !== "" && number("storm_hours", tell("ask.stormHours"))}
          {number("hours", tell("ask.hours"))}
          <label className="field">
            <span>{tell("ask.blocked")}</span>
            <select className="input" value={blocked ?? ""} onChange={(event) => onBlock(event.target.value || null)}>
              <option value="">{tell("ask.nothing")}</option>
              {[...new Set(blocked === null ? conduits : [blocked, ...conduits])].map((conduit) => (
                <option key={conduit}>{conduit}</option>
              ))}
            </select>
            <small className="soft">{tell("ask.blockedHint")}</small>
          </label>
          {gates.length > 0 && (
            <fieldset className="profile-gates">
              <legend className="soft">{tell("ask.gates")}</legend>
              {gates.map((gate) => (
                <label key={gate}>
                  <input type="checkbox" checked={shut.includes(gate)} onChange={(event) => setShut(event.target.checked ? [...shut, gate] : shut.filter((one) => one !== gate))} />
                  {gate}
                </label>
              ))}
            </fieldset>
          )}
          <label className="profile-check">
            <input type="checkbox" checked={controlled} onChange={(event) => setControlled(event.target.checked)} />
            {tell("ask.controlled")}
          </label>
          <Button kind="primary" type="submit" disabled={asking.isPending}>
            {tell(asking.isPending ? "ask.running" : "ask.run")}
          </Button>
        </form>
      </Section>
      {asking.error && <LoadError what={tell("answer.title")} error={asking.error} retry={() => asking.mutate(changes())} />}
      {asking.data && <Answer compared={asking.data} />}
    </div>
  );
}
