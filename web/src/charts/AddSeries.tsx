import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import * as queries from "@/api/queries.ts";
import { Button } from "@/components/Button.tsx";
import { shownAttributes } from "@/entity/attributes.ts";
import { useT, useTerm } from "@/i18n/translate.ts";

import type { Chosen } from "./chosen.ts";

const MOST = 8;

function Attributes({ id, add }: { id: string; add: (chosen: Chosen) => void }) {
  const t = useT();
  const term = useTerm();
  const { data } = useQuery(queries.entity(id));
  const numeric = data ? shownAttributes(data).filter((each) => each.numeric) : [];
  if (data && numeric.length === 0) return <span className="soft">{t("charts.noNumber")}</span>;
  return numeric.map(({ name, title }) => (
    <Button key={name} icon="plus" onClick={() => add({ entity: id, attribute: name })}>
      {term(name, title)}
    </Button>
  ));
}

/** Finds an entity by a few letters, then offers its numbers. */
export function AddSeries({ add }: { add: (chosen: Chosen) => void }) {
  const t = useT();
  const [text, setText] = useState("");
  const [picked, setPicked] = useState<string | null>(null);
  const { data } = useQuery(queries.search(text));
  return (
    <div className="charts-add">
      <label className="field">
        <span>{t("charts.add")}</span>
        <input className="input" type="search" value={text} placeholder={t("search.hint")} onChange={(event) => [setText(event.target.value), setPicked(null)]} />
      </label>
      <ul className="charts-hits">
        {text.trim() &&
          data?.results.slice(0, MOST).map(({ id, name }) => (
            <li key={id}>
              <Button kind="quiet" aria-expanded={picked === id} onClick={() => setPicked(id)}>
                {name ?? id}
              </Button>
              {picked === id && <Attributes id={id} add={add} />}
            </li>
          ))}
      </ul>
      {text.trim() && data?.results.length === 0 && <p className="soft small">{t("search.none", { text })}</p>}
    </div>
  );
}
