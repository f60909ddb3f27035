import type { ReactNode } from "react";

/** One column: its head, and what each row has there. */
export interface Column<Row> {
  title: string;
  cell: (row: Row) => ReactNode;
  /** Aligned by its last digit. */
  number?: boolean;
  /** The head is for screen readers alone, as over buttons. */
  quiet?: boolean;
  className?: (row: Row) => string | undefined;
}

interface Props<Row> {
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
}

/** Rows of one kind, by a table of their columns. */
export function Table<Row>({ columns, rows, keyOf }: Props<Row>) {
  const classes = (column: Column<Row>, row?: Row) => [column.number && "number", row !== undefined && column.className?.(row)].filter(Boolean).join(" ") || undefined;
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" className={classes(column)}>
                {column.quiet ? <span className="visually-hidden">{column.title}</span> : column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column) => (
                <td key={column.title} className={classes(column, row)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
