/** Messages and terms of each language; English is at hand, the others are fetched when they are chosen. */

import { en, terms } from "./en.ts";
import type { Foreign, Locale } from "./locales.ts";

export type Key = keyof typeof en;
export type Messages = Record<Key, string>;

export interface Catalogue {
  messages: Messages;
  /** Names of types and attributes. */
  terms: Readonly<Record<string, string>>;
}

const known: Partial<Record<Locale, Catalogue>> = { en: { messages: en, terms } };

const loaders: Record<Foreign, () => Promise<Catalogue>> = {
  id: async () => (await import("./id.ts")).catalogue,
  ms: async () => (await import("./ms.ts")).catalogue,
  fil: async () => (await import("./fil.ts")).catalogue,
  th: async () => (await import("./th.ts")).catalogue,
  vi: async () => (await import("./vi.ts")).catalogue,
};

/** English where the language has not been fetched. */
export const catalogueOf = (locale: Locale): Catalogue => known[locale] ?? known.en!;

/** Fetches a language once. */
export async function loadCatalogue(locale: Locale): Promise<void> {
  if (locale === "en" || known[locale]) return;
  known[locale] = await loaders[locale]();
}
