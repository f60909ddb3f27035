import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import * as queries from "@/api/queries.ts";
import { Button, IconButton } from "@/components/Button.tsx";
import { useT } from "@/i18n/translate.ts";
import { grantText } from "@/session/AccountMenu.tsx";
import type { Grant } from "@/session/session.ts";

interface Props {
  /** Whether a name is asked for. */
  named: boolean;
  given: readonly Grant[];
  submit: (given: { name: string; grants: Grant[] }) => void;
  cancel: () => void;
}

const words = (form: FormData, name: string) => String(form.get(name) ?? "").split(/[\s,]+/).filter(Boolean);

/** What somebody is to be given: a list to which one adds, and from which one takes away. */
export function GrantsForm({ named, given, submit, cancel }: Props) {
  const t = useT();
  const [grants, setGrants] = useState<readonly Grant[]>(given);
  const { data: roles } = useQuery(queries.roles());
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const role = String(form.get("role"));
    const added: Grant[] = role ? [{ role, tenant: "city", areas: words(form, "areas"), solutions: words(form, "solutions"), purposes: words(form, "purposes") }] : [];
    submit({ name: String(form.get("name") ?? ""), grants: [...grants, ...added] });
  };
  return (
    <form className="stack" onSubmit={onSubmit}>
      {named && (
        <label className="field">
          <span>{t("users.name")}</span>
          <input className="input" name="name" required pattern="[a-z0-9][a-z0-9._@\-]{0,63}" autoCapitalize="none" autoComplete="off" autoFocus />
        </label>
      )}
      {grants.length > 0 && (
        <ul className="grants">
          {grants.map((grant) => (
            <li key={grantText(grant)}>
              {grantText(grant)}
              <IconButton icon="close" label={t("users.take", { grant: grantText(grant) })} onClick={() => setGrants(grants.filter((one) => one !== grant))} />
            </li>
          ))}
        </ul>
      )}
      <label className="field">
        <span>{t("users.role")}</span>
        <select className="input" name="role" defaultValue="">
          <option value="">{t("users.noRole")}</option>
          {roles?.roles.map(({ role }) => (
            <option key={role}>{role}</option>
          ))}
        </select>
      </label>
      <label className="field">
        <span>{t("users.areas")}</span>
        <input className="input" name="areas" placeholder="/town/north" autoComplete="off" />
      </label>
      <label className="field">
        <span>{t("users.solutions")}</span>
        <input className="input" name="solutions" autoComplete="off" />
      </label>
      <label className="field">
        <span>{t("users.purposes")}</span>
        <input className="input" name="purposes" placeholder={roles?.purposes.join(" ")} autoComplete="off" />
      </label>
      <div className="dialog-actions">
        <Button onClick={cancel}>{t("ingest.cancel")}</Button>
        <Button kind="primary" type="submit">
          {t("users.save")}
        </Button>
      </div>
    </form>
  );
}
