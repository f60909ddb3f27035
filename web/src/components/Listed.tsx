import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { LoadError, Loading } from "./Notice.tsx";

interface Props<Row> {
  query: UseQueryResult<Row[]>;
  /** What is listed, for the person who waits. */
  what: string;
  /** Said where there is nothing. */
  none: string;
  children: (rows: readonly Row[]) => ReactNode;
}

/** A list from the server, or in its place that it comes, failed or is empty. */
export function Listed<Row>({ query: { data, error, refetch }, what, none, children }: Props<Row>) {
  if (!data) return error ? <LoadError what={what} error={error} retry={() => void refetch()} /> : <Loading what={what} />;
  return data.length === 0 ? <p className="soft section-none">{none}</p> : children(data);
}
