import { useState } from "react";

import type { TypeCount } from "@/api/types.ts";
import { Button, IconButton } from "@/components/Button.tsx";
import { Glyph } from "@/components/Glyph.tsx";
import { STATES, StateShape } from "@/components/StateMark.tsx";
import { unitSymbol } from "@/format/units.ts";
import { formatCount, withUnit } from "@/format/values.ts";
import { useT, useTerm } from "@/i18n/translate.ts";
import { setParams, useParam } from "@/routing/location.ts";
import { useLocale } from "@/shell/preferences.ts";

import { type Coloring, type Colorings, chosenColoring, coloringText } from "./colorings.ts";
import { type CountsStore, useCounts } from "./counts.ts";
import { rampGradient } from "./ramps.ts";
import { layersText } from "./view-params.ts";

const NARROW = 640;

function StateCounts({ counts }: { counts: readonly number[] | undefined }) {
  const t = useT();
  if (counts?.every((count) => count === 0)) return <span className="soft small">{t("map.noPlace")}</span>;
  const exceptions = STATES.map((state, index) => ({ state, count: counts?.[index] ?? 0 })).filter(({ state, count }) => state !== "good" && count > 0);
  return (
    <span className="layer-states">
      {exceptions.map(({ state, count }) => (
        <span key={state} className={`state-${state}`} title={t(`state.${state}`)}>
          <StateShape state={state} />
          <span className="visually-hidden">{t(`state.${state}`)}</span>
          {count}
        </span>
      ))}
    </span>
  );
}

function ColorChoice({ options, label }: { options: readonly Coloring[]; label: string }) {
  const t = useT();
  const term = useTerm();
  const locale = useLocale();
  const by = useParam("by");
  const chosen = chosenColoring(options, by);
  const unit = unitSymbol(chosen?.color_by.unit);
  return (
    <div className="layer-color">
      <select aria-label={t("map.colourBy", { type: label })} value={chosen?.key ?? ""} onChange={(event) => setParams({ by: coloringText(by, options, event.target.value || null) })}>
        <option value="">{t("map.byState")}</option>
        {options.map((option) => (
          <option key={option.key} value={option.key}>
            {term(option.color_by.attribute, option.title)}
          </option>
        ))}
      </select>
      {chosen && (
        <div className="ramp">
          <span className="ramp-bar" style={{ backgroundImage: rampGradient(chosen.color_by.palette) }} />
          <span>{formatCount(chosen.color_by.min, locale)}</span>
          <span>{withUnit(formatCount(chosen.color_by.max, locale), unit)}</span>
        </div>
      )}
    </div>
  );
}

interface Props {
  types: readonly TypeCount[];
  visible: readonly string[];
  colorings: Colorings;
  counts: CountsStore;
}

function Layers({ types, visible, colorings, counts }: Props) {
  const t = useT();
  const term = useTerm();
  const locale = useLocale();
  useCounts(counts);
  const toggle = (type: string, on: boolean) => {
    const next = types.map((each) => each.type).filter((each) => (each === type ? on : visible.includes(each)));
    setParams({ layers: layersText(next, types) });
  };
  return (
    <div className="layer-groups">
      {bySystem(types).map(([system, members]) => (
        <section key={system ?? ""} aria-label={system === null ? t("map.town") : term(system, system)}>
          <h3 className="soft small">{system === null ? t("map.town") : term(system, system)}</h3>
          <ul className="layers">
            {members.map(({ type, title, count }) => {
              const on = visible.includes(type);
              const options = colorings.byType.get(type);
              return (
                <li key={type} className="layer">
                  <label className="layer-row">
                    <input type="checkbox" checked={on} onChange={(event) => toggle(type, event.target.checked)} aria-label={t("map.show", { type: term(type, title) })} />
                    <Glyph type={type} icon={colorings.icons.get(type) ?? null} />
                    <span className="layer-name">{term(type, title)}</span>
                    {on && <StateCounts counts={counts.of(type)} />}
                    <span className="number soft">{formatCount(count, locale)}</span>
                  </label>
                  {on && options && <ColorChoice options={options} label={term(type, title)} />}
                </li>
              );
            })}
          </ul>
        </section>
      ))}
    </div>
  );
}

/** Types by the system whose they are, in the order of its first; those of none come last. */
function bySystem(types: readonly TypeCount[]): [system: string | null, members: TypeCount[]][] {
  const groups = new Map<string | null, TypeCount[]>();
  for (const each of types) groups.set(each.system, [...(groups.get(each.system) ?? []), each]);
  return [...groups].sort(([a], [b]) => Number(a === null) - Number(b === null));
}

function Legend() {
  const t = useT();
  return (
    <ul className="legend" aria-label={t("map.legend")}>
      {STATES.map((state) => (
        <li key={state} className="state-mark">
          <StateShape state={state} />
          {state === "good" ? t("map.normal") : t(`state.${state}`)}
        </li>
      ))}
    </ul>
  );
}

/** Which types are shown, how they are coloured, and what the signs mean. */
export function LayerControl(props: Props) {
  const t = useT();
  const [open, setOpen] = useState(window.innerWidth > NARROW);
  if (!open) {
    return (
      <Button className="layers-open" icon="layers" onClick={() => setOpen(true)} aria-label={t("map.layersOpen")} aria-expanded={false}>
        {t("map.layers")}
      </Button>
    );
  }
  return (
    <section className="layer-panel" aria-label={t("map.layers")}>
      <header>
        <h2>{t("map.layers")}</h2>
        <IconButton icon="close" label={t("map.layersClose")} aria-expanded onClick={() => setOpen(false)} />
      </header>
      {props.visible.length === 0 && props.types.length > 0 && <p className="soft small layers-hidden">{t("map.hidden")}</p>}
      <Layers {...props} />
      <Legend />
    </section>
  );
}
