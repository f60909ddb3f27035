/** Messages by key, with named parts; a key or a part that does not exist fails to compile. */

import { useCallback } from "react";

import { ageOf } from "@/format/times.ts";
import { currentLocale, useLocale } from "@/shell/preferences.ts";

import { en } from "./en.ts";
import { id } from "./id.ts";
import type { Locale } from "./locales.ts";
import { usePhrases } from "./phrases.ts";
import { terms } from "./terms.ts";

export type Key = keyof typeof en;
export type Messages = Record<Key, string>;

type Parts<Text extends string> = Text extends `${string}{${infer Part}}${infer Rest}` ? Part | Parts<Rest> : never;
type Arguments<K extends Key> = [Parts<(typeof en)[K]>] extends [never]
  ? []
  : [parts: Record<Parts<(typeof en)[K]>, string | number>];

/** Keys of messages without parts. */
export type PlainKey = { [K in Key]: [Parts<(typeof en)[K]>] extends [never] ? K : never }[Key];

export type Translate = <K extends Key>(key: K, ...parts: Arguments<K>) => string;

const catalogues: Record<Locale, Messages> = { en, id };

export function translate<K extends Key>(locale: Locale, key: K, ...parts: Arguments<K>): string {
  const values = parts[0] as Record<string, string | number> | undefined;
  const text: string = catalogues[locale][key];
  return values ? text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name])) : text;
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
  return phrases[name] ?? terms[locale]?.[name] ?? (title ? (phrases[title] ?? title) : spaced(name));
}

/** `relativeHumidity` as words: `Relative humidity`. */
function spaced(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
