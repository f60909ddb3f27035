import { type FormEvent, useState } from "react";

import type { Faceplate, Setting } from "@/api/types.ts";
import { Button } from "@/components/Button.tsx";
import { useT } from "@/i18n/translate.ts";

import { isAt, refusals } from "./model.ts";
import { useShown } from "./use-shown.ts";

interface Props {
  plate: Faceplate;
  want: (value: Setting) => void;
}

function NumberSetting({ plate, want }: Props) {
  const t = useT();
  const [text, setText] = useState(typeof plate.setting === "number" ? String(plate.setting) : "");
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (Number.isFinite(Number(text)) && text.trim() !== "") want(Number(text));
  };
  return (
    <form className="command-number" onSubmit={onSubmit}>
      <label className="field">
        <span>{t("commands.setting")}</span>
        <span className="command-input">
          <input className="input" type="number" step="any" required value={text} onChange={({ target }) => setText(target.value)} />
          {plate.unit}
        </span>
      </label>
      <Button kind="primary" type="submit">
        {t("commands.set")}
      </Button>
    </form>
  );
}

/** The settings that can be wanted; those that interlocks stand against say why below. */
export function Settings({ plate, want }: Props) {
  const shown = useShown(plate);
  if (plate.values.length === 0) return <NumberSetting plate={plate} want={want} />;
  return (
    <div className="command-settings">
      {plate.values.map((value) => {
        const present = isAt(plate, value);
        return (
          <Button key={String(value)} kind={present ? "quiet" : "plain"} aria-pressed={present} disabled={present || refusals(plate, value).length > 0} onClick={() => want(value)}>
            {shown(value)}
          </Button>
        );
      })}
    </div>
  );
}
