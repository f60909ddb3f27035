import { formatAge } from "@/format/times.ts";
import { useT } from "@/i18n/translate.ts";
import { type ClockKind, clockNow } from "@/live/clock.ts";
import { useSecond } from "@/live/ticker.ts";
import { useLocale } from "@/shell/preferences.ts";

/** How long ago something was, by the clock that it follows; `at` in milliseconds since the epoch. */
export function Age({ at, clock }: { at: number | null; clock: ClockKind }) {
  useSecond();
  const t = useT();
  const locale = useLocale();
  if (at === null) return <span className="soft">{t("age.never")}</span>;
  return <span className="soft">{t("age.ago", { age: formatAge((clockNow(clock) - at) / 1000, locale) })}</span>;
}
