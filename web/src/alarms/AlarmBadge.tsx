import { useQuery } from "@tanstack/react-query";

import * as queries from "@/api/queries.ts";
import { useT } from "@/i18n/translate.ts";

import "./alarms.css";
import { worstWaiting } from "./model.ts";
import { useFreshAlarms } from "./use-fresh-alarms.ts";

/** How many alarms wait for an acknowledgement, beside the way to them. */
export function AlarmBadge() {
  const t = useT();
  useFreshAlarms();
  const { data } = useQuery(queries.alarms([], 0));
  const count = data ? Object.values(data.waiting).reduce((sum, each) => sum + each, 0) : 0;
  const worst = data && worstWaiting(data.waiting);
  if (!worst) return null;
  return (
    <strong className={`alarm-badge priority-${worst}`}>
      <span aria-hidden="true">{count > 99 ? "99+" : count}</span>
      <span className="visually-hidden">{t("alarms.badge", { count })}</span>
    </strong>
  );
}
