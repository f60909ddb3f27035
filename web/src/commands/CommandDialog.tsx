import { type FormEvent, useMemo } from "react";

import type { Faceplate, Setting } from "@/api/types.ts";
import { Button } from "@/components/Button.tsx";
import { Dialog } from "@/components/Dialog.tsx";
import { usePhrase } from "@/i18n/phrases.ts";
import { useT } from "@/i18n/translate.ts";

import { nameOf, newId } from "./model.ts";
import { useShown } from "./use-shown.ts";

interface Props {
  plate: Faceplate;
  value: Setting | null;
  send: (value: Setting, id: string, comment?: string) => void;
  close: () => void;
}

function Confirm({ plate, value, send, close }: Props & { value: Setting }) {
  const t = useT();
  const phrase = usePhrase();
  const shown = useShown(plate);
  const id = useMemo(newId, []);
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const comment = String(new FormData(event.currentTarget).get("comment")).trim();
    send(value, id, comment || undefined);
  };
  return (
    <form className="stack" onSubmit={onSubmit}>
      <p className="command-change">
        <span className="soft">{plate.setting === null ? t("commands.unknown") : shown(plate.setting)}</span> → <strong>{shown(value)}</strong>
      </p>
      <p className="command-consequence">{phrase(plate.consequence)}</p>
      {plate.mode === "automatic" && <p className="soft">{t("commands.takesOver")}</p>}
      {plate.two_person && <p className="soft">{t("commands.secondPerson")}</p>}
      <label className="field">
        <span>{t("commands.why")}</span>
        <input className="input" name="comment" maxLength={2000} autoComplete="off" autoFocus />
      </label>
      <div className="dialog-actions">
        <Button onClick={close}>{t("commands.leave")}</Button>
        <Button kind="danger" type="submit">
          {t("commands.send")}
        </Button>
      </div>
    </form>
  );
}

/** Shows what a command means, and asks again before it is sent. One confirmation is one command. */
export function CommandDialog(props: Props) {
  const t = useT();
  const phrase = usePhrase();
  const { plate, value, close } = props;
  if (value === null) return null;
  return (
    <Dialog open onOpenChange={close} title={t("commands.confirm", { what: phrase(plate.title), name: nameOf(plate) })}>
      <Confirm {...props} value={value} />
    </Dialog>
  );
}
