/** What may be done with alarms, by state and by key. */

import type { Alarm, AlarmState, Priority } from "@/api/types.ts";

export const PRIORITIES: readonly Priority[] = ["critical", "high", "medium", "low"];
export const ASIDE: readonly AlarmState[] = ["shelved", "suppressed", "out-of-service"];

export type View = "open" | "causes" | "aside";
export type Act = "acknowledge" | "shelve" | "unshelve" | "comment" | "reset" | "out-of-service" | "in-service";

const ACTS: Record<AlarmState, readonly Act[]> = {
  normal: ["shelve", "comment", "out-of-service"],
  unacknowledged: ["acknowledge", "shelve", "comment", "out-of-service"],
  acknowledged: ["shelve", "comment", "out-of-service"],
  returned: ["acknowledge", "shelve", "comment", "out-of-service"],
  latched: ["reset", "comment", "out-of-service"],
  shelved: ["unshelve", "comment", "out-of-service"],
  suppressed: ["shelve", "comment", "out-of-service"],
  "out-of-service": ["in-service", "comment"],
};

/** What an operator may do with an alarm, first what it asks for. */
export const actsOf = (state: AlarmState): readonly Act[] => ACTS[state];

export const waits = (state: AlarmState): boolean => state === "unacknowledged" || state === "returned";

const KEYS: Record<string, Act> = { a: "acknowledge", s: "shelve", c: "comment" };

/** What a key does in the list. */
export function actOfKey(key: string, state: AlarmState): Act | undefined {
  const act = KEYS[key.toLowerCase()];
  return act && actsOf(state).includes(act) ? act : undefined;
}

/** Where a key leads in a list of so many rows; undefined where it leads nowhere. */
export function moveOfKey(key: string, at: number, count: number): number | undefined {
  const last = count - 1;
  const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last, PageDown: at + 10, PageUp: at - 10 };
  const to = steps[key];
  return to === undefined || count === 0 ? undefined : Math.min(Math.max(to, 0), last);
}

/** The most urgent priority of which any waits. */
export function worstWaiting(waiting: Record<Priority, number>): Priority | undefined {
  return PRIORITIES.find((priority) => waiting[priority] > 0);
}

/** Acts that need a word with them; the others are done at once. */
export const ASKS: readonly Act[] = ["acknowledge", "shelve", "comment", "out-of-service"];
/** Acts that need a reason. */
export const NEEDS_REASON: readonly Act[] = ["shelve", "comment", "out-of-service"];

/** What an alarm is of, in words. */
export const placeOf = (alarm: Alarm): string => alarm.entity_name ?? alarm.entity.replace(/^urn:ngsi-ld:/, "");
