/** What the sewage solution's routes answer; see `profile.py` and `what_if.py`. */

export interface Station {
  id: string;
  entity: string;
  kind: string;
  at: number;
  invert: number;
  ground: number;
  level: number;
}

export interface Reach {
  id: string;
  entity: string;
  kind: string;
  start: number;
  end: number;
  bottom: readonly [number, number];
  height: number;
  filling: number | null;
}

export interface Profile {
  start: string;
  stations: readonly Station[];
  reaches: readonly Reach[];
  ways: readonly { id: string; length: number }[];
  gates: readonly string[];
  at: number | null;
}

export interface Changes {
  rain: number;
  storm: number | null;
  storm_hours: number;
  gates: Record<string, number>;
  blocked: readonly string[];
  controlled: boolean;
  hours: number;
}

export interface Course {
  overflow: number;
  flood: number;
  overflow_in: number | null;
  flood_in: number | null;
  outfalls: readonly { id: string; volume: number }[];
  nodes: readonly { id: string; volume: number }[];
  rates: readonly number[];
}

export interface Compared {
  times: readonly number[];
  rain: readonly number[];
  as_it_is: Course;
  changed: Course;
}
