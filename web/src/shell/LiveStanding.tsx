import { useQuery } from "@tanstack/react-query";

import { useT } from "@/i18n/translate.ts";
import { useStanding } from "@/live/hooks.ts";
import { may, session } from "@/session/session.ts";

export function LiveStanding() {
  const t = useT();
  const { state } = useStanding();
  const { data } = useQuery(session());
  if (!may(data, "entities.read")) return null;
  return (
    <span className={`standing standing-${state}`} role="status">
      <span className="standing-dot" aria-hidden="true" />
      {t(`live.${state}`)}
    </span>
  );
}
