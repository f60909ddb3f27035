import { useQuery } from "@tanstack/react-query";

import * as queries from "@/api/queries.ts";
import type { SystemHealth } from "@/api/types.ts";
import { LiveNumber } from "@/components/LiveNumber.tsx";
import { LoadError, Loading } from "@/components/Notice.tsx";
import { Section } from "@/components/Section.tsx";
import { StateShape } from "@/components/StateMark.tsx";
import { formatTime } from "@/format/times.ts";
import { formatCount } from "@/format/values.ts";
import type { PlainKey } from "@/i18n/translate.ts";
import { useT, useTerm } from "@/i18n/translate.ts";
import { Link } from "@/routing/Link.tsx";
import { entityPath, shortId } from "@/routing/route.ts";
import { useLocale } from "@/shell/preferences.ts";

import { Devices } from "./Devices.tsx";
import { Letters } from "./Letters.tsx";
import "./ingest.css";

interface Figure {
  key: PlainKey;
  read: (health: SystemHealth) => number;
  /** Whether anything but zero wants attention. */
  alert?: boolean;
}

const FIGURES: readonly Figure[] = [
  { key: "ingest.rate", read: (h) => h.ingest.rate_s },
  { key: "ingest.received", read: (h) => h.ingest.received },
  { key: "ingest.observations", read: (h) => h.ingest.observations },
  { key: "ingest.rejected", read: (h) => h.ingest.rejected, alert: true },
  { key: "ingest.entities", read: (h) => h.store.entities },
  { key: "ingest.rows", read: (h) => h.store.history_rows },
  { key: "ingest.lag", read: (h) => h.store.journal_lag },
  { key: "ingest.waiting", read: (h) => h.notifications.waiting },
  { key: "ingest.dead", read: (h) => h.notifications.dead, alert: true },
];

function Figures({ health }: { health: SystemHealth }) {
  const t = useT();
  const locale = useLocale();
  return (
    <Section title={t("ingest.flow")}>
      <dl className="figures">
        {FIGURES.map(({ key, read, alert }) => {
          const value = read(health);
          return (
            <div key={key}>
              <dt className="soft small">{t(key)}</dt>
              <dd className={alert && value > 0 ? "state-uncertain" : ""}>
                {alert && value > 0 && <StateShape state="uncertain" />}
                <LiveNumber text={formatCount(Math.round(value), locale)} />
              </dd>
            </div>
          );
        })}
      </dl>
    </Section>
  );
}

function Connections({ connections }: Pick<SystemHealth, "connections">) {
  const t = useT();
  return (
    <Section title={t("ingest.connections")}>
      {connections.length === 0 && <p className="soft section-none">{t("ingest.noConnections")}</p>}
      <ul className="plain-list">
        {connections.map(({ name, state, detail }) => (
          <li key={name}>
            <StateShape state={state === "connected" ? "good" : "bad"} />
            <strong>{name}</strong>
            <span>{state}</span>
            <span className="soft">{detail}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Silent({ silent }: Pick<SystemHealth, "silent">) {
  const t = useT();
  const term = useTerm();
  const locale = useLocale();
  return (
    <Section title={t("ingest.silent")}>
      {silent.length === 0 && <p className="soft section-none">{t("ingest.noSilent")}</p>}
      <ul className="plain-list silent-list">
        {silent.map(({ id, type, last }) => (
          <li key={id}>
            <StateShape state="stale" />
            <Link to={entityPath(id)}>{shortId(id)}</Link>
            <span className="soft">{term(type)}</span>
            <span className="soft silent-since">{last ? formatTime(Date.parse(last), "full", locale) : t("age.never")}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

export default function IngestPage() {
  const t = useT();
  const { data, error, refetch } = useQuery(queries.health());
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("ingest.title")}</h1>
      </header>
      {error && !data && <LoadError what={t("ingest.title")} error={error} retry={() => void refetch()} />}
      {!error && !data && <Loading what={t("ingest.title")} />}
      <div className="stack">
        {data && <Figures health={data} />}
        {data && (
          <div className="ingest-columns">
            <Connections connections={data.connections} />
            <Silent silent={data.silent} />
          </div>
        )}
        <Letters />
        <Devices />
      </div>
    </div>
  );
}
