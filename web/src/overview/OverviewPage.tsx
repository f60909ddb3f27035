import { useQuery } from "@tanstack/react-query";

import { PriorityMark } from "@/alarms/PriorityMark.tsx";
import { placeOf } from "@/alarms/model.ts";
import * as queries from "@/api/queries.ts";
import type { Solution } from "@/api/types.ts";
import { LoadError, Loading, Notice } from "@/components/Notice.tsx";
import { Section } from "@/components/Section.tsx";
import { formatTime } from "@/format/times.ts";
import { formatCount } from "@/format/values.ts";
import { usePhrase } from "@/i18n/phrases.ts";
import { useT, useTerm } from "@/i18n/translate.ts";
import { useWatch } from "@/live/hooks.ts";
import { Link } from "@/routing/Link.tsx";
import { PATHS, entityPath, shortId } from "@/routing/route.ts";
import { may, session } from "@/session/session.ts";
import { useLocale } from "@/shell/preferences.ts";
import { SolutionHealth } from "@/systems/SolutionHealth.tsx";

import { Tile } from "./Tile.tsx";
import "./overview.css";

const MOST = 8;

function System({ solution }: { solution: Solution }) {
  const phrase = usePhrase();
  const { data: panel } = useQuery(queries.panel(solution.name));
  const cards = panel?.cards ?? [];
  const failing = solution.health.tasks.find(({ state }) => state !== "running");
  useWatch([], cards.map(({ entity }) => entity));
  return (
    <Section title={phrase(solution.title)} actions={<SolutionHealth state={solution.health.state} />}>
      {failing?.last_error && <p className="overview-fault small">{`${phrase(failing.title || failing.name)}: ${failing.last_error}`}</p>}
      {cards.length > 0 ? (
        <div className="tiles">
          {cards.map((card) => (
            <Tile key={card.id} card={card} />
          ))}
        </div>
      ) : (
        <p className="soft section-none">{phrase(solution.description)}</p>
      )}
    </Section>
  );
}

/** Alarms by cause, the most urgent first: one burst main is one line. */
function Incidents() {
  const t = useT();
  const phrase = usePhrase();
  const locale = useLocale();
  const { data, error, refetch } = useQuery(queries.alarmGroups());
  return (
    <Section title={t("overview.incidents")} actions={<Link to={PATHS.alarms}>{t("overview.allAlarms")}</Link>}>
      {!data && (error ? <LoadError what={t("alarms.title")} error={error} retry={() => void refetch()} /> : <Loading what={t("alarms.title")} />)}
      {data?.length === 0 && <p className="soft section-none">{t("alarms.none")}</p>}
      <ul className="overview-list">
        {data?.slice(0, MOST).map((group) => {
          const what = `${phrase(group.first.title)}, ${placeOf(group.first)}`;
          return (
            <li key={group.id}>
              <PriorityMark priority={group.priority} waits={group.unseen > 0} />
              <Link to={`${PATHS.alarms}?view=causes`}>{group.alarms.length === 1 ? what : t("alarms.group", { count: group.alarms.length, what })}</Link>
              <span className="soft small">{formatTime(Date.parse(group.began), "clock", locale)}</span>
            </li>
          );
        })}
      </ul>
      {data && data.length > MOST && <p className="soft small section-none">{t("systems.moreRows", { count: MOST, total: formatCount(data.length, locale) })}</p>}
    </Section>
  );
}

/** Sensors whose numbers have stopped coming. */
function Silent() {
  const t = useT();
  const term = useTerm();
  const locale = useLocale();
  const { data } = useQuery(queries.health());
  const silent = data?.silent ?? [];
  return (
    <Section title={t("ingest.silent")} actions={<Link to={PATHS.ingest}>{t("nav.ingest")}</Link>}>
      {data && silent.length === 0 && <p className="soft section-none">{t("ingest.noSilent")}</p>}
      <ul className="overview-list">
        {silent.slice(0, MOST).map(({ id, type, last }) => (
          <li key={id}>
            <Link to={entityPath(id)}>{`${term(type)} ${shortId(id)}`}</Link>
            <span className="soft small">{last ? formatTime(Date.parse(last), "full", locale) : t("age.never")}</span>
          </li>
        ))}
      </ul>
      {silent.length > MOST && <p className="soft small section-none">{t("systems.moreRows", { count: MOST, total: formatCount(silent.length, locale) })}</p>}
    </Section>
  );
}

/** Every system at a glance: what is out of order comes first on the page, what is in order stays grey. */
export default function OverviewPage() {
  const t = useT();
  const { data, error, refetch } = useQuery(queries.solutions());
  const { data: who } = useQuery(session());
  if (error && !data) return <LoadError what={t("nav.overview")} error={error} retry={() => void refetch()} />;
  if (!data) return <Loading what={t("nav.overview")} />;
  return (
    <div className="page stack">
      <header className="page-head">
        <h1>{t("nav.overview")}</h1>
      </header>
      <div className="overview-top">
        {may(who, "alarms.read") && <Incidents />}
        {may(who, "health.read") && <Silent />}
      </div>
      {data.length === 0 && <Notice title={t("systems.none")}>{t("systems.noneDo")}</Notice>}
      {data.map((solution) => (
        <System key={solution.name} solution={solution} />
      ))}
    </div>
  );
}
