import { type FormEvent, useState } from "react";

import { Button } from "@/components/Button.tsx";
import { Segmented } from "@/components/Segmented.tsx";
import { fromLocalInput, toLocalInput } from "@/format/times.ts";
import { useT } from "@/i18n/translate.ts";
import { setParams } from "@/routing/location.ts";

import { PRESET_NAMES, type Preset, type Range, fixedParams, presetParams } from "./range.ts";

function Custom({ range }: { range: Range }) {
  const t = useT();
  const [wrong, setWrong] = useState(false);
  const apply = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const start = fromLocalInput(String(form.get("from")));
    const end = fromLocalInput(String(form.get("to")));
    setWrong(!(start < end));
    if (start < end) setParams(fixedParams(start, end), true);
  };
  return (
    <form className="range-custom" onSubmit={apply} key={`${range.start}/${range.end}`}>
      <label className="field">
        <span>{t("history.from")}</span>
        <input className="input" type="datetime-local" name="from" defaultValue={toLocalInput(range.start)} required />
      </label>
      <label className="field">
        <span>{t("history.to")}</span>
        <input className="input" type="datetime-local" name="to" defaultValue={toLocalInput(range.end)} required />
      </label>
      <Button type="submit">{t("history.apply")}</Button>
      {wrong && <p role="alert">{t("history.order")}</p>}
    </form>
  );
}

/** Presets that follow now, or a fixed range. */
export function RangePick({ range }: { range: Range }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  const custom = open || range.preset === null;
  const pick = (value: Preset | "custom") => {
    setOpen(value === "custom");
    if (value !== "custom") setParams(presetParams(value), true);
  };
  const options = [...PRESET_NAMES.map((value) => ({ value, label: t(`history.${value}`) })), { value: "custom" as const, label: t("history.custom") }];
  return (
    <div className="range">
      <Segmented<Preset | "custom"> label={t("history.range")} options={options} value={custom ? "custom" : range.preset} onChange={pick} />
      {custom && <Custom range={range} />}
    </div>
  );
}
