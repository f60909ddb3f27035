/** Languages that the dashboard speaks. */

export const LOCALES = ["en", "id"] as const;
export type Locale = (typeof LOCALES)[number];

export const LOCALE_NAMES: Record<Locale, string> = { en: "English", id: "Bahasa Indonesia" };

/** For Intl: 24-hour clock and the numbers of the place. */
export const INTL_TAGS: Record<Locale, string> = { en: "en-GB", id: "id-ID" };
