import { useQuery } from "@tanstack/react-query";

import * as queries from "@/api/queries.ts";
import type { Alarm, AlarmEntry } from "@/api/types.ts";
import { Button } from "@/components/Button.tsx";
import { type Column, Table } from "@/components/Table.tsx";
import { formatTime } from "@/format/times.ts";
import { formatValue, withUnit } from "@/format/values.ts";
import { usePhrase } from "@/i18n/phrases.ts";
import { type PlainKey, useT, useTerm } from "@/i18n/translate.ts";
import { Link } from "@/routing/Link.tsx";
import { entityPath, onMapPath } from "@/routing/route.ts";
import { useLocale } from "@/shell/preferences.ts";
import { AlarmOrders } from "@/work/AlarmOrders.tsx";

import { CauseValue } from "./AlarmRow.tsx";
import { type Act, actsOf, placeOf } from "./model.ts";

const LABELS: Record<Act, PlainKey> = {
  acknowledge: "alarms.acknowledge",
  shelve: "alarms.shelve",
  unshelve: "alarms.unshelve",
  comment: "alarms.comment",
  reset: "alarms.reset",
  "out-of-service": "alarms.outOfService",
  "in-service": "alarms.inService",
};

function useColumns(): Column<AlarmEntry>[] {
  const t = useT();
  const locale = useLocale();
  const value = ({ value: given, unit }: AlarmEntry) => (given === null || given === undefined ? "" : withUnit(formatValue(given, locale, unit !== null), unit?.symbol ?? ""));
  const moment = (at: number) => `${formatTime(at, "day", locale)} ${formatTime(at, "clock", locale)}`;
  return [
    { title: t("ingest.at"), className: () => "alarm-time", cell: ({ at }) => moment(Date.parse(at)) },
    { title: t("alarms.what"), cell: ({ event }) => t(`alarms.event.${event}` as PlainKey) },
    { title: t("alarms.by"), cell: ({ by }) => by },
    { title: t("ingest.reason"), cell: ({ why, assignee }) => [why, assignee].filter(Boolean).join(" · ") },
    { title: t("entity.value"), number: true, cell: value },
  ];
}

function Journal({ id }: { id: string }) {
  const t = useT();
  const { data } = useQuery(queries.alarm(id));
  const columns = useColumns();
  if (!data || data.history.length === 0) return null;
  const entries = data.history.slice(-50).reverse();
  return (
    <>
      <h3>{t("alarms.journal")}</h3>
      <Table columns={columns} rows={entries} keyOf={({ at }) => at} />
    </>
  );
}

function Cause({ alarm }: { alarm: Alarm }) {
  const t = useT();
  const term = useTerm();
  const locale = useLocale();
  const { cause } = alarm;
  if (!cause?.attribute) return null;
  const limit = cause.limit === null ? null : formatValue(cause.limit, locale, false);
  return (
    <div>
      <dt>{t("alarms.cause")}</dt>
      <dd>
        {term(cause.attribute)} <CauseValue alarm={alarm} />
        {limit !== null && <span className="soft"> · {t("alarms.limit", { limit })}</span>}
      </dd>
    </div>
  );
}

/** Why an alarm matters, what to do, and what has happened. */
export function AlarmDetails({ alarm, act }: { alarm: Alarm; act: (alarm: Alarm, act: Act) => void }) {
  const t = useT();
  const phrase = usePhrase();
  const locale = useLocale();
  const notes = [
    alarm.assignee && t("alarms.assignee", { name: alarm.assignee }),
    alarm.shelved_until && t("alarms.until", { time: formatTime(Date.parse(alarm.shelved_until), "full", locale) }),
    alarm.count > 1 && t("alarms.count", { count: alarm.count }),
  ].filter(Boolean);
  return (
    <div className="alarm-details">
      <p>
        <strong>{phrase(alarm.title)}</strong> <span>{placeOf(alarm)}</span>
      </p>
      <p className="soft">{[t(`alarms.priority.${alarm.priority}`), t(`alarms.state.${alarm.state}`), ...notes].join(" · ")}</p>
      <dl>
        <Cause alarm={alarm} />
        {alarm.consequence && (
          <div>
            <dt>{t("alarms.consequence")}</dt>
            <dd>{phrase(alarm.consequence)}</dd>
          </div>
        )}
        {alarm.action && (
          <div>
            <dt>{t("alarms.action")}</dt>
            <dd>{phrase(alarm.action)}</dd>
          </div>
        )}
      </dl>
      <div className="alarm-acts">
        {actsOf(alarm.state).map((each) => (
          <Button key={each} kind={each === "acknowledge" || each === "reset" ? "primary" : "plain"} onClick={() => act(alarm, each)}>
            {t(LABELS[each])}
          </Button>
        ))}
        <Link className="button button-quiet" to={entityPath(alarm.entity)}>
          {t("alarms.entity")}
        </Link>
        <Link className="button button-quiet" to={onMapPath(alarm.entity)}>
          {t("alarms.onMap")}
        </Link>
      </div>
      <AlarmOrders alarm={alarm.id} />
      <Journal id={alarm.id} />
    </div>
  );
}
