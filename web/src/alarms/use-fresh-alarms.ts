import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { useWatch } from "@/live/hooks.ts";
import { live } from "@/live/store.ts";

const ALERT = ["Alert"];
const PACE_MS = 250;

/** Asks for the alarms anew when the live stream tells of one, at most four times a second. */
export function useFreshAlarms(): void {
  const client = useQueryClient();
  useWatch(ALERT, []);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refresh = () => {
      timer = undefined;
      void client.invalidateQueries({ queryKey: ["alarms"] });
    };
    const forget = live.tap((changed) => {
      if (timer !== undefined) return;
      for (const { type } of changed) {
        if (type !== "Alert") continue;
        timer = setTimeout(refresh, PACE_MS);
        return;
      }
    });
    return () => {
      forget();
      clearTimeout(timer);
    };
  }, [client]);
}
