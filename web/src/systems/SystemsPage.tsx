import { useQuery } from "@tanstack/react-query";

import * as queries from "@/api/queries.ts";
import type { Solution } from "@/api/types.ts";
import { LoadError, Loading, Notice } from "@/components/Notice.tsx";
import { Section } from "@/components/Section.tsx";
import { usePhrase } from "@/i18n/phrases.ts";
import { useT } from "@/i18n/translate.ts";
import { Link } from "@/routing/Link.tsx";
import { systemPath } from "@/routing/route.ts";

import { PanelCards } from "./PanelCards.tsx";
import { PanelCharts } from "./PanelCharts.tsx";
import { PanelTables } from "./PanelTables.tsx";
import { SolutionHealth } from "./SolutionHealth.tsx";
import { TaskTable } from "./TaskTable.tsx";
import "./systems.css";

function System({ solution }: { solution: Solution }) {
  const t = useT();
  const phrase = usePhrase();
  const { data: panel } = useQuery(queries.panel(solution.name));
  const { state, tasks } = solution.health;
  return (
    <article className="stack system">
      <header className="system-head">
        <h2>{phrase(solution.title)}</h2>
        <SolutionHealth state={state} />
        <p className="soft">{phrase(solution.description)}</p>
        {panel?.pages.map(({ id, title }) => (
          <Link key={id} className="button button-primary" to={systemPath(solution.name, id)}>
            {phrase(title)}
          </Link>
        ))}
      </header>
      {panel && <PanelCards cards={panel.cards} />}
      {panel && <PanelCharts charts={panel.charts} />}
      {panel && <PanelTables solution={solution.name} tables={panel.tables} />}
      <Section title={t("systems.tasks")}>
        <TaskTable tasks={tasks} />
      </Section>
    </article>
  );
}

export default function SystemsPage() {
  const t = useT();
  const { data, error, refetch } = useQuery(queries.solutions());
  if (error && !data) return <LoadError what={t("systems.title")} error={error} retry={() => void refetch()} />;
  if (!data) return <Loading what={t("systems.title")} />;
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("systems.title")}</h1>
      </header>
      {data.length === 0 && <Notice title={t("systems.none")}>{t("systems.noneDo")}</Notice>}
      <div className="stack">
        {data.map((solution) => (
          <System key={solution.name} solution={solution} />
        ))}
      </div>
    </div>
  );
}
