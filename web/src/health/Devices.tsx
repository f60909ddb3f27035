import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { address, send } from "@/api/client.ts";
import * as queries from "@/api/queries.ts";
import type { Approved, Device } from "@/api/types.ts";
import { Button } from "@/components/Button.tsx";
import { Dialog } from "@/components/Dialog.tsx";
import { LoadError, Loading } from "@/components/Notice.tsx";
import { Section } from "@/components/Section.tsx";
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

function DeviceTable({ devices, approve, reject }: { devices: readonly Device[]; approve: (device: Device) => void; reject: (id: string) => void }) {
  const t = useT();
  const locale = useLocale();
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t("ingest.device")}</th>
            <th scope="col">{t("ingest.from")}</th>
            <th scope="col">{t("ingest.firstSeen")}</th>
            <th scope="col" className="number">{t("ingest.messages")}</th>
            <th scope="col">
              <span className="visually-hidden">{t("ingest.actions")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {devices.map((device) => (
            <tr key={device.id}>
              <td>{device.id}</td>
              <td>{device.topic ?? "–"}</td>
              <td>{device.first_seen ? formatTime(Date.parse(device.first_seen), "full", locale) : "–"}</td>
              <td className="number">{formatCount(device.messages, locale)}</td>
              <td>
                <div className="row-actions">
                  <Button onClick={() => approve(device)}>{t("ingest.approve")}</Button>
                  <Button kind="danger" onClick={() => reject(device.id)}>
                    {t("ingest.reject")}
                  </Button>
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Unknown devices, held until someone says which profile reads them. */
export function Devices() {
  const t = useT();
  const [chosen, setChosen] = useState<Device | null>(null);
  const { data, error, refetch } = useQuery(queries.devices("pending"));
  const { approve, reject } = useDeviceActions();
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
      {error && !data && <LoadError what={t("ingest.devices")} error={error} retry={() => void refetch()} />}
      {!error && !data && <Loading what={t("ingest.devices")} />}
      {data?.length === 0 && <p className="soft section-none">{t("ingest.noDevices")}</p>}
      {data && data.length > 0 && <DeviceTable devices={data} approve={setChosen} reject={(id) => reject.mutate(id)} />}
      <Dialog open={chosen !== null} onOpenChange={() => setChosen(null)} title={t("ingest.approveTitle", { device: chosen?.id ?? "" })} describe={t("ingest.approveSay")}>
        {chosen && <ApproveForm device={chosen} submit={submit} cancel={() => setChosen(null)} />}
      </Dialog>
    </Section>
  );
}
