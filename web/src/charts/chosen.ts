/** What the page of charts holds in its address: series, and the period that they are compared with. */

export interface Chosen {
  entity: string;
  attribute: string;
}

const MOST = 12;
const MARK = "~";

const HOUR_MS = 3_600_000;
/** How much earlier the other period is [ms]. */
export const EARLIER = { day: 24 * HOUR_MS, week: 168 * HOUR_MS, year: 364 * 24 * HOUR_MS } as const;
export type Earlier = keyof typeof EARLIER;
export const EARLIERS = Object.keys(EARLIER) as Earlier[];

export const earlierOf = (text: string | null): Earlier | null => EARLIERS.find((each) => each === text) ?? null;

/** `<entity>~<attribute>` separated by spaces; what is neither is left out, and what stands twice. */
export function chosenOf(text: string | null): Chosen[] {
  const parts = [...new Set((text ?? "").split(" "))].map((part) => {
    const at = part.lastIndexOf(MARK);
    return { entity: part.slice(0, Math.max(at, 0)), attribute: part.slice(at + 1) };
  });
  return parts.filter(({ entity, attribute }) => entity && attribute).slice(0, MOST);
}

export function chosenText(chosen: readonly Chosen[]): string | null {
  return chosenOf(chosen.map(({ entity, attribute }) => `${entity}${MARK}${attribute}`).join(" ")).map(({ entity, attribute }) => `${entity}${MARK}${attribute}`).join(" ") || null;
}

export const isFull = (chosen: readonly Chosen[]): boolean => chosen.length >= MOST;

/** The address of the page with one series. */
export function chartPath(entity: string, attribute: string): string {
  return `/charts?${new URLSearchParams({ s: chosenText([{ entity, attribute }]) ?? "" }).toString()}`;
}

/** The range moved by a part of its length, or made longer (`grow` over 1) or shorter about its middle. */
export function moved(start: number, end: number, by: number, grow = 1): [start: number, end: number] {
  const length = (end - start) * grow;
  const middle = (start + end) / 2 + (end - start) * by;
  return [middle - length / 2, middle + length / 2];
}
