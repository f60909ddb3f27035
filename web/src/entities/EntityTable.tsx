import { type ColumnDef, type SortingState, flexRender, getCoreRowModel, getFilteredRowModel, getPaginationRowModel, getSortedRowModel, useReactTable } from "@tanstack/react-table";
import { useMemo, useState } from "react";

import type { TypeColumns } from "@/api/types.ts";
import { Button } from "@/components/Button.tsx";
import { Icon } from "@/components/Icon.tsx";
import { Notice } from "@/components/Notice.tsx";
import { formatCount } from "@/format/values.ts";
import { useT, useTerm } from "@/i18n/translate.ts";
import { useColorings } from "@/map/colorings.ts";
import { Link } from "@/routing/Link.tsx";
import { entityPath } from "@/routing/route.ts";
import { useLocale } from "@/shell/preferences.ts";

import "./entities.css";
import { AgeCell, StateCell, ValueCell } from "./LiveCells.tsx";
import { type EntityRow, rowsOf, shownColumns } from "./rows.ts";

const PAGE = 50;
const numeric = (columns: TypeColumns, name: string) => columns.values[name]?.some((value) => typeof value === "number") ?? false;

function useColumns(columns: TypeColumns, preferred: string | undefined): ColumnDef<EntityRow>[] {
  const t = useT();
  const term = useTerm();
  return useMemo(() => {
    const names = shownColumns(columns, preferred);
    const first = names[0];
    return [
      { id: "name", header: t("entities.name"), accessorFn: (row) => row.name, sortingFn: "alphanumeric", cell: ({ row }) => <Link to={entityPath(row.original.id)}>{row.original.name}</Link> },
      { id: "state", header: t("entities.state"), accessorFn: (row) => (row.stale ? 3 : row.quality), enableGlobalFilter: false, cell: ({ row }) => <StateCell row={row.original} attribute={first} /> },
      ...names.map((name): ColumnDef<EntityRow> => ({
        id: name,
        header: term(name),
        accessorFn: (row) => row.values[name],
        enableGlobalFilter: false,
        meta: { number: numeric(columns, name) },
        cell: ({ row }) => <ValueCell row={row.original} attribute={name} unit={columns.units[name] ?? null} />,
      })),
      { id: "last", header: t("entities.last"), accessorFn: (row) => row.observedAt ?? 0, enableGlobalFilter: false, cell: ({ row }) => <AgeCell row={row.original} attribute={first} /> },
    ];
  }, [columns, preferred, t, term]);
}

const isNumber = (meta: unknown) => (meta as { number?: boolean } | undefined)?.number === true;

/** All entities of a type: filter, sort, pages; each shown value is live. */
export function EntityTable({ columns: snapshot, label }: { columns: TypeColumns; label: string }) {
  const t = useT();
  const locale = useLocale();
  const [filter, setFilter] = useState("");
  const [sorting, setSorting] = useState<SortingState>([]);
  const preferred = useColorings().attributes.get(snapshot.type);
  const data = useMemo(() => rowsOf(snapshot, preferred), [snapshot, preferred]);
  const columns = useColumns(snapshot, preferred);
  const table = useReactTable({
    data,
    columns,
    state: { globalFilter: filter, sorting },
    onGlobalFilterChange: setFilter,
    onSortingChange: setSorting,
    globalFilterFn: (row, _, text: string) => `${row.original.name} ${row.original.id}`.toLowerCase().includes(text.toLowerCase()),
    initialState: { pagination: { pageSize: PAGE } },
    autoResetPageIndex: false,
    getCoreRowModel: getCoreRowModel(),
    getFilteredRowModel: getFilteredRowModel(),
    getSortedRowModel: getSortedRowModel(),
    getPaginationRowModel: getPaginationRowModel(),
  });
  const count = table.getFilteredRowModel().rows.length;
  const { pageIndex } = table.getState().pagination;
  const number = (value: number) => formatCount(value, locale);
  return (
    <>
      <div className="table-tools">
        <input className="input" type="search" placeholder={t("entities.filter")} aria-label={t("entities.filter")} value={filter} onChange={(event) => { setFilter(event.target.value); table.setPageIndex(0); }} />
        <span className="soft" role="status">{t("entities.count", { count: number(count) })}</span>
      </div>
      {count === 0 ? (
        <Notice title={t("entities.none")}>{t("entities.noneDo")}</Notice>
      ) : (
        <div className="table-scroll" tabIndex={0} role="region" aria-label={label}>
          <table className="table">
            <thead>
              {table.getHeaderGroups().map((group) => (
                <tr key={group.id}>
                  {group.headers.map((header) => {
                    const sorted = header.column.getIsSorted();
                    const title = String(header.column.columnDef.header);
                    return (
                      <th key={header.id} scope="col" className={isNumber(header.column.columnDef.meta) ? "number" : ""} aria-sort={sorted ? (sorted === "asc" ? "ascending" : "descending") : "none"}>
                        <button type="button" className="sort" title={t("entities.sortBy", { column: title })} onClick={header.column.getToggleSortingHandler()}>
                          {title}
                          {sorted && <Icon name={sorted === "asc" ? "up" : "down"} size={12} />}
                        </button>
                      </th>
                    );
                  })}
                </tr>
              ))}
            </thead>
            <tbody>
              {table.getRowModel().rows.map((row) => (
                <tr key={row.id}>
                  {row.getVisibleCells().map((cell) => (
                    <td key={cell.id} className={isNumber(cell.column.columnDef.meta) ? "number" : ""}>
                      {flexRender(cell.column.columnDef.cell, cell.getContext())}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {count > PAGE && (
        <div className="table-pages">
          <Button onClick={() => table.previousPage()} disabled={!table.getCanPreviousPage()}>{t("entities.previous")}</Button>
          <span>{t("entities.page", { from: number(pageIndex * PAGE + 1), to: number(Math.min(count, (pageIndex + 1) * PAGE)), count: number(count) })}</span>
          <Button onClick={() => table.nextPage()} disabled={!table.getCanNextPage()}>{t("entities.next")}</Button>
        </div>
      )}
    </>
  );
}
