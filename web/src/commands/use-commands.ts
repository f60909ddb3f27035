import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { address, send } from "@/api/client.ts";
import type { CommandView, Faceplate, Mode, Setting } from "@/api/types.ts";
import { useWatch } from "@/live/hooks.ts";
import { live } from "@/live/store.ts";

const COMMAND = ["Command"];
const PACE_MS = 250;

/** What an operator does. */
export type Doing =
  | { what: "want"; value: Setting; comment?: string; id: string }
  | { what: "mode"; mode: Mode }
  | { what: "approve" | "cancel" | "undo"; command: string };

function request(entity: string, doing: Doing): Promise<unknown> {
  if (doing.what === "mode") return send<Faceplate>("PUT", address(`/actuators/${encodeURIComponent(entity)}/mode`), { mode: doing.mode });
  if (doing.what === "want") {
    const { value, comment, id } = doing;
    return send<CommandView>("POST", address("/commands"), { entity, value, id, ...(comment && { comment }) });
  }
  return send<CommandView>("POST", address(`/commands/${encodeURIComponent(doing.command)}/${doing.what}`), {});
}

/** Sends what operators do to an actuator; its faceplate follows. */
export function useDoings(entity: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (doing: Doing) => request(entity, doing),
    onSettled: () => client.invalidateQueries({ queryKey: ["actuator", entity] }),
  });
}

/** Asks for the faceplate anew when the live stream tells of a command or of the actuator. */
export function useFreshPlate(entity: string): void {
  const client = useQueryClient();
  useWatch(COMMAND, []);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refresh = () => {
      timer = undefined;
      void client.invalidateQueries({ queryKey: ["actuator", entity] });
    };
    const commanded = () => void client.invalidateQueries({ queryKey: ["entity", entity] });
    const forget = live.tap((changed) => {
      if (timer !== undefined) return;
      for (const { id, type } of changed) {
        if (type !== "Command" && id !== entity) continue;
        timer = setTimeout(refresh, PACE_MS);
        if (type === "Command") commanded();
        return;
      }
    });
    return () => {
      forget();
      clearTimeout(timer);
    };
  }, [client, entity]);
}
