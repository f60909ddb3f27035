/** Values as people read them: decimals by size, tabular, with their unit. */

import { INTL_TAGS, type Locale } from "@/i18n/locales.ts";

const formats = new Map<string, Intl.NumberFormat>();

function numberFormat(locale: Locale, least: number, most: number): Intl.NumberFormat {
  const key = `${locale}/${least}/${most}`;
  const found = formats.get(key) ?? new Intl.NumberFormat(INTL_TAGS[locale], { minimumFractionDigits: least, maximumFractionDigits: most });
  formats.set(key, found);
  return found;
}

/** Decimals that a measurement of this size deserves. */
function decimals(size: number): number {
  if (size >= 1000) return 0;
  if (size >= 100) return 1;
  if (size >= 1 || size === 0) return 2;
  return 3;
}

/** A measured number: always the same decimals at one size, so that digits do not jump. */
export function formatMeasure(value: number, locale: Locale): string {
  const places = decimals(Math.abs(value));
  return numberFormat(locale, places, places).format(value);
}

/** A count or a given number: no decimals that it does not have. */
export function formatCount(value: number, locale: Locale): string {
  return numberFormat(locale, 0, decimals(Math.abs(value))).format(value);
}

export function formatValue(value: unknown, locale: Locale, measured = true): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return measured ? formatMeasure(value, locale) : formatCount(value, locale);
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  return JSON.stringify(value);
}

export function withUnit(text: string, symbol: string): string {
  return symbol ? `${text}\u202f${symbol}` : text;
}
