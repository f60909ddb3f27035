import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { Problem } from "@/api/client.ts";
import * as queries from "@/api/queries.ts";
import type { AttributeView, EntityView } from "@/api/types.ts";
import { Control } from "@/commands/Control.tsx";
import { Button } from "@/components/Button.tsx";
import { Glyph } from "@/components/Glyph.tsx";
import { Icon } from "@/components/Icon.tsx";
import { LoadError, Loading, Notice } from "@/components/Notice.tsx";
import { Section } from "@/components/Section.tsx";
import { formatTime } from "@/format/times.ts";
import { HistorySection } from "@/history/HistorySection.tsx";
import { useT, useTerm } from "@/i18n/translate.ts";
import { useOnStaleFlip, useWatch } from "@/live/hooks.ts";
import { live } from "@/live/store.ts";
import { Link } from "@/routing/Link.tsx";
import { setParams, useParam } from "@/routing/location.ts";
import { entityPath, onMapPath, shortId } from "@/routing/route.ts";
import { useLocale } from "@/shell/preferences.ts";

import { AttributeTable } from "./AttributeTable.tsx";
import { shownAttributes } from "./attributes.ts";
import "./entity.css";

function CopyId({ id }: { id: string }) {
  const t = useT();
  const [copied, setCopied] = useState(false);
  return (
    <Button icon="copy" kind="quiet" onClick={() => void navigator.clipboard.writeText(id).then(() => setCopied(true))}>
      {copied ? t("entity.copied") : t("entity.copyId")}
    </Button>
  );
}

function Head({ entity }: { entity: EntityView }) {
  const t = useT();
  const term = useTerm();
  const type = entity.types[0] ?? "";
  return (
    <header className="entity-head">
      <div>
        <h1>{entity.title}</h1>
        <p className="entity-type">
          <Glyph type={type} /> {entity.types.map((each) => term(each)).join(", ")}
          <code className="soft">{entity.id}</code>
        </p>
      </div>
      <div className="entity-actions">
        <CopyId id={entity.id} />
        {entity.location && (
          <Link className="button" to={onMapPath(entity.id)}>
            <Icon name="pin" /> {t("entity.onMap")}
          </Link>
        )}
      </div>
    </header>
  );
}

function Relations({ relations }: { relations: EntityView["relations"] }) {
  const t = useT();
  const term = useTerm();
  return (
    <Section title={t("entity.relations")}>
      {relations.length === 0 ? (
        <p className="soft section-none">{t("entity.noRelations")}</p>
      ) : (
        <ul className="relations">
          {relations.map(({ name, target, title }) => (
            <li key={`${name}/${target}`}>
              <span className="soft">{term(name, title)}</span> <Link to={entityPath(target)}>{live.find(target)?.name ?? shortId(target)}</Link>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function Facts({ entity }: { entity: EntityView }) {
  const t = useT();
  const locale = useLocale();
  const at = (text: string | null) => (text ? formatTime(Date.parse(text), "full", locale) : "–");
  return (
    <dl className="facts small">
      <dt>{t("entity.scope")}</dt>
      <dd>{entity.scope.join(", ") || "–"}</dd>
      <dt>{t("entity.created")}</dt>
      <dd>{at(entity.createdAt)}</dd>
      <dt>{t("entity.modified")}</dt>
      <dd>{at(entity.modifiedAt)}</dd>
      <dt>{t("clock.wall")}</dt>
      <dd>{t(`entity.clock.${entity.clock}`)}</dd>
    </dl>
  );
}

function chosenAttribute(attributes: readonly AttributeView[], wanted: string | null): AttributeView | undefined {
  const numeric = attributes.filter((each) => each.numeric);
  return numeric.find(({ name }) => name === wanted) ?? numeric.find(({ observedAt }) => observedAt !== null);
}

export default function EntityPage({ id }: { id: string }) {
  const t = useT();
  const { data, error, refetch } = useQuery(queries.entity(id));
  const wanted = useParam("attr");
  useWatch([], [id]);
  useOnStaleFlip(id, refetch);
  useEffect(() => {
    if (data) document.title = `${data.title} · Kota`;
    return () => {
      document.title = "Kota";
    };
  }, [data]);
  if (error instanceof Problem && error.status === 404) return <Notice page title={t("entity.notFound")}>{t("entity.notFoundDo")}</Notice>;
  if (error && !data) return <LoadError what={id} error={error} retry={() => void refetch()} />;
  if (!data) return <Loading what={id} />;
  const attributes = shownAttributes(data);
  const chosen = chosenAttribute(attributes, wanted);
  return (
    <div className="page">
      <Head entity={data} />
      {data.commandable && <Control id={data.id} />}
      <div className="entity-columns">
        <div className="stack entity-facts">
          <Section title={t("entity.attributes")}>
            <AttributeTable entity={data} attributes={attributes} chosen={chosen?.name ?? null} onChoose={(attr) => setParams({ attr })} />
          </Section>
          <Relations relations={data.relations} />
          <Facts entity={data} />
        </div>
        <HistorySection entity={data} attribute={chosen} />
      </div>
    </div>
  );
}
