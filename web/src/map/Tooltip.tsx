import { StateMark, stateOf } from "@/components/StateMark.tsx";
import { isHousekeeping } from "@/entity/attributes.ts";
import { unitSymbol } from "@/format/units.ts";
import { formatValue, withUnit } from "@/format/values.ts";
import { useTerm } from "@/i18n/translate.ts";
import { live } from "@/live/store.ts";
import { shortId } from "@/routing/route.ts";
import { useLocale } from "@/shell/preferences.ts";

import type { Pointed } from "./city-map.ts";
import { LOCATION, stateCode } from "./type-model.ts";

const LINES = 4;
const EDGE = 260;

/** Name, state and first values of what the pointer is on. */
export function Tooltip({ pointed: { entity, attribute, x, y } }: { pointed: Pointed }) {
  const term = useTerm();
  const locale = useLocale();
  const code = stateCode(entity);
  const simple = [...entity.cells].filter(([name, { value }]) => name !== LOCATION && !isHousekeeping(name) && typeof value !== "object");
  const values = simple.sort(([a], [b]) => Number(b === attribute) - Number(a === attribute)).slice(0, LINES);
  const leftward = x > window.innerWidth - EDGE;
  return (
    <div className={`tooltip ${leftward ? "tooltip-left" : ""}`} style={{ left: x, top: y }} aria-hidden="true">
      <strong>{entity.name ?? shortId(entity.id)}</strong>
      <span className="soft small">{term(entity.type)}</span>
      {values.map(([name, { value }]) => (
        <span key={name} className="tooltip-line">
          <span className="soft">{term(name)}</span>
          <span>{withUnit(formatValue(value, locale), unitSymbol(live.unit(name)))}</span>
        </span>
      ))}
      {code !== 0 && <StateMark state={code === 3 ? "stale" : stateOf(code, false)} />}
    </div>
  );
}
