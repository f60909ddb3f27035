/** Languages that the dashboard speaks. A new one is a line in each table here, and its files. */

export const LOCALES = ["en", "id", "ms", "fil", "th", "vi"] as const;
export type Locale = (typeof LOCALES)[number];
export type Foreign = Exclude<Locale, "en">;

export const LOCALE_NAMES: Record<Locale, string> = {
  en: "English",
  id: "Bahasa Indonesia",
  ms: "Bahasa Melayu",
  fil: "Filipino",
  th: "ไทย",
  vi: "Tiếng Việt",
};

/** For Intl: 24-hour clock, the numbers and the calendar of the place. */
export const INTL_TAGS: Record<Locale, string> = { en: "en-GB", id: "id-ID", ms: "ms-MY", fil: "fil-PH", th: "th-TH", vi: "vi-VN" };

/** Older codes of the same languages, as browsers still send them. */
const ALIASES: Readonly<Record<string, Locale>> = { tl: "fil", in: "id" };

/** The first of a browser's languages (`th-TH`) that the dashboard speaks. */
export function localeOf(tags: readonly string[]): Locale {
  const wanted = tags.map((tag) => tag.toLowerCase().split("-")[0]!);
  return wanted.map((tag) => LOCALES.find((locale) => locale === tag) ?? ALIASES[tag]).find((found) => found !== undefined) ?? "en";
}
