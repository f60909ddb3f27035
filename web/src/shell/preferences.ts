/** What one person chose on this machine: theme and language. */

import { useSyncExternalStore } from "react";

import { LOCALES, type Locale } from "@/i18n/locales.ts";

export type ThemeChoice = "system" | "light" | "dark";
export type Theme = "light" | "dark";
export const THEME_CHOICES: readonly ThemeChoice[] = ["system", "light", "dark"];

const listeners = new Set<() => void>();
const darkSystem = window.matchMedia("(prefers-color-scheme: dark)");

function stored<T extends string>(key: string, allowed: readonly T[], otherwise: T): T {
  const found = window.localStorage.getItem(`kota.${key}`);
  return allowed.find((each) => each === found) ?? otherwise;
}

function browserLocale(): Locale {
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2));
  return wanted.map((tag) => LOCALES.find((locale) => locale === tag)).find((found) => found !== undefined) ?? "en";
}

let choice = stored("theme", THEME_CHOICES, "system");
let locale = stored("language", LOCALES, browserLocale());

export const theme = (): Theme => (choice === "system" ? (darkSystem.matches ? "dark" : "light") : choice);
export const currentLocale = (): Locale => locale;

function apply(): void {
  document.documentElement.dataset["theme"] = theme();
  document.documentElement.lang = locale;
  for (const listener of listeners) listener();
}

export function chooseTheme(next: ThemeChoice): void {
  choice = next;
  window.localStorage.setItem("kota.theme", next);
  apply();
}

export function chooseLocale(next: Locale): void {
  locale = next;
  window.localStorage.setItem("kota.language", next);
  apply();
}

export function startPreferences(): void {
  darkSystem.addEventListener("change", apply);
  apply();
}

export function onPreferences(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useTheme = () => useSyncExternalStore(onPreferences, theme);
export const useThemeChoice = () => useSyncExternalStore(onPreferences, () => choice);
export const useLocale = () => useSyncExternalStore(onPreferences, currentLocale);
