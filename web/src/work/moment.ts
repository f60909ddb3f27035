import { formatTime } from "@/format/times.ts";
import type { Locale } from "@/i18n/locales.ts";

/** Day and time of day in the town. */
export function moment(at: string, locale: Locale): string {
  const time = Date.parse(at);
  return `${formatTime(time, "day", locale)} ${formatTime(time, "clock", locale)}`;
}
