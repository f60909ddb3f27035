/** Which attributes a page lists, and how a live value overtakes the fetched one. */

import type { AttributeView, EntityView, QualityName } from "@/api/types.ts";
import { LEVEL_STATES } from "@/components/StateMark.tsx";
import { formatCount, formatMeasure, formatValue } from "@/format/values.ts";
import { unitSymbol } from "@/format/units.ts";
import type { Locale } from "@/i18n/locales.ts";
import type { Cell } from "@/live/store.ts";

const ELSEWHERE = new Set(["name", "location", "quality"]);

/** Kota's own bookkeeping on an entity, such as the clock that it follows. */
export const isHousekeeping = (name: string) => name.startsWith("kota:");

/** Observed attributes first, then what was entered; name, place and relations stand elsewhere. */
export function shownAttributes({ attributes }: EntityView): AttributeView[] {
  const shown = attributes.filter(({ name, kind }) => !ELSEWHERE.has(name) && !isHousekeeping(name) && kind !== "Relationship" && kind !== "GeoProperty");
  const rank = (each: AttributeView) => (each.observedAt === null ? 1 : 0);
  return shown.sort((a, b) => rank(a) - rank(b));
}

export interface Reading {
  text: string;
  unit: string;
  quality: QualityName;
  /** Milliseconds since the epoch. */
  observedAt: number | null;
  stale: boolean;
}

/** The newer of the fetched attribute and the live cell. Several instances have no live cell of their own.
 *
 * `entityStale` is what the live stream says of the entity, which is stale where any of its values is.
 */
export function readingOf(attribute: AttributeView, cell: Cell | undefined, entityStale: boolean | undefined, locale: Locale): Reading {
  const fetchedAt = attribute.observedAt === null ? null : Date.parse(attribute.observedAt);
  const usesCell = cell !== undefined && !cell.seeded && attribute.datasetId === null && cell.observedAt !== null;
  const heardSince = usesCell && (cell.observedAt ?? 0) > (fetchedAt ?? 0);
  const value = usesCell ? cell.value : attribute.value;
  return {
    text: textOf(attribute, value, locale),
    unit: unitSymbol(attribute.unit?.symbol ?? attribute.unit?.code),
    quality: usesCell ? LEVEL_STATES[cell.quality] : attribute.quality.level,
    observedAt: usesCell ? cell.observedAt : fetchedAt,
    stale: fetchedAt !== null && entityStale !== false && !heardSince && attribute.stale,
  };
}

function textOf(attribute: AttributeView, value: unknown, locale: Locale): string {
  if (typeof value !== "number") return typeof value === "object" && value !== null ? attribute.display : formatValue(value, locale);
  return attribute.observedAt !== null && attribute.unit ? formatMeasure(value, locale) : formatCount(value, locale);
}
