/** A type's snapshot as rows of a table. */

import type { TypeColumns } from "@/api/types.ts";
import { shortId } from "@/routing/route.ts";

export interface EntityRow {
  id: string;
  name: string;
  type: string;
  quality: 0 | 1 | 2;
  stale: boolean;
  /** Milliseconds since the epoch; null where nothing was observed. */
  observedAt: number | null;
  values: Record<string, unknown>;
}

const MOST_COLUMNS = 5;

/** Attributes that fit in a table: simple values that at least one entity has. */
export function shownColumns({ values }: TypeColumns, first?: string): string[] {
  const simple = (value: unknown) => value !== null && value !== undefined && typeof value !== "object";
  const names = Object.keys(values).filter((name) => values[name]?.some(simple));
  return names.sort((a, b) => Number(b === first) - Number(a === first)).slice(0, MOST_COLUMNS);
}

export function rowsOf(columns: TypeColumns, first?: string): EntityRow[] {
  const names = shownColumns(columns, first);
  return columns.ids.map((id, index) => {
    const at = columns.observedAt[index];
    return {
      id,
      name: columns.names[index] ?? shortId(id),
      type: columns.type,
      quality: columns.quality[index] ?? 0,
      stale: columns.stale[index] ?? false,
      observedAt: at ? Date.parse(at) : null,
      values: Object.fromEntries(names.map((name) => [name, columns.values[name]?.[index] ?? null])),
    };
  });
}
