import { useQuery } from "@tanstack/react-query";

import * as queries from "@/api/queries.ts";
import type { PanelCard } from "@/api/types.ts";
import { Age } from "@/components/Age.tsx";
import { Bar } from "@/components/Bar.tsx";
import { LiveNumber } from "@/components/LiveNumber.tsx";
import { StateMark } from "@/components/StateMark.tsx";
import { readingOf } from "@/entity/attributes.ts";
import { unitSymbol } from "@/format/units.ts";
import { formatCount, withUnit } from "@/format/values.ts";
import { usePhrase } from "@/i18n/phrases.ts";
import { useT } from "@/i18n/translate.ts";
import { useCell, useOnStaleFlip, useStale, useWatch } from "@/live/hooks.ts";
import { Link } from "@/routing/Link.tsx";
import { entityPath } from "@/routing/route.ts";
import { useLocale } from "@/shell/preferences.ts";

function Limits({ card, value }: { card: PanelCard; value: number | null }) {
  const t = useT();
  const phrase = usePhrase();
  const locale = useLocale();
  const { min, max, target } = card;
  if (min === null || max === null) return null;
  const unit = unitSymbol(card.unit);
  return (
    <>
      <Bar value={value} min={min} max={max} target={target} label={phrase(card.title)} />
      <p className="card-limits soft small">
        <span>{formatCount(min, locale)}</span>
        {target !== null && target !== undefined && <span>{t("systems.target", { value: formatCount(target, locale) })}</span>}
        <span>{withUnit(formatCount(max, locale), unit)}</span>
      </p>
    </>
  );
}

/** One figure with its limits. */
export function CardView({ card }: { card: PanelCard }) {
  const t = useT();
  const phrase = usePhrase();
  const locale = useLocale();
  const { data, refetch } = useQuery(queries.entity(card.entity));
  useOnStaleFlip(card.entity, refetch);
  const cell = useCell(card.entity, card.attribute);
  const stale = useStale(card.entity);
  const attribute = data?.attributes.find(({ name }) => name === card.attribute);
  const reading = attribute && readingOf(attribute, cell, stale, locale);
  const value = cell?.value ?? attribute?.value;
  return (
    <article className="card">
      <h3>
        <Link to={entityPath(card.entity)}>{phrase(card.title)}</Link>
      </h3>
      {reading ? (
        <LiveNumber className={`card-value ${reading.stale ? "value-stale" : ""}`} text={reading.text} unit={unitSymbol(card.unit) || reading.unit} />
      ) : (
        <p className="card-value soft">{t("systems.notYet")}</p>
      )}
      <Limits card={card} value={typeof value === "number" ? value : null} />
      <p className="small card-foot">
        {reading && (reading.stale || reading.quality !== "good") && <StateMark state={reading.stale ? "stale" : reading.quality} />}
        {reading && data && <Age at={reading.observedAt} clock={data.clock} />}
      </p>
    </article>
  );
}

/** A solution's figures, each with its limits as an analogue indicator. */
export function PanelCards({ cards }: { cards: readonly PanelCard[] }) {
  useWatch([], cards.map(({ entity }) => entity));
  return (
    <div className="system-cards">
      {cards.map((card) => (
        <CardView key={card.id} card={card} />
      ))}
    </div>
  );
}
