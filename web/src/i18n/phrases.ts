/** What solutions and the demonstration say, in the language chosen: fetched once for each language. */

import { useCallback, useSyncExternalStore } from "react";

import { address, get } from "@/api/client.ts";
import { currentLocale, onPreferences } from "@/shell/preferences.ts";

import type { Locale } from "./locales.ts";

type Phrases = Readonly<Record<string, string>>;

const NONE: Phrases = {};
const known = new Map<Locale, Phrases>();
const listeners = new Set<() => void>();

/** Fetches those of the language, and of each that is chosen later; without a connection all stays as written. */
export function startPhrases(): void {
  const load = async () => {
    const locale = currentLocale();
    if (known.has(locale)) return;
    known.set(locale, NONE);
    try {
      tellPhrases(locale, await get<Phrases>(address(`/phrases/${locale}`)));
    } catch {
      known.delete(locale);
    }
  };
  onPreferences(() => void load());
  window.addEventListener("online", () => void load());
  void load();
}

export function tellPhrases(locale: Locale, phrases: Phrases): void {
  known.set(locale, phrases);
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  const forget = onPreferences(listener);
  return () => {
    listeners.delete(listener);
    forget();
  };
};

export const phrasesIn = (locale: Locale): Phrases => known.get(locale) ?? NONE;
export const usePhrases = (): Phrases => useSyncExternalStore(subscribe, () => phrasesIn(currentLocale()));

/** A text of a solution in this language; as it is where the language has none. */
export function usePhrase(): (text: string) => string {
  const phrases = usePhrases();
  return useCallback((text) => phrases[text] ?? text, [phrases]);
}
