import type { Alarm } from "@/api/types.ts";
import { Age } from "@/components/Age.tsx";
import { unitSymbol } from "@/format/units.ts";
import { formatValue, withUnit } from "@/format/values.ts";
import { usePhrase } from "@/i18n/phrases.ts";
import { useT } from "@/i18n/translate.ts";
import { useLocale } from "@/shell/preferences.ts";

import { PriorityMark } from "./PriorityMark.tsx";
import { placeOf, waits } from "./model.ts";

/** The value that raised an alarm, with its unit. */
export function CauseValue({ alarm }: { alarm: Alarm }) {
  const locale = useLocale();
  const { cause } = alarm;
  if (!cause || cause.value === null || cause.value === undefined) return null;
  const symbol = cause.unit ? (cause.unit.symbol ?? unitSymbol(cause.unit.code)) : "";
  return <>{withUnit(formatValue(cause.value, locale, symbol !== ""), symbol)}</>;
}

/** One alarm in a list: how urgent, what, where, in which state, since when. */
export function AlarmRow({ alarm }: { alarm: Alarm }) {
  const t = useT();
  const phrase = usePhrase();
  const marks = [alarm.chattering && t("alarms.chattering"), alarm.standing && t("alarms.standing")].filter(Boolean);
  return (
    <>
      <PriorityMark priority={alarm.priority} waits={waits(alarm.state)} />
      <span className="alarm-what">
        <strong>{phrase(alarm.title)}</strong> <span>{placeOf(alarm)}</span>
      </span>
      <span className="alarm-value">
        <CauseValue alarm={alarm} />
      </span>
      <span className="alarm-state">
        {t(`alarms.state.${alarm.state}`)}
        {marks.length > 0 && <span className="soft"> · {marks.join(", ")}</span>}
      </span>
      <span className="alarm-age">
        <Age at={alarm.since ? Date.parse(alarm.since) : null} clock={alarm.clock} />
      </span>
    </>
  );
}
