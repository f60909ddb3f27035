/** What one person chose on this machine: theme and language. */

import { useSyncExternalStore } from "react";

import { loadCatalogue } from "@/i18n/catalogues.ts";
import { LOCALES, type Locale, localeOf } from "@/i18n/locales.ts";

export type ThemeChoice = "system" | "light" | "dark" | "contrast";
export type Theme = "light" | "dark";
export const THEME_CHOICES: readonly ThemeChoice[] = ["system", "light", "dark", "contrast"];

const listeners = new Set<() => void>();
const darkSystem = window.matchMedia("(prefers-color-scheme: dark)");
const contrastSystem = window.matchMedia("(prefers-contrast: more)");

function stored<T extends string>(key: string, allowed: readonly T[], otherwise: T): T {
  const found = window.localStorage.getItem(`kota.${key}`);
  return allowed.find((each) => each === found) ?? otherwise;
}

let choice = stored("theme", THEME_CHOICES, "system");
let locale = stored("language", LOCALES, localeOf(navigator.languages));

/** High contrast is a dark theme with stronger edges. */
const contrast = (): boolean => choice === "contrast" || (choice === "system" && contrastSystem.matches);
export const theme = (): Theme => (contrast() ? "dark" : choice === "light" || choice === "dark" ? choice : darkSystem.matches ? "dark" : "light");
export const currentLocale = (): Locale => locale;

function apply(): void {
  document.documentElement.dataset["theme"] = theme();
  document.documentElement.toggleAttribute("data-contrast", contrast());
  document.documentElement.lang = locale;
  for (const listener of listeners) listener();
}

export function chooseTheme(next: ThemeChoice): void {
  choice = next;
  window.localStorage.setItem("kota.theme", next);
  apply();
}

/** Speaks the language as soon as it is fetched, and stays with the one before where it cannot be. */
export async function chooseLocale(next: Locale): Promise<void> {
  const before = locale;
  await loadCatalogue(next);
  if (locale !== before) return;
  locale = next;
  window.localStorage.setItem("kota.language", next);
  apply();
}

/** Ready when the language chosen is at hand; English stands in where it cannot be fetched. */
export async function startPreferences(): Promise<void> {
  for (const system of [darkSystem, contrastSystem]) system.addEventListener("change", apply);
  apply();
  await loadCatalogue(locale).catch(() => undefined);
}

export function onPreferences(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useTheme = () => useSyncExternalStore(onPreferences, theme);
export const useThemeChoice = () => useSyncExternalStore(onPreferences, () => choice);
export const useLocale = () => useSyncExternalStore(onPreferences, currentLocale);
