import { useQuery } from "@tanstack/react-query";

import * as queries from "@/api/queries.ts";
import type { PanelCard } from "@/api/types.ts";
import { LiveNumber } from "@/components/LiveNumber.tsx";
import { StateMark } from "@/components/StateMark.tsx";
import { readingOf } from "@/entity/attributes.ts";
import { unitSymbol } from "@/format/units.ts";
import { formatCount, withUnit } from "@/format/values.ts";
import { steppedEnd } from "@/history/range.ts";
import { usePhrase } from "@/i18n/phrases.ts";
import { useT } from "@/i18n/translate.ts";
import { clockNow, clockSpeed } from "@/live/clock.ts";
import { useCell, useStale } from "@/live/hooks.ts";
import { useSecond } from "@/live/ticker.ts";
import { Link } from "@/routing/Link.tsx";
import { entityPath } from "@/routing/route.ts";
import { useLocale } from "@/shell/preferences.ts";

import { strokesOf, trendOf } from "./trend.ts";

const DAY_MS = 86_400_000;
const POINTS = 96;
const WIDTH = 96;
const HEIGHT = 24;
const ARROWS = { up: "M4 12 8 4l4 8", down: "M4 4l4 8 4-8", level: "M2 8h12" } as const;

/** The last day of a figure, and where it goes. */
function Course({ card }: { card: PanelCard }) {
  const t = useT();
  useSecond();
  const end = steppedEnd(clockNow("plant"), DAY_MS, clockSpeed());
  const start = end - DAY_MS;
  const { data } = useQuery(queries.history({ entity: card.entity, attribute: card.attribute, start, end, points: POINTS }));
  const last = data?.t.at(-1);
  const trend = data && last !== undefined ? trendOf(data, last, (card.max ?? 1) - (card.min ?? 0)) : null;
  return (
    <span className="tile-course">
      <svg width={WIDTH} height={HEIGHT} viewBox={`-1 -1 ${WIDTH + 2} ${HEIGHT + 2}`} aria-hidden="true">
        {data && strokesOf(data, start, end, WIDTH, HEIGHT).map((points) => <polyline key={points} points={points} fill="none" stroke="currentColor" strokeWidth="1.4" />)}
      </svg>
      {trend && (
        <svg width="14" height="14" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.8" role="img" aria-label={t(`overview.${trend}`)}>
          <path d={ARROWS[trend]} />
        </svg>
      )}
    </span>
  );
}

/** One figure of a system: what it is now, what it should be, how the day went. */
export function Tile({ card }: { card: PanelCard }) {
  const t = useT();
  const phrase = usePhrase();
  const locale = useLocale();
  const { data } = useQuery(queries.entity(card.entity));
  const cell = useCell(card.entity, card.attribute);
  const stale = useStale(card.entity);
  const attribute = data?.attributes.find(({ name }) => name === card.attribute);
  const reading = attribute && readingOf(attribute, cell, stale, locale);
  const value = cell?.value ?? attribute?.value;
  const outside = typeof value === "number" && ((card.min !== null && value < card.min) || (card.max !== null && value > card.max));
  const unit = unitSymbol(card.unit) || (reading?.unit ?? "");
  const state = reading && (reading.stale ? "stale" : reading.quality);
  return (
    <Link className={`tile ${outside ? "tile-outside" : ""}`} to={entityPath(card.entity)}>
      <span className="tile-title">{phrase(card.title)}</span>
      <span className="tile-line">
        {reading ? <LiveNumber className={`tile-value ${reading.stale ? "value-stale" : ""}`} text={reading.text} unit={unit} /> : <span className="soft">{t("systems.notYet")}</span>}
        <Course card={card} />
      </span>
      <span className="tile-foot soft small">
        {card.target != null && <span>{t("systems.target", { value: withUnit(formatCount(card.target, locale), unit) })}</span>}
        {outside && <span className="state-bad">{t("overview.outside", { min: formatCount(card.min ?? 0, locale), max: withUnit(formatCount(card.max ?? 0, locale), unit) })}</span>}
        {state && state !== "good" && <StateMark state={state} />}
      </span>
    </Link>
  );
}
