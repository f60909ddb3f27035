/** A stretch of the past that the map plays: which, where in it, how fast. The address holds all of it. */

/** Milliseconds since the epoch. */
export interface Replay {
  start: number;
  end: number;
  /** What is shown. */
  at: number;
  /** Seconds of the past in a second. */
  rate: number;
}

export const RATES = [60, 600, 3600, 21_600] as const;
const USUAL_RATE = 600;
/** Moments in a stretch, unless it is so short that they would be closer than a second. */
const MOMENTS = 288;
/** Moments that are fetched at once. */
export const PAGE = 48;

export function replayOf(text: string | null, at: string | null, rate: string | null): Replay | null {
  const [start = NaN, end = NaN] = (text ?? "").split("/").map((each) => Date.parse(each));
  if (!(start < end)) return null;
  const wanted = Date.parse(at ?? "");
  const known = RATES.find((each) => String(each) === rate);
  return { start, end, at: Number.isNaN(wanted) ? start : Math.min(Math.max(wanted, start), end), rate: known ?? USUAL_RATE };
}

const seconds = (time: number) => `${new Date(time).toISOString().slice(0, 19)}Z`;

/** Its part of the address; of none: nothing. */
export function replayParams(replay: Replay | null): Record<string, string | null> {
  if (!replay) return { replay: null, t: null, rate: null };
  const { start, end, at, rate } = replay;
  return { replay: `${seconds(start)}/${seconds(end)}`, t: at === start ? null : seconds(at), rate: rate === USUAL_RATE ? null : String(rate) };
}

/** Distance of moments in milliseconds, whole seconds. */
export function stepOf({ start, end }: Replay): number {
  return Math.max(1000, Math.ceil((end - start) / MOMENTS / 1000) * 1000);
}

/** The moment shown, counted from the start. */
export const momentOf = (replay: Replay): number => Math.floor((replay.at - replay.start) / stepOf(replay));

/** Where it is after `elapsed` milliseconds; it stays at its end. */
export function advanced(replay: Replay, elapsed: number): Replay {
  return { ...replay, at: Math.min(replay.end, replay.at + elapsed * replay.rate) };
}
