import type { History } from "@/api/types.ts";
import { LEVEL_STATES, StateMark } from "@/components/StateMark.tsx";
import { formatTime } from "@/format/times.ts";
import { formatCount, formatValue, withUnit } from "@/format/values.ts";
import { useT } from "@/i18n/translate.ts";
import { useLocale } from "@/shell/preferences.ts";

/** The chart's numbers, newest first. */
export function HistoryTable({ history, unit }: { history: History; unit: string }) {
  const t = useT();
  const locale = useLocale();
  const number = (value: number | null | undefined) => (value === null || value === undefined ? "–" : withUnit(formatValue(value, locale), unit));
  return (
    <div className="history-table table-scroll" tabIndex={0} role="region" aria-label={t("history.table")}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t("history.timeColumn")}</th>
            <th scope="col" className="number">{t(history.raw ? "history.value" : "history.mean")}</th>
            {!history.raw && (
              <>
                <th scope="col" className="number">{t("history.min")}</th>
                <th scope="col" className="number">{t("history.max")}</th>
                <th scope="col" className="number">{t("history.count")}</th>
              </>
            )}
            <th scope="col">{t("entity.quality")}</th>
          </tr>
        </thead>
        <tbody>
          {history.t.map((_, index) => history.t.length - 1 - index).map((at) => (
            <tr key={history.t[at]}>
              <td>{formatTime(history.t[at]!, "full", locale)}</td>
              <td className="number">{number(history.mean[at])}</td>
              {!history.raw && (
                <>
                  <td className="number">{number(history.min[at])}</td>
                  <td className="number">{number(history.max[at])}</td>
                  <td className="number">{formatCount(history.count[at] ?? 0, locale)}</td>
                </>
              )}
              <td>
                <StateMark state={LEVEL_STATES[history.quality[at] ?? 0]} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
