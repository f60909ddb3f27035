import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";

import * as shared from "@/api/queries.ts";
import type { Town } from "@/api/types.ts";
import { Button } from "@/components/Button.tsx";
import { LoadError, Loading } from "@/components/Notice.tsx";
import { Segmented } from "@/components/Segmented.tsx";
import "@/map/map.css";
import { Link } from "@/routing/Link.tsx";
import { setParams, useParam } from "@/routing/location.ts";
import { PATHS } from "@/routing/route.ts";

import { Answer } from "./Answer.tsx";
import { Ask } from "./Ask.tsx";
import { Compare } from "./Compare.tsx";
import { KeepActs, Kept } from "./Kept.tsx";
import { Maps } from "./Maps.tsx";
import { Report } from "./Report.tsx";
import { Sites } from "./Sites.tsx";
import "./plan.css";
import * as queries from "./queries.ts";
import { useTell } from "./texts/texts.ts";
import type { Means } from "./types.ts";
import { usePlan } from "./use-plan.ts";

const TABS = ["ask", "map", "answer"] as const;

/** On a narrow screen one of three is in sight; the answer as soon as it comes. */
function useTab(answered: boolean) {
  const named = useParam("tab");
  const tab = TABS.find((each) => each === named) ?? "ask";
  const set = (next: (typeof TABS)[number]) => setParams({ tab: next === "ask" ? null : next });
  const asked = useParam("run");
  useEffect(() => {
    if (asked === "1" && answered && tab === "ask") set("answer");
  }, [asked, answered]);
  return { tab, set };
}

function Planning({ means, town }: { means: Means; town: Town }) {
  const tell = useTell();
  const plan = usePlan(means);
  const other = useParam("vs");
  const { tab, set } = useTab(plan.answered !== null && !plan.running);
  const { kept, answered, changed } = plan;
  if (useParam("view") === "report" && answered) return <Report answered={answered} means={means} town={town} />;
  const ids = kept && other !== null && !changed ? ([kept.id, other] as const) : null;
  const actions = (
    <span className="plan-acts">
      <KeepActs plan={plan} />
      <Button onClick={() => setParams({ view: "report" }, true)}>{tell("report.open")}</Button>
    </span>
  );
  return (
    <div className="page plan" data-tab={tab}>
      <header className="page-head">
        <h1>{tell("title")}</h1>
        <Link to={PATHS.systems}>{tell("back")}</Link>
        <div className="plan-tabs">
          <Segmented label={tell("views")} value={tab} onChange={set} options={TABS.map((value) => ({ value, label: tell(`tab.${value}`) }))} />
        </div>
      </header>
      <div className="plan-columns">
        <div className="stack plan-part-ask">
          <Ask plan={plan} means={means} />
          <Sites plan={plan} means={means} />
        </div>
        <div className="stack plan-wide">
          <div className="plan-part-map">
            <Maps plan={plan} means={means} town={town} />
          </div>
          <div className="stack plan-part-answer">
            {ids && <Compare ids={ids} />}
            <Answer plan={plan} actions={actions} />
            <Kept plan={plan} means={means} />
          </div>
        </div>
      </div>
    </div>
  );
}

/** Where to build: draw candidates, choose who counts, run, compare, report. */
export default function PlanPage() {
  const tell = useTell();
  const town = useQuery(shared.town());
  const means = useQuery(queries.means());
  const title = tell("title");
  if (means.data && town.data) return <Planning means={means.data} town={town.data} />;
  const error = means.error ?? town.error;
  return error ? <LoadError what={title} error={error} retry={() => void Promise.all([means.refetch(), town.refetch()])} /> : <Loading what={title} />;
}
