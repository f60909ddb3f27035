import type { CommandView, Faceplate } from "@/api/types.ts";
import { Button } from "@/components/Button.tsx";
import { type Column, Table } from "@/components/Table.tsx";
import { formatTime } from "@/format/times.ts";
import { usePhrase } from "@/i18n/phrases.ts";
import { useT } from "@/i18n/translate.ts";
import { Link } from "@/routing/Link.tsx";
import { entityPath, shortId } from "@/routing/route.ts";
import { useLocale } from "@/shell/preferences.ts";

import { CommandMark } from "./CommandLife.tsx";
import { useShown } from "./use-shown.ts";

/** What led to a command: an alarm, a rule, a forecast, another command. */
export function Cause({ command }: { command: CommandView }) {
  const t = useT();
  if (!command.cause) return null;
  const known = command.cause.startsWith("urn:");
  return (
    <span className="small">
      {t("commands.cause")} {known ? <Link to={entityPath(command.cause)}>{shortId(command.cause)}</Link> : command.cause}
    </span>
  );
}

interface Props {
  plate: Faceplate;
  undo: CommandView | undefined;
  onUndo: (command: CommandView) => void;
}

/** What was commanded lately, the newest first. */
export function CommandTable({ plate, undo, onUndo }: Props) {
  const t = useT();
  const phrase = usePhrase();
  const locale = useLocale();
  const shown = useShown(plate);
  const columns: Column<CommandView>[] = [
    { title: t("ingest.at"), className: () => "alarm-time", cell: ({ at }) => `${formatTime(Date.parse(at), "day", locale)} ${formatTime(Date.parse(at), "clock", locale)}` },
    { title: t("commands.setting"), cell: ({ value }) => shown(value) },
    { title: t("commands.state"), cell: ({ state }) => <CommandMark state={state} /> },
    { title: t("alarms.by"), cell: ({ by, approvals }) => [by, ...approvals].map(({ name }) => name).join(", ") },
    {
      title: t("ingest.reason"),
      className: () => "command-why",
      cell: (one) => (
        <>
          {[one.reason, one.words].filter(Boolean).map((text) => phrase(text!)).join(" · ")} <Cause command={one} />
        </>
      ),
    },
    { title: t("ingest.actions"), quiet: true, cell: (one) => one.id === undo?.id && <Button onClick={() => onUndo(one)}>{t("commands.undo")}</Button> },
  ];
  if (plate.history.length === 0) return <p className="soft">{t("commands.none")}</p>;
  return <Table columns={columns} rows={plate.history} keyOf={({ id }) => id} />;
}
