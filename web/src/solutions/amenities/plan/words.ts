/** Figures of a plan in words. */

import { useCallback } from "react";

import { formatCount, withUnit } from "@/format/values.ts";
import type { Locale } from "@/i18n/locales.ts";
import { usePhrase } from "@/i18n/phrases.ts";
import { useT } from "@/i18n/translate.ts";
import { useLocale } from "@/shell/preferences.ts";

import { kindOf } from "./draft.ts";
import { letter } from "./shades.ts";
import { type PlanTell, useTell } from "./texts/texts.ts";
import type { Draft, Means, Result, Site, Spread, Standing } from "./types.ts";

const PROVEN = 1e-6;

/** People, never in parts. */
export const people = (count: number, locale: Locale) => formatCount(Math.round(count), locale);
export const tenth = (value: number, locale: Locale) => formatCount(Math.round(value * 10) / 10, locale);
export const percent = (share: number, locale: Locale) => withUnit(tenth(share * 100, locale), "%");
/** A small share, with what matters of it. */
export const fine = (share: number, locale: Locale) => withUnit(formatCount(Math.round(share * 1e4) / 100, locale), "%");
export const minutes = (value: number | null, locale: Locale) => (value === null ? "–" : withUnit(tenth(value, locale), "min"));

/** With its sign, and a true minus. */
export function signed(value: number, say: (value: number) => string): string {
  const text = say(Math.abs(value));
  if (text === say(0)) return text;
  return `${value < 0 ? "−" : "+"}${text}`;
}

export const newSites = (result: Result): Site[] => result.sites.filter((site) => site.new);

/** The letters of the open places, in the order of `sites`. */
export const letterOf = (result: Result, site: Site): string => letter(result.sites.indexOf(site));

const UNITS = ["person-minutes", "minutes", "people", "cost of new places"] as const;

export function amount(value: number, unit: string, tell: PlanTell, locale: Locale): string {
  const known = UNITS.find((each) => each === unit);
  const whole = unit === "minutes" || unit === "cost of new places" ? tenth(value, locale) : people(value, locale);
  return withUnit(whole, known ? tell(`unit.${known}`) : unit);
}

/** What the objective means for people. */
export function meaning({ model }: Draft, result: Result, tell: PlanTell, locale: Locale): string {
  const { objective, after } = result;
  if (model === "p-median") return tell("answer.p-median", { value: people(objective, locale), mean: tenth(after.town.mean ?? 0, locale) });
  if (model === "mclp") return tell("answer.mclp", { value: people(objective, locale), people: people(result.people, locale) });
  if (model === "backup") return tell("answer.backup", { value: people(objective, locale) });
  if (model === "p-center") return tell("answer.p-center", { value: tenth(objective, locale) });
  return tell("answer.lscp", { value: tenth(objective, locale) });
}

/** How far the answer may be from the best, and what vouches for that. */
export function proof({ gap, bound, unit, proof: by }: Result, tell: PlanTell, locale: Locale): string[] {
  const known = by === "solver" || by === "prices" ? tell(`answer.proof.${by}`) : tell("answer.proof.other", { proof: by });
  if (Math.abs(gap) <= PROVEN) return [tell("answer.proven"), known];
  return [tell("answer.gap", { bound: amount(bound, unit, tell, locale), gap: formatCount(Math.ceil(gap * 1000) / 10, locale) }), known];
}

export interface Figure {
  key: "within" | "mean" | "p90" | "worst" | "gini" | "without";
  /** Less of it is better. */
  less: boolean;
  say: (value: number, locale: Locale) => string;
  of: (standing: Standing) => number | null;
}

const town = (pick: (spread: Spread) => number | null) => (standing: Standing) => pick(standing.town);
const hundredths = (value: number, locale: Locale) => formatCount(Math.round(value * 100) / 100, locale);

/** What tells how evenly people are served. */
export const FIGURES: readonly Figure[] = [
  { key: "within", less: false, say: percent, of: ({ within }) => within },
  { key: "mean", less: true, say: minutes, of: town(({ mean }) => mean) },
  { key: "p90", less: true, say: minutes, of: town(({ p90 }) => p90) },
  { key: "worst", less: true, say: minutes, of: town(({ worst_decile }) => worst_decile) },
  { key: "gini", less: true, say: hundredths, of: town(({ gini }) => gini) },
  { key: "without", less: true, say: percent, of: town(({ without }) => without) },
];

/** The change of a figure with its sign, and whether that is better or worse. */
export function difference({ less, say }: Figure, from: number | null, to: number | null, tell: PlanTell, locale: Locale): string {
  if (from === null || to === null) return "–";
  const text = signed(to - from, (value) => say(value, locale));
  if (text === say(0, locale)) return text;
  return tell(to < from === less ? "answer.better" : "answer.worseBy", { change: text });
}

/** An age group as it is read: `0-4` is `0–4 years`. */
export function groupName(name: string, tell: PlanTell): string {
  return name === "all" ? tell("ask.group.all") : tell("ask.group.ages", { ages: name.replace("-", "–") });
}

/** What a draft without a name is called. */
export function useAutoName(means: Means): (draft: Draft) => string {
  const tell = useTell();
  const phrase = usePhrase();
  return useCallback(
    (draft) => {
      const kind = phrase(kindOf(means, draft).title);
      if (draft.model === "lscp") return tell("ask.autoNameAll", { kind });
      return draft.p === null ? tell("ask.autoNameBudget", { kind }) : tell("ask.autoName", { kind, count: draft.p });
    },
    [tell, phrase, means],
  );
}

/** All that words need: messages of this page and of the shell, phrases of the solution, the language. */
export function useWords() {
  return { tell: useTell(), t: useT(), phrase: usePhrase(), locale: useLocale() };
}
