/** What the endpoints below `/api/v1/solutions/amenities/` take and answer. */

import type { Position } from "@/api/types.ts";

export const MODELS = ["p-median", "mclp", "p-center", "backup", "lscp"] as const;
export type Model = (typeof MODELS)[number];

export const STATUSES = ["free", "kept", "forbidden"] as const;
export type CandidateStatus = (typeof STATUSES)[number];

export const FLOORS = ["share", "groups", "tail"] as const;

export interface Place {
  id: string;
  name: string;
  lon: number;
  lat: number;
  capacity: number | null;
}

export interface Kind {
  name: string;
  title: string;
  /** Minutes on foot within which everybody should have one. */
  goal: number;
  /** Age groups; empty: everybody. */
  serves: string[];
  places: Place[];
}

export interface Means {
  kinds: Kind[];
  groups: Record<string, number>;
  neighbourhoods: Record<string, number>;
  models: string[];
  pieces: string[];
}

export interface Travel {
  by: "network" | "distance";
  /** Metres a second, as the crow flies. */
  speed: number;
  shade: boolean;
  /** Minutes. */
  limit: number | null;
}

export interface Candidate {
  name: string;
  lon: number;
  lat: number;
  cost: number;
  status: CandidateStatus;
}

export interface Floor {
  kind: (typeof FLOORS)[number];
  /** Of the people, 0 to 1. */
  share: number;
  minutes: number;
}

export interface Draft {
  name: string;
  kind: string;
  note: string;
  who: string[];
  where: string[];
  travel: Travel;
  candidates: Candidate[];
  close: string[];
  model: Model;
  p: number | null;
  budget: number | null;
  radius: number | null;
  floors: Floor[];
  open_at: string | null;
  seconds: number;
}

export interface Site {
  id: string | null;
  name: string;
  lon: number;
  lat: number;
  new: boolean;
  people: number;
  cost: number;
  loss: number | null;
}

/** Walks in minutes; null where nobody can get there. */
export interface Spread {
  people: number;
  mean: number | null;
  gini: number;
  worst_decile: number | null;
  p90: number | null;
  without: number;
}

export interface Standing {
  town: Spread;
  neighbourhoods: Record<string, Spread>;
  groups: Record<string, Spread>;
  within: number;
}

export interface Shift {
  people: number;
  gain: number;
  lose: number;
  minutes: number;
}

export interface Other {
  sites: string[];
  objective: number;
  worse: number;
  at: Position[];
}

export interface Result {
  at: string;
  seconds: number;
  objective: number;
  bound: number;
  gap: number;
  unit: string;
  status: string;
  proof: string;
  sites: Site[];
  closed: string[];
  spent: number;
  people: number;
  before: Standing;
  after: Standing;
  neighbourhoods: Record<string, Shift>;
  groups: Record<string, Shift>;
  buildings: string[];
  walk_before: (number | null)[];
  walk_after: (number | null)[];
  nearest: (number | null)[];
  others: Other[];
  notes: string[];
}

export interface Scenario {
  id: string;
  created: string;
  draft: Draft;
  result: Result | null;
}

export interface Brief {
  id: string;
  name: string;
  kind: string;
  created: string;
  model: Model;
  objective: number | null;
  gap: number | null;
  unit: string | null;
  new: number | null;
}

export interface Comparison {
  today: Standing;
  scenarios: { brief: Brief; spent: number; after: Standing; neighbourhoods: Record<string, Shift>; groups: Record<string, Shift>; sites: Site[] }[];
  notes: string[];
}
