import type { TaskHealth } from "@/api/types.ts";
import { formatTime } from "@/format/times.ts";
import { formatCount } from "@/format/values.ts";
import { usePhrase } from "@/i18n/phrases.ts";
import { useT } from "@/i18n/translate.ts";
import { useLocale } from "@/shell/preferences.ts";

export function TaskTable({ tasks }: { tasks: readonly TaskHealth[] }) {
  const t = useT();
  const phrase = usePhrase();
  const locale = useLocale();
  if (tasks.length === 0) return <p className="soft section-none">{t("systems.noTasks")}</p>;
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t("systems.task")}</th>
            <th scope="col">{t("systems.taskState")}</th>
            <th scope="col">{t("systems.lastRun")}</th>
            <th scope="col" className="number">{t("systems.runs")}</th>
            <th scope="col" className="number">{t("systems.failures")}</th>
            <th scope="col">{t("systems.lastError")}</th>
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => (
            <tr key={task.name}>
              <td>{phrase(task.title || task.name)}</td>
              <td>{t(`systems.${task.state}`)}</td>
              <td>{task.last_run ? formatTime(Date.parse(task.last_run), "full", locale) : "–"}</td>
              <td className="number">{formatCount(task.runs, locale)}</td>
              <td className={`number ${task.failures ? "state-bad" : ""}`}>{formatCount(task.failures, locale)}</td>
              <td className="task-error">{task.last_error ?? "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
