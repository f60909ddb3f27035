import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { Problem } from "@/api/client.ts";
import * as queries from "@/api/queries.ts";
import type { CommandView, Faceplate, Setting } from "@/api/types.ts";
import { Button } from "@/components/Button.tsx";
import { LoadError, Loading } from "@/components/Notice.tsx";
import { Section } from "@/components/Section.tsx";
import { Segmented } from "@/components/Segmented.tsx";
import { StateMark } from "@/components/StateMark.tsx";
import { formatTime } from "@/format/times.ts";
import { usePhrase } from "@/i18n/phrases.ts";
import { useT } from "@/i18n/translate.ts";
import { useLocale } from "@/shell/preferences.ts";

import { CommandDialog } from "./CommandDialog.tsx";
import { CommandLife } from "./CommandLife.tsx";
import { Cause, CommandTable } from "./CommandTable.tsx";
import { Interlocks } from "./Interlocks.tsx";
import { Settings } from "./Settings.tsx";
import "./commands.css";
import { MODES, undoable } from "./model.ts";
import { type Doing, useDoings, useFreshPlate } from "./use-commands.ts";
import { useShown } from "./use-shown.ts";

function Present({ plate }: { plate: Faceplate }) {
  const t = useT();
  const locale = useLocale();
  const shown = useShown(plate);
  const fault = plate.link ?? plate.stale;
  return (
    <div className="command-present">
      <p>
        <strong>{plate.setting === null ? t("commands.unknown") : shown(plate.setting)}</strong>
        {plate.setting_at && <span className="soft"> · {t("commands.told", { time: formatTime(Date.parse(plate.setting_at), "clock", locale) })}</span>}
      </p>
      {fault && <StateMark state={plate.link ? "bad" : "stale"} detail={fault} />}
      {plate.safe_taken && <StateMark state="bad" detail={t("commands.safeTaken", { value: plate.safe === null ? "" : shown(plate.safe) })} />}
    </div>
  );
}

/** A command that has not ended, and what may be done with it. */
function Open({ plate, command, act }: { plate: Faceplate; command: CommandView; act: (doing: Doing) => void }) {
  const t = useT();
  const phrase = usePhrase();
  const shown = useShown(plate);
  const waits = command.state === "waiting";
  return (
    <div className="command-open" role="status">
      <p>
        <strong>{shown(command.value)}</strong> · {command.by.name} {command.reason && <span className="soft">· {phrase(command.reason)}</span>} <Cause command={command} />
      </p>
      {waits && <p>{command.words}</p>}
      <CommandLife command={command} />
      <div className="command-settings">
        {waits && (
          <Button kind="primary" onClick={() => act({ what: "approve", command: command.id })}>
            {t("commands.approve")}
          </Button>
        )}
        <Button onClick={() => act({ what: "cancel", command: command.id })}>{t(waits ? "commands.reject" : "commands.cancel")}</Button>
      </div>
    </div>
  );
}

function Plate({ plate }: { plate: Faceplate }) {
  const t = useT();
  const phrase = usePhrase();
  const [asked, setAsked] = useState<Setting | null>(null);
  const { mutate, error } = useDoings(plate.entity);
  const undo = undoable(plate);
  const open = [...(plate.current ? [plate.current] : []), ...plate.approvals];
  const send = (value: Setting, id: string, comment?: string) => {
    setAsked(null);
    mutate({ what: "want", value, id, ...(comment && { comment }) });
  };
  const modes = MODES.map((value) => ({ value, label: t(`commands.mode.${value}`) }));
  return (
    <Section
      title={t("commands.title")}
      className="control"
      actions={<Segmented label={t("commands.mode")} options={modes} value={plate.mode} onChange={(mode) => mutate({ what: "mode", mode })} />}
    >
      <div className="control-body">
        <div className="stack">
          <p className="soft">{t(`commands.modeSay.${plate.mode}`)}</p>
          <Present plate={plate} />
          <h3>{phrase(plate.title)}</h3>
          <Settings plate={plate} want={setAsked} />
          {error && (
            <p className="command-failed" role="alert">
              {t("commands.failed", { reason: error instanceof Problem ? error.message : t("load.unreachable") })}
            </p>
          )}
          {open.map((command) => (
            <Open key={command.id} plate={plate} command={command} act={mutate} />
          ))}
        </div>
        <div className="stack">
          <h3>{t("commands.interlocks")}</h3>
          <Interlocks plate={plate} />
        </div>
      </div>
      <div className="control-history">
        <h3>{t("commands.history")}</h3>
        <CommandTable plate={plate} undo={undo} onUndo={({ id }) => mutate({ what: "undo", command: id })} />
      </div>
      <CommandDialog plate={plate} value={asked} send={send} close={() => setAsked(null)} />
    </Section>
  );
}

/** The faceplate of an actuator: who moves it, what stands against it, what is under way. */
export function Control({ id }: { id: string }) {
  const t = useT();
  const { data, error, refetch } = useQuery(queries.actuator(id));
  useFreshPlate(id);
  if (error && !data) return <LoadError what={t("commands.title")} error={error} retry={() => void refetch()} />;
  return data ? <Plate plate={data} /> : <Loading what={t("commands.title")} />;
}
