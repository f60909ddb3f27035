/** A forecast curve: `{"at": [ISO 8601 …], "<any name>": [numbers …], "uncertainty": [standard deviations …]}`. */

export interface Outlook {
  /** Seconds since the epoch, rising. */
  t: number[];
  mean: number[];
  /** Edges of the band that holds the truth nine times in ten, if errors are normal; null where it tells no spread. */
  low: number[] | null;
  high: number[] | null;
}

/** The standard normal's 95th percentile. */
const NINETY_PERCENT = 1.6449;

const isNumbers = (value: unknown): value is number[] => Array.isArray(value) && value.every((each) => typeof each === "number" && Number.isFinite(each));

function timesOf(value: unknown): number[] | null {
  if (!Array.isArray(value)) return null;
  const times = value.map((each) => (typeof each === "string" ? Date.parse(each) / 1000 : NaN));
  return times.every((time, index) => time > (times[index - 1] ?? -Infinity)) ? times : null;
}

/** The curve, or null where the value is none. */
export function outlookOf(value: unknown): Outlook | null {
  if (typeof value !== "object" || value === null) return null;
  const { at, uncertainty, ...curves } = value as Record<string, unknown>;
  const t = timesOf(at);
  const mean = Object.values(curves).find(isNumbers);
  if (!t || t.length === 0 || mean?.length !== t.length) return null;
  if (uncertainty === undefined) return { t, mean, low: null, high: null };
  if (!isNumbers(uncertainty) || uncertainty.length !== t.length || uncertainty.some((sd) => sd < 0)) return null;
  const edge = (sign: number) => mean.map((each, index) => each + sign * NINETY_PERCENT * uncertainty[index]!);
  return { t, mean, low: edge(-1), high: edge(1) };
}
