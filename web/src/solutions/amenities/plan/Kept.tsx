import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Button } from "@/components/Button.tsx";
import { Dialog } from "@/components/Dialog.tsx";
import { Listed } from "@/components/Listed.tsx";
import { Section } from "@/components/Section.tsx";
import { Table } from "@/components/Table.tsx";
import { setParams, useParam } from "@/routing/location.ts";

import { kindOf } from "./draft.ts";
import * as queries from "./queries.ts";
import type { Brief, Means, Scenario } from "./types.ts";
import type { Plan } from "./use-plan.ts";
import { amount, useWords } from "./words.ts";

/** After a change: the scenario as it is now, where there still is one, and anew what tells of it. */
async function refresh(client: QueryClient, kept: Scenario | null): Promise<void> {
  if (kept) client.setQueryData(queries.scenario(kept.id).queryKey, kept);
  await Promise.all([queries.scenarios().queryKey, queries.COMPARISONS].map((queryKey) => client.invalidateQueries({ queryKey })));
}

/** Keeps the answer in sight, as a new scenario or in the place of the one that is open. */
export function KeepActs({ plan }: { plan: Plan }) {
  const { tell } = useWords();
  const client = useQueryClient();
  const keeping = useMutation({
    mutationFn: (id: string | null) => queries.keep(plan.named, id),
    onSuccess: async (kept) => {
      await refresh(client, kept);
      setParams({ s: kept.id, d: null, run: null }, true);
    },
  });
  if (!plan.changed) return null;
  return (
    <>
      {plan.kept && (
        <Button disabled={keeping.isPending} onClick={() => keeping.mutate(plan.kept!.id)}>
          {tell("kept.save")}
        </Button>
      )}
      <Button disabled={keeping.isPending} onClick={() => keeping.mutate(null)}>
        {tell("kept.keep")}
      </Button>
      {keeping.error && <p role="alert">{tell("kept.failed", { reason: keeping.error.message })}</p>}
    </>
  );
}

interface AskingProps {
  brief: Brief;
  onDone: () => void;
}

function Renaming({ brief, onDone }: AskingProps) {
  const { tell } = useWords();
  const client = useQueryClient();
  const naming = useMutation({
    mutationFn: async (name: string) => {
      const { draft, result } = await client.fetchQuery({ ...queries.scenario(brief.id), staleTime: 0 });
      return result ? queries.keep({ ...draft, name }, brief.id) : queries.change({ ...draft, name }, brief.id);
    },
    onSuccess: async (kept: Scenario) => {
      await refresh(client, kept);
      onDone();
    },
  });
  return (
    <Dialog open onOpenChange={onDone} title={tell("kept.renameLong", { name: brief.name })}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          const name = new FormData(event.currentTarget).get("name");
          if (typeof name === "string" && name.trim()) naming.mutate(name.trim());
        }}
      >
        <label className="field">
          <span>{tell("kept.name")}</span>
          <input className="input" name="name" defaultValue={brief.name} maxLength={80} required autoFocus />
        </label>
        {naming.error && <p role="alert">{tell("kept.failed", { reason: naming.error.message })}</p>}
        <div className="dialog-actions">
          <Button onClick={onDone}>{tell("kept.cancel")}</Button>
          <button type="submit" className="button button-primary" disabled={naming.isPending}>
            {tell("kept.rename")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Deleting({ brief, onDone, plan }: AskingProps & { plan: Plan }) {
  const { tell } = useWords();
  const client = useQueryClient();
  const other = useParam("vs");
  const deleting = useMutation({
    mutationFn: () => queries.forget(brief.id),
    onSuccess: async () => {
      if (plan.kept?.id === brief.id) plan.open(null);
      if (other === brief.id) setParams({ vs: null });
      await refresh(client, null);
      onDone();
    },
  });
  return (
    <Dialog open onOpenChange={onDone} title={tell("kept.deleteAsk")} describe={tell("kept.deleteSay", { name: brief.name })}>
      {deleting.error && <p role="alert">{tell("kept.failed", { reason: deleting.error.message })}</p>}
      <div className="dialog-actions">
        <Button onClick={onDone}>{tell("kept.cancel")}</Button>
        <Button kind="danger" disabled={deleting.isPending} onClick={() => deleting.mutate()}>
          {tell("kept.delete")}
        </Button>
      </div>
    </Dialog>
  );
}

/** Scenarios that are kept: open one, compare it with another, rename, delete. */
export function Kept({ plan, means }: { plan: Plan; means: Means }) {
  const { tell, phrase, locale } = useWords();
  const all = useQuery(queries.scenarios());
  const other = useParam("vs");
  const [asking, setAsking] = useState<{ what: "rename" | "delete"; brief: Brief } | null>(null);
  const openId = plan.kept?.id ?? null;
  const done = () => setAsking(null);
  const comparable = openId !== null && !plan.changed;
  return (
    <Section title={tell("kept.title")}>
      <Listed query={all} what={tell("kept.title")} none={tell("kept.none")}>
        {(rows) => (
          <Table
            rows={rows}
            keyOf={({ id }) => id}
            columns={[
              {
                title: tell("kept.name"),
                className: ({ id }) => (id === openId ? "plan-picked" : undefined),
                cell: ({ id, name, kind }) => (
                  <>
                    <button type="button" className="plan-link" aria-label={tell("kept.open", { name })} onClick={() => plan.open(id)}>
                      {name}
                    </button>
                    <span className="soft small">
                      {" "}
                      {phrase(means.kinds.find((each) => each.name === kind)?.title ?? kindOf(means, plan.draft).title)}
                      {id === openId && ` · ${tell("kept.opened")}`}
                    </span>
                  </>
                ),
              },
              { title: tell("kept.new"), number: true, cell: (brief) => brief.new ?? "–" },
              { title: tell("kept.objective"), number: true, cell: ({ objective, unit }) => (objective === null || unit === null ? tell("kept.notRun") : amount(objective, unit, tell, locale)) },
              {
                title: tell("kept.acts"),
                quiet: true,
                cell: (brief) => (
                  <span className="plan-acts">
                    {brief.id !== openId && comparable && brief.objective !== null && (
                      <Button aria-label={tell("kept.compareLong", { name: brief.name })} aria-pressed={other === brief.id} onClick={() => setParams({ vs: other === brief.id ? null : brief.id }, true)}>
                        {tell(other === brief.id ? "kept.compareEnd" : "kept.compare")}
                      </Button>
                    )}
                    <Button kind="quiet" aria-label={tell("kept.renameLong", { name: brief.name })} onClick={() => setAsking({ what: "rename", brief })}>
                      {tell("kept.rename")}
                    </Button>
                    <Button kind="quiet" aria-label={tell("kept.deleteLong", { name: brief.name })} onClick={() => setAsking({ what: "delete", brief })}>
                      {tell("kept.delete")}
                    </Button>
                  </span>
                ),
              },
            ]}
          />
        )}
      </Listed>
      {!comparable && (all.data?.length ?? 0) > 0 && <p className="soft small plan-pad">{tell("kept.compareHow")}</p>}
      {asking?.what === "rename" && <Renaming brief={asking.brief} onDone={done} />}
      {asking?.what === "delete" && <Deleting brief={asking.brief} onDone={done} plan={plan} />}
    </Section>
  );
}
