import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { PriorityMark } from "@/alarms/PriorityMark.tsx";
import { address, send } from "@/api/client.ts";
import { Button } from "@/components/Button.tsx";
import { LoadError, Loading, Notice } from "@/components/Notice.tsx";
import { Section } from "@/components/Section.tsx";
import { type Column, Table } from "@/components/Table.tsx";
import { may, session } from "@/session/session.ts";
import { useLocale } from "@/shell/preferences.ts";

import { moment } from "./moment.ts";
import { canPush, pushed, turnOff, turnOn } from "./push.ts";
import * as queries from "./queries.ts";
import { useTell } from "./texts/texts.ts";
import type { Delivery, Told } from "./types.ts";

function PushButton() {
  const tell = useTell();
  const client = useQueryClient();
  const { data } = useQuery(queries.push());
  const { data: on } = useQuery({ queryKey: ["push", "here"], queryFn: pushed });
  const turn = useMutation({ mutationFn: () => (on ? turnOff() : turnOn(data?.key ?? "")), onSettled: () => client.invalidateQueries({ queryKey: ["push"] }) });
  if (!canPush()) return <span className="soft small">{tell("pushNo")}</span>;
  return (
    <span>
      <Button onClick={() => turn.mutate()}>{tell(on ? "pushOff" : "pushOn")}</Button>
      {turn.error && (
        <span role="alert" className="state-bad">
          {" "}
          {turn.error.message}
        </span>
      )}
    </span>
  );
}

function Deliveries({ notice }: { notice: Told }) {
  const tell = useTell();
  const locale = useLocale();
  const columns: Column<Delivery>[] = [
    { title: tell("to"), cell: ({ contact }) => contact },
    { title: tell("way"), cell: ({ way }) => tell(`way.${way}`) },
    { title: tell("state"), className: ({ state }) => (state === "failed" ? "state-bad" : undefined), cell: ({ state }) => tell(`delivery.${state}`) },
    { title: tell("at"), cell: ({ sent_at, due_at }) => moment(sent_at ?? due_at, locale) },
    { title: tell("reason"), cell: ({ reason }) => reason },
  ];
  return <Table columns={columns} rows={notice.deliveries} keyOf={({ contact, way, turn }) => `${turn}${contact}${way}`} />;
}

function stateOf(notice: Told, tell: ReturnType<typeof useTell>): string {
  return notice.state === "acknowledged" ? tell("notice.acknowledged", { by: notice.acknowledged_by ?? "" }) : tell(`notice.${notice.state}`);
}

function Told({ notice }: { notice: Told }) {
  const tell = useTell();
  const locale = useLocale();
  const client = useQueryClient();
  const { data: who } = useQuery(session());
  const act = useMutation({ mutationFn: (verb: string) => send("POST", address(`/notices/${notice.id}/${verb}`)), onSettled: () => client.invalidateQueries({ queryKey: ["notices"] }) });
  const failed = notice.deliveries.some(({ state }) => state === "failed");
  return (
    <article className="told">
      <p className="told-head">
        <PriorityMark priority={notice.priority} waits={notice.state === "open"} />
        <span>
          <strong>{notice.title}</strong> <span className="soft">{`${notice.to} · ${moment(notice.at, locale)} · ${stateOf(notice, tell)}`}</span>
        </span>
        {notice.state === "open" && <Button onClick={() => act.mutate("acknowledge")}>{tell("care")}</Button>}
        {failed && may(who, "letters.manage") && <Button onClick={() => act.mutate("retry")}>{tell("retry")}</Button>}
      </p>
      {notice.deliveries.length > 0 && <Deliveries notice={notice} />}
    </article>
  );
}

/** Who was told what, by which way, and what did not get through. */
export function NoticesView() {
  const tell = useTell();
  const { data, error, refetch } = useQuery(queries.notices());
  if (!data) return error ? <LoadError what={tell("told")} error={error} retry={() => void refetch()} /> : <Loading what={tell("told")} />;
  return (
    <Section title={tell("told")} actions={<PushButton />}>
      <p className="soft section-none" role="status">
        {tell("counts", data.deliveries)}
      </p>
      {data.notices.length === 0 ? <Notice title={tell("toldNone")}>{tell("toldNoneDo")}</Notice> : data.notices.map((notice) => <Told key={notice.id} notice={notice} />)}
    </Section>
  );
}
