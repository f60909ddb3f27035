import { useQuery } from "@tanstack/react-query";

import * as queries from "@/api/queries.ts";
import type { PanelTable, TableCell, TableRow } from "@/api/types.ts";
import { LiveNumber } from "@/components/LiveNumber.tsx";
import { LoadError, Loading } from "@/components/Notice.tsx";
import { Section } from "@/components/Section.tsx";
import { StateMark, stateOf } from "@/components/StateMark.tsx";
import { type Column, Table } from "@/components/Table.tsx";
import { formatTime } from "@/format/times.ts";
import { unitSymbol } from "@/format/units.ts";
import { formatCount, formatValue } from "@/format/values.ts";
import { usePhrase } from "@/i18n/phrases.ts";
import { useT } from "@/i18n/translate.ts";
import { useCell, useWatch } from "@/live/hooks.ts";
import { Link } from "@/routing/Link.tsx";
import { entityPath } from "@/routing/route.ts";
import { useLocale } from "@/shell/preferences.ts";

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** The newer of the fetched cell and the live one, with its state where that is not good. */
function Value({ row, attribute, cell }: { row: TableRow; attribute: string; cell: TableCell }) {
  const locale = useLocale();
  const phrase = usePhrase();
  const heard = useCell(row.id, attribute);
  const fetchedAt = cell.observedAt === null ? 0 : Date.parse(cell.observedAt);
  const newer = heard && !heard.seeded && (heard.observedAt ?? 0) > fetchedAt ? heard : null;
  const value = newer ? newer.value : cell.value;
  const state = stateOf(newer?.quality ?? cell.quality, newer ? false : cell.stale);
  if (cell.link !== null) return <Link to={entityPath(cell.link)}>{String(cell.value)}</Link>;
  if (typeof value === "string") return <>{INSTANT.test(value) ? formatTime(Date.parse(value), "full", locale) : phrase(value)}</>;
  const text = formatValue(value, locale, cell.observedAt !== null);
  return (
    <>
      {state !== "good" && <StateMark state={state} />} <LiveNumber className={state === "stale" ? "value-stale" : ""} text={text} unit={unitSymbol(cell.unit)} />
    </>
  );
}

/** One table of a panel. */
export function PanelTableView({ solution, table }: { solution: string; table: PanelTable }) {
  const t = useT();
  const phrase = usePhrase();
  const locale = useLocale();
  const title = phrase(table.title);
  const { data, error, refetch } = useQuery(queries.panelTable(solution, table.id));
  useWatch([], data?.rows.map(({ id }) => id) ?? []);
  if (error && !data) return <LoadError what={title} error={error} retry={() => void refetch()} />;
  if (!data) return <Loading what={title} />;
  const columns: Column<TableRow>[] = [
    { title: t("entities.name"), cell: ({ id, title: name }) => <Link to={entityPath(id)}>{name}</Link> },
    ...table.columns.map(({ attribute, title: head }, index): Column<TableRow> => {
      const number = data.rows.some(({ cells }) => typeof cells[index]?.value === "number");
      return {
        title: phrase(head),
        number,
        cell: (row) => {
          const cell = row.cells[index];
          return cell ? <Value row={row} attribute={attribute} cell={cell} /> : <span className="soft">–</span>;
        },
      };
    }),
  ];
  return (
    <Section title={title}>
      {data.rows.length === 0 ? <p className="soft section-none">{t("systems.noRows")}</p> : <Table columns={columns} rows={data.rows} keyOf={({ id }) => id} />}
      {data.total > data.rows.length && <p className="soft small section-none">{t("systems.moreRows", { count: formatCount(data.rows.length, locale), total: formatCount(data.total, locale) })}</p>}
    </Section>
  );
}

/** Live lists of entities, as a solution's panel describes them. */
export function PanelTables({ solution, tables }: { solution: string; tables: readonly PanelTable[] }) {
  if (tables.length === 0) return null;
  return (
    <div className="system-charts">
      {tables.map((table) => (
        <PanelTableView key={table.id} solution={solution} table={table} />
      ))}
    </div>
  );
}
