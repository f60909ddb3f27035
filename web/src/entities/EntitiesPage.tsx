import { useQuery } from "@tanstack/react-query";

import * as queries from "@/api/queries.ts";
import type { TypeCount } from "@/api/types.ts";
import { Glyph } from "@/components/Glyph.tsx";
import { LoadError, Loading, Notice } from "@/components/Notice.tsx";
import { Section } from "@/components/Section.tsx";
import { formatCount } from "@/format/values.ts";
import { useT, useTerm } from "@/i18n/translate.ts";
import { useWatch } from "@/live/hooks.ts";
import { Link } from "@/routing/Link.tsx";
import { useParam } from "@/routing/location.ts";
import { useLocale } from "@/shell/preferences.ts";

import { TypeTable } from "./TypeTables.tsx";
import "./entities.css";

function TypeList({ types, chosen }: { types: readonly TypeCount[]; chosen: string }) {
  const t = useT();
  const term = useTerm();
  const locale = useLocale();
  return (
    <Section title={t("entities.types")}>
      <nav className="type-list" aria-label={t("entities.types")}>
        <ul>
          {types.map(({ type, title, count }) => (
            <li key={type}>
              <Link to={`/entities?type=${encodeURIComponent(type)}`} aria-current={type === chosen ? "true" : undefined}>
                <Glyph type={type} />
                {term(type, title)}
                <span className="number soft">{formatCount(count, locale)}</span>
              </Link>
            </li>
          ))}
        </ul>
      </nav>
    </Section>
  );
}

export default function EntitiesPage() {
  const t = useT();
  const wanted = useParam("type");
  const { data, error, refetch } = useQuery(queries.types());
  const chosen = wanted ?? data?.[0]?.type;
  useWatch(chosen ? [chosen] : [], []);
  if (error && !data) return <LoadError what={t("entities.title")} error={error} retry={() => void refetch()} />;
  if (!data) return <Loading what={t("entities.title")} />;
  if (!chosen) return <Notice page title={t("map.noEntities")}>{t("map.noEntitiesDo")}</Notice>;
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("entities.title")}</h1>
      </header>
      <div className="entities-page">
        <TypeList types={data} chosen={chosen} />
        <TypeTable key={chosen} type={chosen} />
      </div>
    </div>
  );
}
