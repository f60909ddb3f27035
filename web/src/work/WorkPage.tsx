import { useQuery } from "@tanstack/react-query";

import { Button } from "@/components/Button.tsx";
import { Dialog } from "@/components/Dialog.tsx";
import { LoadError, Loading, Notice } from "@/components/Notice.tsx";
import { Section } from "@/components/Section.tsx";
import { Segmented } from "@/components/Segmented.tsx";
import { setParams, useParam } from "@/routing/location.ts";
import { may, session } from "@/session/session.ts";

import { NoticesView } from "./NoticesView.tsx";
import { OrderDetails } from "./OrderDetails.tsx";
import { OrderForm } from "./OrderForm.tsx";
import { Orders } from "./Orders.tsx";
import * as queries from "./queries.ts";
import { RulesView } from "./RulesView.tsx";
import { useTell } from "./texts/texts.ts";
import type { OrderState } from "./types.ts";
import { useWork } from "./use-work.ts";
import "./work.css";

const VIEWS = ["todo", "over", "notices", "rules"] as const;
type View = (typeof VIEWS)[number];
const STATES: Record<"todo" | "over", readonly OrderState[]> = { todo: ["open", "assigned", "under-way"], over: ["done", "cancelled"] };
const RIGHTS: Record<View, string> = { todo: "entities.read", over: "entities.read", notices: "alarms.act", rules: "alarms.read" };

function List({ view, chosen }: { view: "todo" | "over"; chosen: number | null }) {
  const tell = useTell();
  const { data, error, refetch } = useQuery(queries.orders(STATES[view]));
  if (!data) return error ? <LoadError what={tell("title")} error={error} retry={() => void refetch()} /> : <Loading what={tell("title")} />;
  if (data.total === 0) return view === "todo" ? <Notice title={tell("none")}>{tell("noneDo")}</Notice> : <Notice title={tell("noneOver")} />;
  return <Orders orders={data.orders} chosen={chosen} choose={(number) => setParams({ order: String(number) }, true)} />;
}

function OrdersView({ view, allowed }: { view: "todo" | "over"; allowed: boolean }) {
  const tell = useTell();
  const wanted = Number(useParam("order"));
  const chosen = Number.isInteger(wanted) && wanted > 0 ? wanted : null;
  const create = allowed && (
    <Button icon="plus" onClick={() => setParams({ for: "none" })}>
      {tell("new")}
    </Button>
  );
  return (
    <div className={`work-page ${chosen ? "work-one" : ""}`}>
      <Section title={tell(`view.${view}`)} className="work-list" actions={create}>
        <List view={view} chosen={chosen} />
      </Section>
      <Section
        title={tell("chosen")}
        className="work-side"
        actions={
          <Button className="work-back" onClick={() => setParams({ order: null })}>
            {tell("back")}
          </Button>
        }
      >
        {chosen ? <OrderDetails key={chosen} number={chosen} /> : <p className="soft section-none">{tell("choose")}</p>}
      </Section>
    </div>
  );
}

/** Asks for a new order while the address says that one is wanted, for an alarm or for none. */
function Creating() {
  const tell = useTell();
  const wanted = useParam("for");
  const { open } = useWork();
  const close = () => setParams({ for: null });
  const alarm = wanted === "none" ? null : wanted;
  if (!wanted) return null;
  return (
    <Dialog open onOpenChange={close} title={tell(alarm ? "forAlarm" : "new")}>
      {open.error && (
        <p role="alert" className="state-bad">
          {tell("failed", { reason: open.error.message })}
        </p>
      )}
      <OrderForm alarm={alarm} cancel={close} submit={(order) => open.mutate(order, { onSuccess: (made) => setParams({ for: null, order: made ? String(made.number) : null }) })} />
    </Dialog>
  );
}

/** What is to be done in the field, who was told, and what rules did. */
export default function WorkPage() {
  const tell = useTell();
  const wanted = useParam("view");
  const { data } = useQuery(session());
  const views = VIEWS.filter((each) => may(data, RIGHTS[each]));
  const view = views.find((each) => each === wanted) ?? "todo";
  const allowed = may(data, "orders.manage");
  return (
    <div className="page">
      <header className="page-head">
        <h1>{tell("title")}</h1>
        <Segmented label={tell("view")} options={views.map((value) => ({ value, label: tell(`view.${value}`) }))} value={view} onChange={(value) => setParams({ view: value === "todo" ? null : value, order: null })} />
      </header>
      {view === "notices" && <NoticesView />}
      {view === "rules" && <RulesView />}
      {(view === "todo" || view === "over") && <OrdersView view={view} allowed={allowed} />}
      {allowed && <Creating />}
    </div>
  );
}
