import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";

import * as shared from "@/api/queries.ts";
import type { Town } from "@/api/types.ts";
import { Button } from "@/components/Button.tsx";
import { Segmented } from "@/components/Segmented.tsx";
import { hasWebgl } from "@/map/webgl.ts";
import { param, setParams, useParam } from "@/routing/location.ts";
import { ErrorBoundary } from "@/shell/ErrorBoundary.tsx";

import { DrawBar } from "./DrawBar.tsx";
import { Legend } from "./Legend.tsx";
import { PlanCanvas } from "./PlanCanvas.tsx";
import { StatusSelect } from "./Sites.tsx";
import { kindOf } from "./draft.ts";
import { drawnOf } from "./drawn.ts";
import type { PlanMap } from "./plan-map.ts";
import * as queries from "./queries.ts";
import { SHOWN, type Shown } from "./shades.ts";
import { SIGNS } from "./signs.ts";
import type { Draft, Means } from "./types.ts";
import { useDrawing } from "./use-drawing.ts";
import type { Plan } from "./use-plan.ts";
import { useWords } from "./words.ts";

interface Props {
  plan: Plan;
  means: Means;
  town: Town;
}

export function useShown(): Shown {
  const text = useParam("show");
  return SHOWN.find((each) => each === text) ?? "after";
}

/** What is drawn of a plan, and what its legend needs. */
function useSubject({ draft, answered }: Pick<Plan, "draft" | "answered">, means: Means, alternative: string | null) {
  const shown = useShown();
  const buildings = useQuery({ ...shared.mapSnapshot(["Building"]), staleTime: Infinity });
  const result = answered?.result ?? null;
  const kind = kindOf(means, draft);
  const other = alternative === null ? null : (result?.others[Number(alternative) - 1] ?? null);
  const columns = buildings.data?.types[0];
  const drawn = useMemo(() => drawnOf(columns, shown, { draft, kind, result, other }), [columns, shown, draft, kind, result, other]);
  const signs = SIGNS.filter((sign) => drawn.signs.some((each) => each.sign === sign));
  return { drawn, legend: { shown, goal: kind.goal, result, signs } };
}

/** What is decided about the candidate that is chosen on the map. */
function Picked({ plan: { draft, set } }: { plan: Plan }) {
  const { tell } = useWords();
  const key = useParam("sel");
  const index = draft.candidates.findIndex(({ name }) => name === key);
  const candidate = draft.candidates[index];
  if (!candidate) return null;
  return (
    <div className="plan-picked-card">
      <strong>{candidate.name}</strong>
      <StatusSelect candidate={candidate} onChange={(status) => set({ candidates: draft.candidates.map((each, k) => (k === index ? { ...each, status } : each)) })} />
      <Button icon="close" onClick={() => set({ candidates: draft.candidates.filter((_, k) => k !== index) })}>
        {tell("sites.remove", { name: "" }).trim()}
      </Button>
    </div>
  );
}

function ShownPick({ answered }: { answered: boolean }) {
  const { tell } = useWords();
  const shown = useShown();
  return (
    <Segmented
      label={tell("map.show")}
      value={answered ? shown : "people"}
      onChange={(value) => setParams({ show: value === "after" ? null : value })}
      options={SHOWN.filter((each) => answered || each === "people").map((value) => ({ value, label: tell(`map.${value}`) }))}
    />
  );
}

function Second({ id, means, town, onMade }: { id: string; means: Means; town: Town; onMade: (map: PlanMap | null) => void }) {
  const { tell } = useWords();
  const { data } = useQuery(queries.scenario(id));
  const draft: Draft | undefined = data?.draft;
  const plan = useMemo(() => ({ draft: draft!, answered: data?.result ? { draft: draft!, result: data.result, stale: false } : null }), [data, draft]);
  if (!draft) return null;
  return <SecondMap plan={plan} means={means} town={town} title={tell("map.second")} onMade={onMade} />;
}

interface SecondProps {
  plan: Pick<Plan, "draft" | "answered">;
  means: Means;
  town: Town;
  title: string;
  onMade: (map: PlanMap | null) => void;
}

function SecondMap({ plan, means, town, title, onMade }: SecondProps) {
  const { drawn, legend } = useSubject(plan, means, null);
  return (
    <PlanCanvas {...drawn} town={town} title={title} onMade={onMade}>
      <p className="plan-map-name">B · {plan.draft.name}</p>
      {legend.shown === "catchments" && <Legend {...legend} signs={[]} />}
    </PlanCanvas>
  );
}

function usePaired(): [(map: PlanMap | null) => void, (map: PlanMap | null) => void, PlanMap | null] {
  const [first, setFirst] = useState<PlanMap | null>(null);
  const [second, setSecond] = useState<PlanMap | null>(null);
  const placed = useRef(param("vs") !== null && param("at") !== null);
  useEffect(() => {
    if (!first || !second) return undefined;
    const apart = second.pair(first);
    if (!placed.current) first.home(false);
    placed.current = false;
    return apart;
  }, [first, second]);
  return [setFirst, setSecond, first];
}

function Drawn({ plan, means, town }: Props) {
  const { tell } = useWords();
  const drawing = useDrawing(plan);
  const other = useParam("vs");
  const which = useParam("side") === "b" && other !== null ? "b" : "a";
  const chosen = useParam("sel");
  const { drawn, legend } = useSubject(plan, means, useParam("alt"));
  const [onFirst, onSecond, first] = usePaired();
  const here = () => {
    const { lng, lat } = first!.map.getCenter();
    drawing.draw([lng, lat], null);
  };
  return (
    <>
      <div className="plan-map-bar">
        {other === null && <DrawBar drawing={drawing} onHere={() => first && here()} />}
        <ShownPick answered={plan.answered !== null} />
        {other !== null && (
          <div className="plan-which">
            <Segmented
              label={tell("map.which")}
              value={which}
              onChange={(value) => setParams({ side: value === "b" ? value : null })}
              options={[
                { value: "a", label: "A" },
                { value: "b", label: "B" },
              ]}
            />
          </div>
        )}
      </div>
      <div className="plan-maps" data-side={other === null ? undefined : which}>
        <PlanCanvas {...drawn} town={town} title={tell("map.region")} area={drawing.area} chosen={chosen} cross={drawing.tool !== "look" && other === null} onDraw={drawing.draw} onMade={onFirst}>
          {other !== null && <p className="plan-map-name">A · {plan.named.name}</p>}
          {other === null ? <Legend key="alone" {...legend} /> : <Legend key="beside" {...legend} folded />}
          {other === null && <Picked plan={plan} />}
        </PlanCanvas>
        {other !== null && <Second key={other} id={other} means={means} town={town} onMade={onSecond} />}
      </div>
    </>
  );
}

/** The map to draw candidates on and to read the answer from; two of them where scenarios are compared. */
export function Maps(props: Props) {
  const { tell } = useWords();
  const without = <p className="soft section-none">{tell("map.noWebgl")}</p>;
  if (!hasWebgl()) return without;
  return (
    <ErrorBoundary fallback={without}>
      <Drawn {...props} />
    </ErrorBoundary>
  );
}
