import type { TaskHealth } from "@/api/types.ts";
import { type Column, Table } from "@/components/Table.tsx";
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
  const columns: Column<TaskHealth>[] = [
    { title: t("systems.task"), cell: ({ title, name }) => phrase(title || name) },
    { title: t("systems.taskState"), cell: ({ state }) => t(`systems.${state}`) },
    { title: t("systems.lastRun"), cell: ({ last_run }) => (last_run ? formatTime(Date.parse(last_run), "full", locale) : "–") },
    { title: t("systems.runs"), number: true, cell: ({ runs }) => formatCount(runs, locale) },
    { title: t("systems.failures"), number: true, cell: ({ failures }) => formatCount(failures, locale), className: ({ failures }) => (failures ? "state-bad" : undefined) },
    { title: t("systems.lastError"), cell: ({ last_error }) => last_error ?? "–", className: () => "task-error" },
  ];
  return <Table columns={columns} rows={tasks} keyOf={({ name }) => name} />;
}
