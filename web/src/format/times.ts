/** Times in the town's own time zone, and ages. */

import { INTL_TAGS, type Locale } from "@/i18n/locales.ts";

let zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function setTimeZone(name: string | null | undefined): void {
  if (name) zone = name;
}

export const timeZone = () => zone;

type Style = "clock" | "clockSeconds" | "day" | "full";

const STYLES: Record<Style, Intl.DateTimeFormatOptions> = {
  clock: { hour: "2-digit", minute: "2-digit" },
  clockSeconds: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  day: { weekday: "short", day: "numeric", month: "short" },
  full: { day: "2-digit", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" },
};

const formats = new Map<string, Intl.DateTimeFormat>();

/** `time` in milliseconds since the epoch. */
export function formatTime(time: number, style: Style, locale: Locale): string {
  const key = `${locale}/${style}/${zone}`;
  const found = formats.get(key) ?? new Intl.DateTimeFormat(INTL_TAGS[locale], { ...STYLES[style], timeZone: zone, hourCycle: "h23" });
  formats.set(key, found);
  return found.format(time);
}

/** Hours and minutes of the town's day as a part of it [0..1). */
export function partOfDay(time: number): number {
  const [hour = 0, minute = 0, second = 0] = formatTime(time, "clockSeconds", "en").split(":").map(Number);
  return (hour * 3600 + minute * 60 + second) / 86_400;
}

export type AgeUnit = "second" | "minute" | "hour" | "day";

const STEPS: readonly (readonly [limit: number, size: number, unit: AgeUnit])[] = [
  [90, 1, "second"],
  [90 * 60, 60, "minute"],
  [48 * 3600, 3600, "hour"],
  [Infinity, 86_400, "day"],
];

/** A duration [s] in the largest unit that still tells. */
export function ageOf(seconds: number): { count: number; unit: AgeUnit } {
  const age = Math.max(0, seconds);
  const [, size, unit] = STEPS.find(([limit]) => age < limit)!;
  return { count: Math.floor(age / size), unit };
}

function offset(time: number): number {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" }).formatToParts(time);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((each) => each.type === type)?.value);
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second")) - Math.floor(time / 1000) * 1000;
}

/** For `<input type="datetime-local">`, in the town's time zone. */
export function toLocalInput(time: number): string {
  return new Date(time + offset(time)).toISOString().slice(0, 16);
}

/** Undoes `toLocalInput`; NaN where the text is no time. */
export function fromLocalInput(text: string): number {
  const asUtc = Date.parse(`${text}Z`);
  if (Number.isNaN(asUtc)) return NaN;
  return asUtc - offset(asUtc - offset(asUtc));
}
