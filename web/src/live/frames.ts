/** The frames of /api/v1/live, as they come over the wire. */

import type { QualityLevel } from "@/api/types.ts";

export type DeltaRow = [
  handle: number,
  attribute: number,
  value: unknown,
  observedAtMs: number | null,
  quality: QualityLevel,
];

export type Frame =
  | { op: "hello"; now: string; speed: number }
  | {
      op: "names";
      entities: [handle: number, id: string, type: string, name: string | null][];
      attributes: [index: number, name: string, unit: string | null][];
    }
  | { op: "delta"; at: number; now: string; rows: DeltaRow[] }
  | { op: "gone"; entities: number[] }
  | { op: "clock"; now: string; speed: number }
  | { op: "stale"; rows: [handle: number, stale: boolean][] };

export interface Watch {
  types: string[];
  entities: string[];
  all: boolean;
}
