import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { address, send } from "@/api/client.ts";
import * as queries from "@/api/queries.ts";
import type { User } from "@/api/types.ts";
import { Button } from "@/components/Button.tsx";
import { Dialog } from "@/components/Dialog.tsx";
import { Listed } from "@/components/Listed.tsx";
import { Section } from "@/components/Section.tsx";
import { type Column, Table } from "@/components/Table.tsx";
import { formatCount } from "@/format/values.ts";
import { useT } from "@/i18n/translate.ts";
import { grantText } from "@/session/AccountMenu.tsx";
import type { Grant } from "@/session/session.ts";
import { useLocale } from "@/shell/preferences.ts";

import { GrantsForm } from "./GrantsForm.tsx";
import "./users.css";

interface OneTime {
  name: string;
  password: string;
}

function useActions(shown: (made: OneTime) => void) {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: ["users"] });
  const path = (name: string) => `/users/${encodeURIComponent(name)}`;
  const onSuccess = (made: OneTime | null) => made && shown(made);
  return {
    add: useMutation({ mutationFn: (body: { name: string; grants: Grant[] }) => send<OneTime>("POST", address("/users"), body), onSettled, onSuccess }),
    grant: useMutation({ mutationFn: ({ name, grants }: { name: string; grants: Grant[] }) => send("PUT", address(`${path(name)}/grants`), { grants }), onSettled }),
    reset: useMutation({ mutationFn: (name: string) => send<OneTime>("POST", address(`${path(name)}/reset`)), onSettled, onSuccess }),
    remove: useMutation({ mutationFn: (name: string) => send("DELETE", address(path(name))), onSettled }),
  };
}

type Asked = { act: "add" } | { act: "grant" | "reset" | "remove"; user: User };

function useColumns(ask: (asked: Asked) => void): Column<User>[] {
  const t = useT();
  const locale = useLocale();
  return [
    { title: t("users.name"), cell: ({ name, title }) => (title ? `${name} (${title})` : name) },
    { title: t("users.may"), cell: ({ grants }) => grants.map((grant) => <div key={grantText(grant)}>{grantText(grant)}</div>) },
    { title: t("session.factor"), cell: ({ second_factor }) => t(second_factor ? "users.yes" : "users.no") },
    { title: t("users.sessions"), number: true, cell: ({ sessions }) => formatCount(sessions, locale) },
    { title: t("users.state"), cell: ({ must_change, locked_until }) => (locked_until ? t("users.locked") : must_change ? t("users.mustChange") : "–") },
    {
      title: t("ingest.actions"),
      quiet: true,
      cell: (user) => (
        <div className="row-actions">
          <Button onClick={() => ask({ act: "grant", user })}>{t("users.grant")}</Button>
          <Button onClick={() => ask({ act: "reset", user })}>{t("users.reset")}</Button>
          <Button kind="danger" onClick={() => ask({ act: "remove", user })}>
            {t("users.remove")}
          </Button>
        </div>
      ),
    },
  ];
}

function Sure({ words, act, done, close }: { words: string; act: string; done: () => void; close: () => void }) {
  const t = useT();
  return (
    <>
      <p>{words}</p>
      <div className="dialog-actions">
        <Button onClick={close}>{t("ingest.cancel")}</Button>
        <Button kind="danger" onClick={done}>
          {act}
        </Button>
      </div>
    </>
  );
}

/** Accounts of this town, for those who may say who may do what. */
export default function UsersPage() {
  const t = useT();
  const [asked, setAsked] = useState<Asked | null>(null);
  const [made, setMade] = useState<OneTime | null>(null);
  const found = useQuery(queries.users());
  const actions = useActions(setMade);
  const columns = useColumns(setAsked);
  const close = () => setAsked(null);
  const failure = Object.values(actions).find(({ error }) => error)?.error;
  const name = asked && asked.act !== "add" ? asked.user.name : "";
  const submit = (given: { name: string; grants: Grant[] }) => {
    if (asked?.act === "add") actions.add.mutate(given);
    else actions.grant.mutate({ name, grants: given.grants });
    close();
  };
  const doing = (act: "reset" | "remove") => () => {
    actions[act].mutate(name);
    close();
  };
  return (
    <div className="users-page">
      <h1 className="visually-hidden">{t("nav.users")}</h1>
      <Section
        title={t("users.accounts")}
        actions={
          <Button icon="plus" onClick={() => setAsked({ act: "add" })}>
            {t("users.add")}
          </Button>
        }
      >
        {failure && (
          <p role="alert" className="section-none state-bad">
            {failure.message}
          </p>
        )}
        <Listed query={found} what={t("users.accounts")} none={t("users.none")}>
          {(users) => <Table columns={columns} rows={users} keyOf={(user) => user.name} />}
        </Listed>
      </Section>
      <Dialog open={asked?.act === "add" || asked?.act === "grant"} onOpenChange={close} title={asked?.act === "add" ? t("users.add") : t("users.grantTitle", { name })}>
        {asked && <GrantsForm key={name} named={asked.act === "add"} given={asked.act === "add" ? [] : asked.user.grants} submit={submit} cancel={close} />}
      </Dialog>
      <Dialog open={asked?.act === "reset"} onOpenChange={close} title={t("users.reset")}>
        <Sure words={t("users.resetSay", { name })} act={t("users.reset")} done={doing("reset")} close={close} />
      </Dialog>
      <Dialog open={asked?.act === "remove"} onOpenChange={close} title={t("users.remove")}>
        <Sure words={t("users.removeSay", { name })} act={t("users.remove")} done={doing("remove")} close={close} />
      </Dialog>
      <Dialog open={made !== null} onOpenChange={() => setMade(null)} title={t("users.oneTime", { name: made?.name ?? "" })} describe={t("users.oneTimeSay")}>
        <p className="key">{made?.password}</p>
      </Dialog>
    </div>
  );
}
