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

const GAP = /\{(\w+)\}/g;
const patterns = new WeakMap<Phrases, [RegExp, string][]>();

/** Phrases with gaps, `p is {p}`, as patterns and what they become; the longest, that say most, first. */
function patternsOf(phrases: Phrases): [RegExp, string][] {
  const made = patterns.get(phrases) ?? [];
  if (!patterns.has(phrases)) {
    const gapped = Object.entries(phrases).filter(([text]) => text.includes("{"));
    for (const [text, said] of gapped.sort(([one], [other]) => other.length - one.length)) {
      const parts = text.split(GAP).map((part, index) => (index % 2 ? `(?<${part}>.+?)` : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")));
      made.push([new RegExp(`^${parts.join("")}$`, "s"), said]);
    }
    patterns.set(phrases, made);
  }
  return made;
}

function whole(phrases: Phrases, text: string): string | undefined {
  if (phrases[text] !== undefined) return phrases[text];
  for (const [pattern, said] of patternsOf(phrases)) {
    const found = pattern.exec(text);
    if (found) return said.replaceAll(GAP, (gap, name: string) => found.groups?.[name] ?? gap);
  }
  return undefined;
}

/** A text in these phrases, or as it is; of a refusal and its advice, joined by a semicolon, each on its own. */
export function phraseIn(phrases: Phrases, text: string): string {
  return (
    whole(phrases, text) ??
    text
      .split("; ")
      .map((part) => whole(phrases, part) ?? part)
      .join("; ")
  );
}

/** A text of a solution in this language; as it is where the language has none. */
export function usePhrase(): (text: string) => string {
  const phrases = usePhrases();
  return useCallback((text) => phraseIn(phrases, text), [phrases]);
}
