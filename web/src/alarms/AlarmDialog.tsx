import type { FormEvent } from "react";

import { Button } from "@/components/Button.tsx";
import { Dialog } from "@/components/Dialog.tsx";
import { useT } from "@/i18n/translate.ts";
import { usePhrase } from "@/i18n/phrases.ts";

import { type Act, NEEDS_REASON, placeOf } from "./model.ts";
import type { Doing, Target } from "./use-acts.ts";

const TITLES = {
  acknowledge: "alarms.acknowledgeTitle",
  shelve: "alarms.shelveTitle",
  comment: "alarms.commentTitle",
  "out-of-service": "alarms.outOfServiceTitle",
} as const;
const BUTTONS = {
  acknowledge: "alarms.acknowledge",
  shelve: "alarms.shelve",
  comment: "alarms.comment",
  "out-of-service": "alarms.outOfService",
} as const;
export type Asked = keyof typeof TITLES;

export const isAsked = (act: Act): act is Asked => act in TITLES;

interface Props {
  asked: { target: Target; act: Asked } | null;
  done: (doing: Doing) => void;
  close: () => void;
}

function Words({ act, done, close }: { act: Asked; done: (said: { comment?: string; hours?: number }) => void; close: () => void }) {
  const t = useT();
  const needed = NEEDS_REASON.includes(act);
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const comment = String(form.get("comment")).trim();
    const hours = Number(form.get("hours"));
    done({ ...(comment && { comment }), ...(hours > 0 && { hours }) });
  };
  return (
    <form className="stack" onSubmit={onSubmit}>
      <label className="field">
        <span>{t(needed ? "alarms.reason" : "alarms.commentOptional")}</span>
        <input className="input" name="comment" required={needed} maxLength={2000} autoComplete="off" autoFocus />
      </label>
      {act === "shelve" && (
        <label className="field">
          <span>{t("alarms.hours")}</span>
          <input className="input" name="hours" type="number" min="0.1" step="0.1" defaultValue="1" required />
        </label>
      )}
      <div className="dialog-actions">
        <Button onClick={close}>{t("alarms.cancel")}</Button>
        <Button kind="primary" type="submit">
          {t(BUTTONS[act])}
        </Button>
      </div>
    </form>
  );
}

/** Asks for a word with what is done: Enter does it, Escape leaves it. */
export function AlarmDialog({ asked, done, close }: Props) {
  const t = useT();
  const phrase = usePhrase();
  if (!asked) return null;
  const { target, act } = asked;
  const alarm = "group" in target ? target.group.first : target.alarm;
  const what = `${phrase(alarm.title)}, ${placeOf(alarm)}`;
  return (
    <Dialog open onOpenChange={close} title={t(TITLES[act], { what })}>
      <Words act={act} close={close} done={(said) => done({ target, act, ...said })} />
    </Dialog>
  );
}
