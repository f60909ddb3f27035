/** Messages by key, with named parts; a key or a part that does not exist fails to compile. */

import { useCallback, useMemo } from "react";

import { ageOf } from "@/format/times.ts";
import { currentLocale, useLocale } from "@/shell/preferences.ts";

import { type Key, type Messages, catalogueOf } from "./catalogues.ts";
import type { en } from "./en.ts";
import type { Foreign, Locale } from "./locales.ts";
import { usePhrases } from "./phrases.ts";

export type { Key, Messages };

type Parts<Text extends string> = Text extends `${string}{${infer Part}}${infer Rest}` ? Part | Parts<Rest> : never;
type ArgumentsOf<Text extends string> = [Parts<Text>] extends [never] ? [] : [parts: Record<Parts<Text>, string | number>];
type Arguments<K extends Key> = ArgumentsOf<(typeof en)[K]>;

/** Keys of messages without parts. */
export type PlainKey = { [K in Key]: [Parts<(typeof en)[K]>] extends [never] ? K : never }[Key];

export type Translate = <K extends Key>(key: K, ...parts: Arguments<K>) => string;

export function translate<K extends Key>(locale: Locale, key: K, ...parts: Arguments<K>): string {
  return filled(catalogueOf(locale).messages[key], parts[0]);
}

function filled(text: string, values: Record<string, string | number> | undefined): string {
  return values ? text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name])) : text;
}

/** Says messages of one catalogue. */
export type Tell<English extends Record<string, string>> = <K extends keyof English & string>(key: K, ...parts: ArgumentsOf<English[K]>) => string;

/** Messages that a lazy page brings along, by language; English defines them, as it does here, and stands in for a language that is missing. */
export function messages<const English extends Record<string, string>>(english: English, others: Partial<Record<Foreign, Record<keyof English, string>>>) {
  const all: Partial<Record<Locale, Record<keyof English, string>>> = others;
  const tell = (locale: Locale): Tell<English> => (key, ...parts) => filled((all[locale] ?? english)[key], parts[0]);
  const useTell = (): Tell<English> => {
    const locale = useLocale();
    return useMemo(() => tell(locale), [locale]);
  };
  return { tell, useTell };
}

/** For code outside of React, in the language chosen now. */
export const t: Translate = (key, ...parts) => translate(currentLocale(), key, ...parts);

export function useT(): Translate {
  const locale = useLocale();
  return useCallback<Translate>((key, ...parts) => translate(locale, key, ...parts), [locale]);
}

/** A duration [s] in words: `12 s`, `3 min`. */
export function durationText(t: Translate, seconds: number): string {
  const { count, unit } = ageOf(seconds);
  return t(`age.${unit}`, { count });
}

/** The name of a type, attribute or relation in this language; `title` where it has none. */
export function useTerm(): (name: string, title?: string | null) => string {
  const locale = useLocale();
  const phrases = usePhrases();
  return useCallback((name, title) => termIn(locale, phrases, name, title), [locale, phrases]);
}

export function termIn(locale: Locale, phrases: Readonly<Record<string, string>>, name: string, title?: string | null): string {
  return phrases[name] ?? catalogueOf(locale).terms[name] ?? (title ? (phrases[title] ?? title) : spaced(name));
}

/** `relativeHumidity` as words: `Relative humidity`. */
function spaced(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
