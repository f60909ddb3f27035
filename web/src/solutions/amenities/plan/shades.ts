/** How buildings are coloured: classes with a colour, words and, where it matters, a hatch. */

import type { Result } from "./types.ts";

export const SHOWN = ["people", "before", "after", "change", "catchments"] as const;
export type Shown = (typeof SHOWN)[number];

/** One class: values up to `to` have it. */
export interface Class {
  to: number;
  color: string;
  /** Also hatched, so that colour is not the only sign. */
  hatch?: boolean;
}

export interface Shade {
  color: string;
  hatch: boolean;
  label: string;
}

const NEAR = ["#08519c", "#4292c6", "#9ecae1"];
const FAR = ["#f2c14e", "#e08214", "#a3480b"];
const PEOPLE = ["#c6dbef", "#85b7dc", "#4292c6", "#1565a8", "#08306b"];
/** For those whom no place is in reach of. */
export const UNREACHED: Class = { to: Infinity, color: "#8b1a1a", hatch: true };
const SITES = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442"];

/** Walks in minutes against the goal; beyond it from yellow to brown. */
export function walkClasses(goal: number): Class[] {
  const colors = [...NEAR, ...FAR];
  return [Math.round(goal / 3), Math.round((goal * 2) / 3), goal, goal * 1.5, goal * 2, Infinity].map((to, k) => ({ to, color: colors[k]! }));
}

/** Change of a walk in minutes: less than zero is a gain. */
export const CHANGES: readonly Class[] = [
  { to: -5, color: "#1c5fa5" },
  { to: -2, color: "#5aa2d8" },
  { to: -0.5, color: "#a6cfea" },
  { to: 0.5, color: "#8a929a" },
  { to: 2, color: "#fdae6b", hatch: true },
  { to: 5, color: "#e6550d", hatch: true },
  { to: Infinity, color: "#a63603", hatch: true },
];

export const CROWDS: readonly Class[] = [2, 5, 10, 40, Infinity].map((to, k) => ({ to, color: PEOPLE[k]! }));

export function classOf(value: number, classes: readonly Class[]): Class {
  return classes.find(({ to }) => value <= to) ?? classes.at(-1)!;
}

export const siteColor = (index: number) => SITES[index % SITES.length]!;

/** A, B … Z, AA …: what a site is called on the map. */
export function letter(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : letter(Math.floor(index / 26) - 1) + last;
}

/** Change of one walk; −∞ where a place came into reach, +∞ where the last one went, null where none ever was. */
export function changeOf(before: number | null, after: number | null): number | null {
  if (before === null) return after === null ? null : -Infinity;
  return after === null ? Infinity : after - before;
}

function changeLabel(change: number): string {
  if (!Number.isFinite(change)) return change < 0 ? "+" : "!";
  const whole = Math.round(change);
  return whole === 0 ? "" : whole < 0 ? `−${-whole}` : `+${whole}`;
}

type Walks = Pick<Result, "walk_before" | "walk_after" | "nearest">;

const shade = ({ color, hatch = false }: Class, label: string): Shade => ({ color, hatch, label });

function walkShade(walk: number | null, goal: number): Shade {
  return walk === null ? shade(UNREACHED, "–") : shade(classOf(walk, walkClasses(goal)), String(Math.round(walk)));
}

/** The shade of the building at `index` of a result. */
export function shadeOf(shown: Exclude<Shown, "people">, { walk_before, walk_after, nearest }: Walks, index: number, goal: number): Shade {
  const before = walk_before[index] ?? null;
  const after = walk_after[index] ?? null;
  if (shown === "before") return walkShade(before, goal);
  if (shown === "after") return walkShade(after, goal);
  if (shown === "change") {
    const change = changeOf(before, after);
    return change === null ? shade(UNREACHED, "–") : shade(classOf(change, CHANGES), changeLabel(change));
  }
  const site = nearest[index] ?? null;
  return site === null ? shade(UNREACHED, "–") : { color: siteColor(site), hatch: false, label: letter(site) };
}

export function crowdShade(people: number): Shade {
  return shade(classOf(people, CROWDS), String(Math.round(people)));
}
