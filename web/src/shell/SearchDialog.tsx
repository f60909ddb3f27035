import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useDeferredValue, useEffect, useId, useState } from "react";

import * as queries from "@/api/queries.ts";
import type { Hit } from "@/api/types.ts";
import { Dialog } from "@/components/Dialog.tsx";
import { Glyph } from "@/components/Glyph.tsx";
import { LoadError, Notice } from "@/components/Notice.tsx";
import { useT, useTerm } from "@/i18n/translate.ts";
import { go } from "@/routing/location.ts";
import { entityPath, shortId } from "@/routing/route.ts";

import "./search.css";

interface ListProps {
  id: string;
  hits: readonly Hit[];
  active: number;
  onPick: (hit: Hit) => void;
}

function Hits({ id, hits, active, onPick }: ListProps) {
  const t = useT();
  const term = useTerm();
  return (
    <div className="hits" id={id} role="listbox" aria-label={t("search.title")}>
      {hits.map((hit, index) => (
        <div key={hit.id} id={`${id}-${index}`} role="option" aria-selected={index === active} className="hit" onMouseDown={(event) => event.preventDefault()} onClick={() => onPick(hit)}>
          <Glyph type={hit.type} />
          <span className="hit-name">{hit.name ?? shortId(hit.id)}</span>
          <span className="soft small">{term(hit.type)}</span>
          <span className="soft small hit-more">{hit.description ?? hit.id}</span>
        </div>
      ))}
    </div>
  );
}

function Search({ close }: { close: () => void }) {
  const t = useT();
  const list = useId();
  const [text, setText] = useState("");
  const wanted = useDeferredValue(text.trim());
  const { data, error, isFetching, refetch } = useQuery(queries.search(wanted));
  const hits = wanted ? (data?.results ?? []) : [];
  const [active, setActive] = useState(0);
  useEffect(() => setActive(0), [wanted]);
  useEffect(() => {
    void document.getElementById(`${list}-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [active, list]);

  const pick = (hit: Hit) => {
    close();
    go(entityPath(hit.id));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step && hits.length) {
      event.preventDefault();
      setActive((active + step + hits.length) % hits.length);
    }
    const chosen = hits[active];
    if (event.key === "Enter" && chosen) pick(chosen);
  };
  return (
    <>
      <input
        className="search-input"
        role="combobox"
        aria-expanded={hits.length > 0}
        aria-controls={list}
        aria-activedescendant={hits.length > 0 ? `${list}-${active}` : undefined}
        aria-label={t("search.title")}
        placeholder={t("search.hint")}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        autoFocus
      />
      <div className="search-body">
        {!wanted && <p className="soft search-say">{t("search.start")}</p>}
        {wanted && error && <LoadError what={t("search.open")} error={error} retry={() => void refetch()} />}
        {wanted && !error && hits.length > 0 && <Hits id={list} hits={hits} active={active} onPick={pick} />}
        {wanted && !error && !isFetching && hits.length === 0 && <Notice title={t("search.none", { text: wanted })}>{t("search.noneDo")}</Notice>}
      </div>
      <p className="soft small search-foot" role="status">
        {wanted && !isFetching ? t("search.results", { count: hits.length }) : ""} <span>{t("search.keys")}</span>
      </p>
    </>
  );
}

export default function SearchDialog({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const t = useT();
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("search.title")} hideTitle className="search-dialog">
      <Search close={() => onOpenChange(false)} />
    </Dialog>
  );
}
