import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";

import * as queries from "@/api/queries.ts";
import type { TypeColumns } from "@/api/types.ts";
import { LoadError, Loading } from "@/components/Notice.tsx";
import { Section } from "@/components/Section.tsx";
import { useT, useTerm } from "@/i18n/translate.ts";
import { live } from "@/live/store.ts";
import { seed } from "@/map/type-model.ts";

import { EntityTable } from "./EntityTable.tsx";

const EMPTY: Omit<TypeColumns, "type"> = { ids: [], names: [], geometry: [], values: {}, units: {}, observedAt: [], quality: [], stale: [] };

/** The table of one type, its values seeded into the live store. */
export function TypeTable({ type }: { type: string }) {
  const t = useT();
  const term = useTerm();
  const types = useQuery(queries.types());
  const { data, error, refetch } = useQuery(queries.mapSnapshot([type]));
  const title = term(type, types.data?.find((each) => each.type === type)?.title);
  useEffect(() => data?.types.forEach((columns) => void seed(columns, live)), [data]);
  return (
    <Section title={title}>
      {error && !data && <LoadError what={title} error={error} retry={() => void refetch()} />}
      {!error && !data && <Loading what={title} />}
      {data && <EntityTable columns={data.types[0] ?? { type, ...EMPTY }} label={`${t("entities.title")}: ${title}`} />}
    </Section>
  );
}

/** What the map shows, as tables. */
export function TypeTables({ types }: { types: readonly string[] }) {
  return (
    <div className="stack">
      {types.map((type) => (
        <TypeTable key={type} type={type} />
      ))}
    </div>
  );
}
