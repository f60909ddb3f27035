import { useT } from "@/i18n/translate.ts";
import { useStanding } from "@/live/hooks.ts";

export function LiveStanding() {
  const t = useT();
  const { state } = useStanding();
  return (
    <span className={`standing standing-${state}`} role="status">
      <span className="standing-dot" aria-hidden="true" />
      {t(`live.${state}`)}
    </span>
  );
}
