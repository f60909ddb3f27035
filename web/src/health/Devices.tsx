import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { address, send } from "@/api/client.ts";
import * as queries from "@/api/queries.ts";
import type { Approved, Device } from "@/api/types.ts";
import { Button } from "@/components/Button.tsx";
import { Dialog } from "@/components/Dialog.tsx";
import { Listed } from "@/components/Listed.tsx";
import { Section } from "@/components/Section.tsx";
import { type Column, Table } from "@/components/Table.tsx";
import { formatTime } from "@/format/times.ts";
import { formatCount } from "@/format/values.ts";
import { useT } from "@/i18n/translate.ts";
import { useLocale } from "@/shell/preferences.ts";

/** What is missing stays as the device's topic suggests. */
interface Approval {
  profile?: string;
  entity?: string;
}

function useDeviceActions() {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: ["devices"] });
  const path = (id: string) => `/devices/${encodeURIComponent(id)}`;
  const approve = useMutation({ mutationFn: ({ id, ...body }: Approval & { id: string }) => send<Approved>("POST", address(`${path(id)}/approve`), body), onSettled });
  const reject = useMutation({ mutationFn: (id: string) => send("POST", address(`${path(id)}/reject`)), onSettled });
  return { approve, reject };
}

function ApproveForm({ device, submit, cancel }: { device: Device; submit: (approval: Approval) => void; cancel: () => void }) {
  const t = useT();
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const filled = ["profile", "entity"].map((name) => [name, String(form.get(name)).trim()]).filter(([, text]) => text);
    submit(Object.fromEntries(filled) as Approval);
  };
  return (
    <form className="stack" onSubmit={onSubmit}>
      <label className="field">
        <span>{t("ingest.profileOptional")}</span>
        <input className="input" name="profile" defaultValue={device.profile ?? ""} />
      </label>
      <label className="field">
        <span>{t("ingest.entityOptional")}</span>
        <input className="input" name="entity" defaultValue={device.entity ?? ""} />
      </label>
      <div className="dialog-actions">
        <Button onClick={cancel}>{t("ingest.cancel")}</Button>
        <Button kind="primary" type="submit">
          {t("ingest.approve")}
        </Button>
      </div>
    </form>
  );
}

function useColumns(approve: (device: Device) => void, reject: (id: string) => void): Column<Device>[] {
  const t = useT();
  const locale = useLocale();
  return [
    { title: t("ingest.device"), cell: ({ id }) => id },
    { title: t("ingest.from"), cell: ({ topic }) => topic ?? "–" },
    { title: t("ingest.firstSeen"), cell: ({ first_seen }) => (first_seen ? formatTime(Date.parse(first_seen), "full", locale) : "–") },
    { title: t("ingest.messages"), number: true, cell: ({ messages }) => formatCount(messages, locale) },
    {
      title: t("ingest.actions"),
      quiet: true,
      cell: (device) => (
        <div className="row-actions">
          <Button onClick={() => approve(device)}>{t("ingest.approve")}</Button>
          <Button kind="danger" onClick={() => reject(device.id)}>
            {t("ingest.reject")}
          </Button>
        </div>
      ),
    },
  ];
}

/** Unknown devices, held until someone says which profile reads them. */
export function Devices() {
  const t = useT();
  const [chosen, setChosen] = useState<Device | null>(null);
  const found = useQuery(queries.devices("pending"));
  const { approve, reject } = useDeviceActions();
  const columns = useColumns(setChosen, (id) => reject.mutate(id));
  const failure = approve.error?.message ?? reject.error?.message ?? approve.data?.refused;
  const submit = (approval: Approval) => {
    if (chosen) approve.mutate({ id: chosen.id, ...approval });
    setChosen(null);
  };
  return (
    <Section title={t("ingest.devices")}>
      {failure && (
        <p role="alert" className="section-none state-bad">
          {t("ingest.failed", { reason: failure })}
        </p>
      )}
      <Listed query={found} what={t("ingest.devices")} none={t("ingest.noDevices")}>
        {(devices) => <Table columns={columns} rows={devices} keyOf={({ id }) => id} />}
      </Listed>
      <Dialog open={chosen !== null} onOpenChange={() => setChosen(null)} title={t("ingest.approveTitle", { device: chosen?.id ?? "" })} describe={t("ingest.approveSay")}>
        {chosen && <ApproveForm device={chosen} submit={submit} cancel={() => setChosen(null)} />}
      </Dialog>
    </Section>
  );
}
