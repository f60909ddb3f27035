import { type ChangeEvent, type FormEvent, useState } from "react";
import { useQuery } from "@tanstack/react-query";

import { address } from "@/api/client.ts";
import { Button } from "@/components/Button.tsx";
import { LoadError, Loading } from "@/components/Notice.tsx";
import { type Column, Table } from "@/components/Table.tsx";
import { useT } from "@/i18n/translate.ts";
import { Link } from "@/routing/Link.tsx";
import { PATHS, entityPath, onMapPath, shortId } from "@/routing/route.ts";
import { may, session } from "@/session/session.ts";
import { useLocale } from "@/shell/preferences.ts";

import { moment } from "./moment.ts";
import { type Asked, OrderDialog } from "./OrderDialog.tsx";
import { Due } from "./Orders.tsx";
import * as queries from "./queries.ts";
import { useTell } from "./texts/texts.ts";
import type { OrderDetail } from "./types.ts";
import { useWork } from "./use-work.ts";

type Do = (act: string, body: Record<string, unknown>) => void;
type Lived = OrderDetail["life"][number];

function Acts({ order, act }: { order: OrderDetail; act: Do }) {
  const tell = useTell();
  const [asked, setAsked] = useState<Asked | null>(null);
  const begun = order.state === "under-way";
  return (
    <div className="order-acts">
      {begun ? (
        <Button kind="primary" onClick={() => (order.unticked > 0 ? setAsked("finish") : act("finish", {}))}>
          {tell("finish")}
        </Button>
      ) : (
        <Button kind="primary" onClick={() => act("begin", {})}>
          {tell("begin")}
        </Button>
      )}
      <Button onClick={() => setAsked("assign")}>{tell("assign")}</Button>
      <Button kind="danger" onClick={() => setAsked("cancel")}>
        {tell("drop")}
      </Button>
      {asked && (
        <OrderDialog
          asked={asked}
          order={order}
          close={() => setAsked(null)}
          done={(body) => {
            act(asked, body);
            setAsked(null);
          }}
        />
      )}
    </div>
  );
}

function Checklist({ order, act, fixed }: { order: OrderDetail; act: Do; fixed: boolean }) {
  const tell = useTell();
  if (order.checklist.length === 0) return null;
  return (
    <fieldset className="order-steps">
      <legend>{tell("checklist")}</legend>
      {order.checklist.map((step, place) => (
        <label key={place} className="order-step">
          <input type="checkbox" checked={step.done} disabled={fixed} onChange={(event) => act(`checklist/${place}`, { done: event.target.checked })} />
          <span>
            {step.text} {step.by && <span className="soft small">{step.by}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function Photos({ order, add, fixed }: { order: OrderDetail; add: (file: File) => void; fixed: boolean }) {
  const tell = useTell();
  const onChange = (event: ChangeEvent<HTMLInputElement>) => {
    for (const file of event.target.files ?? []) add(file);
    event.target.value = "";
  };
  if (order.photos.length === 0 && fixed) return null;
  return (
    <section aria-label={tell("photos")}>
      <h3>{tell("photos")}</h3>
      <div className="order-photos">
        {order.photos.map((photo) => {
          const source = address(`/work/${order.number}/photos/${photo.id}`);
          return (
            <a key={photo.id} href={source} target="_blank" rel="noreferrer">
              <img src={source} alt={tell("photo", { by: photo.by })} loading="lazy" />
            </a>
          );
        })}
      </div>
      {!fixed && (
        <label className="button button-plain">
          {tell("addPhoto")}
          <input className="visually-hidden" type="file" accept="image/jpeg,image/png,image/webp" multiple onChange={onChange} />
        </label>
      )}
    </section>
  );
}

function Comments({ order, act, quiet }: { order: OrderDetail; act: Do; quiet: boolean }) {
  const tell = useTell();
  const locale = useLocale();
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    act("comment", { comment: String(new FormData(form).get("comment")).trim() });
    form.reset();
  };
  return (
    <section aria-label={tell("comments")}>
      {(order.comments.length > 0 || !quiet) && <h3>{tell("comments")}</h3>}
      {order.comments.map((comment) => (
        <p key={`${comment.at}${comment.by}`} className="order-comment">
          {comment.text} <span className="soft small">{`${comment.by}, ${moment(comment.at, locale)}`}</span>
        </p>
      ))}
      {!quiet && (
        <form className="order-say" onSubmit={onSubmit}>
          <input className="input" name="comment" aria-label={tell("comment")} required maxLength={2000} autoComplete="off" />
          <Button type="submit">{tell("say")}</Button>
        </form>
      )}
    </section>
  );
}

function Life({ order }: { order: OrderDetail }) {
  const tell = useTell();
  const locale = useLocale();
  const columns: Column<Lived>[] = [
    { title: tell("at"), cell: ({ at }) => moment(at, locale) },
    { title: tell("event"), cell: ({ event }) => tell(`event.${event}` as "event.open") },
    { title: tell("by"), cell: ({ by }) => by },
    { title: tell("words"), cell: ({ event, words }) => (event === "photo" ? "" : words) },
  ];
  return (
    <details>
      <summary>{tell("life")}</summary>
      <Table columns={columns} rows={[...order.life].reverse()} keyOf={({ at, event }) => at + event} />
    </details>
  );
}

function Facts({ order }: { order: OrderDetail }) {
  const t = useT();
  const tell = useTell();
  return (
    <>
      <p>
        <strong>
          {order.number} {order.title}
        </strong>
      </p>
      <p className="soft">
        {[t(`alarms.priority.${order.priority}`), tell(`state.${order.state}`), order.assignee].filter(Boolean).join(" · ")} <Due order={order} />
      </p>
      {order.description && <p className="order-description">{order.description}</p>}
      <p className="order-links">
        {order.subject && (
          <>
            <Link className="button button-quiet" to={entityPath(order.subject)}>
              {order.subject_name ?? shortId(order.subject)}
            </Link>
            <Link className="button button-quiet" to={onMapPath(order.subject)}>
              {tell("onMap")}
            </Link>
          </>
        )}
        {order.alarm && (
          <Link className="button button-quiet" to={`${PATHS.alarms}?${new URLSearchParams({ alarm: order.alarm }).toString()}`}>
            {tell("alarm")}
          </Link>
        )}
      </p>
    </>
  );
}

/** One work order: what, for whom, how far it is, and what a crew does about it. */
export function OrderDetails({ number }: { number: number }) {
  const tell = useTell();
  const { data, error, refetch } = useQuery(queries.order(number));
  const { data: who } = useQuery(session());
  const work = useWork();
  if (!data) return error ? <LoadError what={tell("chosen")} error={error} retry={() => void refetch()} /> : <Loading what={tell("chosen")} />;
  const allowed = may(who, "orders.manage");
  const over = data.state === "done" || data.state === "cancelled";
  const act: Do = (name, body) => work.act.mutate({ number, act: name, body });
  const failure = work.act.error ?? work.photo.error;
  return (
    <div className="order-details">
      <Facts order={data} />
      {failure && (
        <p role="alert" className="state-bad">
          {tell("failed", { reason: failure.message })}
        </p>
      )}
      {allowed && !over && <Acts order={data} act={act} />}
      <Checklist order={data} act={act} fixed={over || !allowed} />
      <Photos order={data} add={(file) => work.photo.mutate({ number, file })} fixed={over || !allowed} />
      <Comments order={data} act={act} quiet={!allowed} />
      <Life order={data} />
    </div>
  );
}
