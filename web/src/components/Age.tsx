import { durationText, useT } from "@/i18n/translate.ts";
import { type ClockKind, clockNow } from "@/live/clock.ts";
import { useSecond } from "@/live/ticker.ts";

/** How long ago something was, by the clock that it follows; `at` in milliseconds since the epoch. */
export function Age({ at, clock }: { at: number | null; clock: ClockKind }) {
  useSecond();
  const t = useT();
  if (at === null) return <span className="soft">{t("age.never")}</span>;
  return <span className="soft">{t("age.ago", { age: durationText(t, (clockNow(clock) - at) / 1000) })}</span>;
}
