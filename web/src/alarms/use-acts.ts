import { useMutation, useQueryClient } from "@tanstack/react-query";

import { address, send } from "@/api/client.ts";
import type { Alarm, AlarmGroup } from "@/api/types.ts";

import type { Act } from "./model.ts";

/** What is acted on: an alarm, or all alarms of one cause. */
export type Target = { alarm: Alarm } | { group: AlarmGroup };

export interface Doing {
  target: Target;
  act: Act;
  comment?: string;
  hours?: number;
}

function pathOf(target: Target, act: Act): string {
  const whose = "group" in target ? `groups/${encodeURIComponent(target.group.id)}` : encodeURIComponent(target.alarm.id);
  return `/alarms/${whose}/${act}`;
}

/** Sends what operators do; the lists follow. */
export function useActs() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ target, act, ...body }: Doing) => send("POST", address(pathOf(target, act)), body),
    onSettled: () => client.invalidateQueries({ queryKey: ["alarms"] }),
  });
}
