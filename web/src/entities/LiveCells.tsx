/** Table cells that follow the live stream one by one. */

import { Age } from "@/components/Age.tsx";
import { LiveNumber } from "@/components/LiveNumber.tsx";
import { StateMark, stateOf } from "@/components/StateMark.tsx";
import { unitSymbol } from "@/format/units.ts";
import { formatValue } from "@/format/values.ts";
import { useCell, useStale } from "@/live/hooks.ts";
import { useLocale } from "@/shell/preferences.ts";

import type { EntityRow } from "./rows.ts";

export function ValueCell({ row, attribute, unit }: { row: EntityRow; attribute: string; unit: string | null }) {
  const locale = useLocale();
  const cell = useCell(row.id, attribute);
  const stale = useStale(row.id) ?? row.stale;
  const value = cell?.value ?? row.values[attribute];
  const symbol = unitSymbol(unit);
  if (value === null || value === undefined) return <span className="soft">–</span>;
  return <LiveNumber className={stale ? "value-stale" : ""} text={formatValue(value, locale, symbol !== "")} unit={symbol} />;
}

export function StateCell({ row, attribute }: { row: EntityRow; attribute: string | undefined }) {
  const cell = useCell(row.id, attribute ?? "");
  const stale = useStale(row.id) ?? row.stale;
  return <StateMark state={stateOf(cell?.quality ?? row.quality, stale)} />;
}

export function AgeCell({ row, attribute }: { row: EntityRow; attribute: string | undefined }) {
  const cell = useCell(row.id, attribute ?? "");
  return <Age at={cell?.observedAt ?? row.observedAt} clock="plant" />;
}
