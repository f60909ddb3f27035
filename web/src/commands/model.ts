/** What an operator may do with an actuator, and how its commands stand. */

import type { CommandState, CommandView, Faceplate, Mode, Setting } from "@/api/types.ts";

export const MODES: readonly Mode[] = ["shadow", "manual", "advisory", "automatic"];

/** The way of a command that goes well. */
export const WAY: readonly CommandState[] = ["requested", "authorised", "checked", "sent", "accepted", "confirmed"];

const GOOD: readonly CommandState[] = ["confirmed", "logged"];
const UNDER_WAY: readonly CommandState[] = [...WAY.slice(0, -1), "waiting"];

/** How a state is to be looked at: well ended, badly ended, or not ended. */
export function lookOf(state: CommandState): "good" | "bad" | "open" {
  if (GOOD.includes(state)) return "good";
  return UNDER_WAY.includes(state) ? "open" : "bad";
}

/** Why a setting cannot be wanted now, each reason once. */
export function refusals(plate: Faceplate, value: Setting): string[] {
  return plate.interlocks.flatMap(({ refuses }) => refuses.filter((one) => one.value === value).map(({ words }) => words));
}

/** The last command that can be taken back at a touch. */
export function undoable(plate: Faceplate): CommandView | undefined {
  const last = plate.history[0];
  return plate.undo_within > 0 && last && last.undo_refused === null ? last : undefined;
}

/** Whether two settings are the same, numbers within the actuator's tolerance. */
export function isAt(plate: Faceplate, value: Setting): boolean {
  if (typeof value === "number" && typeof plate.setting === "number") return Math.abs(value - plate.setting) <= plate.tolerance;
  return value === plate.setting;
}

export const nameOf = (plate: Faceplate): string => plate.name ?? plate.entity.replace(/^urn:ngsi-ld:/, "");

/** A name for a new command, so that asking again is no second command. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
