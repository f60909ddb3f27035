import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";

import { Problem } from "@/api/client.ts";
import * as queries from "@/api/queries.ts";
import { IconButton } from "@/components/Button.tsx";
import { Glyph } from "@/components/Glyph.tsx";
import { LoadError, Loading, Notice } from "@/components/Notice.tsx";
import { AttributeTable } from "@/entity/AttributeTable.tsx";
import { shownAttributes } from "@/entity/attributes.ts";
import { useT, useTerm } from "@/i18n/translate.ts";
import { useOnStaleFlip, useWatch } from "@/live/hooks.ts";
import { Link } from "@/routing/Link.tsx";
import { setParams, useParam } from "@/routing/location.ts";
import { entityPath } from "@/routing/route.ts";

const MOST = 8;
const close = () => setParams({ sel: null }, true);

function Chosen({ id }: { id: string }) {
  const t = useT();
  const term = useTerm();
  const replaying = useParam("replay") !== null;
  const { data, error, refetch } = useQuery(queries.entity(id));
  useWatch([], [id]);
  useOnStaleFlip(id, refetch);
  if (error instanceof Problem && error.status === 404) return <Notice title={t("entity.notFound")}>{t("entity.notFoundDo")}</Notice>;
  if (error && !data) return <LoadError what={id} error={error} retry={() => void refetch()} />;
  if (!data) return <Loading what={id} />;
  const attributes = shownAttributes(data);
  const type = data.types[0] ?? "";
  return (
    <>
      <div className="side-head">
        <h2>{data.title}</h2>
        <p className="soft small side-type">
          <Glyph type={type} /> {term(type)}
        </p>
        <Link className="button button-primary" to={entityPath(id)}>
          {t("side.open")}
        </Link>
      </div>
      {replaying && <p className="soft small side-more">{t("replay.sideLive")}</p>}
      <AttributeTable entity={data} attributes={attributes.slice(0, MOST)} compact />
      {attributes.length > MOST && <p className="soft small side-more">{t("side.more", { count: attributes.length - MOST })}</p>}
    </>
  );
}

/** What the chosen entity says now; the rest is on its page. */
export function SidePanel() {
  const t = useT();
  const id = useParam("sel");
  useEffect(() => {
    if (id === null) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("[role=dialog]")) close();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [id]);
  if (id === null) return null;
  return (
    <aside className="side" aria-label={t("side.label")}>
      <IconButton className="side-close" icon="close" label={t("side.close")} onClick={close} />
      <Chosen key={id} id={id} />
    </aside>
  );
}
