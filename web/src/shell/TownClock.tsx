import { formatTime } from "@/format/times.ts";
import { useT } from "@/i18n/translate.ts";
import { clockNow } from "@/live/clock.ts";
import { useSpeed, useStanding } from "@/live/hooks.ts";
import { useSecond } from "@/live/ticker.ts";

import { useLocale } from "./preferences.ts";

/** The time that the shown values follow, and how fast it runs. */
export function TownClock({ plant }: { plant: boolean }) {
  useSecond();
  const t = useT();
  const locale = useLocale();
  const speed = useSpeed();
  const { state } = useStanding();
  const now = clockNow(plant ? "plant" : "wall");
  return (
    <div className="now" role="timer" aria-label={t(plant ? "clock.plant" : "clock.wall")}>
      <span className="soft small">{formatTime(now, "day", locale)}</span>
      <strong>{formatTime(now, "clock", locale)}</strong>
      {plant && speed !== 1 && state === "live" && <span className="soft small">{speed === 0 ? t("clock.paused") : t("clock.speed", { speed })}</span>}
    </div>
  );
}
