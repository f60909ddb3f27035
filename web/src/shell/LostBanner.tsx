import { Button } from "@/components/Button.tsx";
import { formatTime } from "@/format/times.ts";
import { useT } from "@/i18n/translate.ts";
import { useStanding } from "@/live/hooks.ts";
import { connection } from "@/live/session.ts";
import { useSecond } from "@/live/ticker.ts";

import { useLocale } from "./preferences.ts";

/** Says since when nothing was heard, and when it is tried again. */
export function LostBanner() {
  useSecond();
  const t = useT();
  const locale = useLocale();
  const standing = useStanding();
  if (standing.state !== "lost") return null;
  const seconds = Math.max(0, Math.ceil((standing.retryAt - Date.now()) / 1000));
  return (
    <div className="lost">
      <p>{t("live.lostLong", { time: formatTime(standing.since, "clockSeconds", locale), seconds })}</p>
      <Button onClick={connection.retry}>{t("live.retry")}</Button>
    </div>
  );
}
