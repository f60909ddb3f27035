/** The shown stretch of time: one of the presets that follow now, or a fixed one. */

export const PRESETS = { "1h": 3600, "6h": 21_600, "24h": 86_400, "7d": 604_800, "30d": 2_592_000 } as const;
export type Preset = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as Preset[];
export const USUAL: Preset = "24h";

/** Milliseconds since the epoch; `preset` is null for a fixed range. */
export interface Range {
  preset: Preset | null;
  start: number;
  end: number;
}

/** Seconds of wall time between two requests of a range that follows now, however fast the plant runs. */
const REST_S = 15;
/** And no oftener than so many times in its length. */
const STEPS = 240;

/** The end [ms since the epoch] of a range of `length` [ms] that follows `now` in steps, for a clock at `speed`. */
export function steppedEnd(now: number, length: number, speed: number): number {
  const step = Math.max(REST_S * 1000 * Math.max(1, speed), length / STEPS);
  return Math.ceil(now / step) * step;
}

const isPreset = (text: string | null): text is Preset => text !== null && text in PRESETS;

export function rangeOf(preset: string | null, from: string | null, to: string | null, now: number): Range {
  const start = Date.parse(from ?? "");
  const end = Date.parse(to ?? "");
  if (start < end) return { preset: null, start, end };
  const name = isPreset(preset) ? preset : USUAL;
  return { preset: name, start: now - PRESETS[name] * 1000, end: now };
}

/** A preset's part of the address. */
export function presetParams(preset: Preset): Record<string, string | null> {
  return { range: preset === USUAL ? null : preset, from: null, to: null };
}

export function fixedParams(start: number, end: number): Record<string, string | null> {
  const text = (time: number) => new Date(time).toISOString().slice(0, 19) + "Z";
  return { range: null, from: text(start), to: text(end) };
}
