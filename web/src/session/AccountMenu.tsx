import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type MouseEvent, Suspense, lazy, useState } from "react";

import { Button } from "@/components/Button.tsx";
import { useT } from "@/i18n/translate.ts";
import { Link } from "@/routing/Link.tsx";
import { PATHS } from "@/routing/route.ts";

import { type Grant, beginAnew, may, session, SESSION_KEY, signOut, statePurpose, type Who } from "./session.ts";
import "./session.css";

const AccountDialogs = lazy(() => import("./AccountDialogs.tsx"));
const ID = "account";

/** A grant in a few words. */
export function grantText(grant: Grant): string {
  return [grant.role, ...grant.solutions, ...grant.areas, ...grant.purposes].join(" · ");
}

function Purpose({ who }: { who: Who }) {
  const t = useT();
  const client = useQueryClient();
  const stating = useMutation({
    mutationFn: statePurpose,
    onSuccess: (found) => {
      client.setQueryData(SESSION_KEY, found);
      void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] });
    },
  });
  return (
    <label className="field">
      <span>{t("session.purpose")}</span>
      <select className="input" value={who.purpose ?? ""} onChange={(event) => stating.mutate(event.target.value || null)}>
        <option value="">{t("session.noPurpose")}</option>
        {who.purposes.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
      <span>{t("session.purposeSay")}</span>
    </label>
  );
}

function hideAfterChoice(event: MouseEvent<HTMLElement>): void {
  if ((event.target as Element).closest("a, button")) event.currentTarget.hidePopover();
}

/** Who is signed in, in the top bar; says so where nobody is asked. */
export function AccountMenu() {
  const t = useT();
  const { data } = useQuery(session());
  const [asked, setAsked] = useState<"password" | "factor" | null>(null);
  const leaving = useMutation({ mutationFn: signOut, onSettled: beginAnew });
  const who = data?.who;
  if (!who) return data?.auth === "none" ? <span className="open-door soft small">{t("session.nobodyAsked")}</span> : null;
  return (
    <>
      <Button className="account-open" icon="person" popoverTarget={ID} aria-label={t("session.signedIn", { name: who.name })}>
        <span>{who.name}</span>
      </Button>
      <div id={ID} popover="auto" className="account" role="dialog" aria-label={t("session.account")} onClick={hideAfterChoice}>
        <p>{t("session.signedIn", { name: who.name })}</p>
        {who.grants.length === 0 ? (
          <p className="soft">{t("session.nothing")}</p>
        ) : (
          <ul className="small">
            {who.grants.map((grant) => (
              <li key={grantText(grant)}>{grantText(grant)}</li>
            ))}
          </ul>
        )}
        {who.purposes.length > 0 && <Purpose who={who} />}
        {who.account && (
          <>
            <Button onClick={() => setAsked("password")}>{t("session.changeTitle")}</Button>
            <Button onClick={() => setAsked("factor")}>{t(who.second_factor ? "session.factorAgain" : "session.factor")}</Button>
          </>
        )}
        {may(data, "users.manage") && (
          <Link className="button" to={PATHS.users}>
            {t("nav.users")}
          </Link>
        )}
        <Button kind="primary" onClick={() => leaving.mutate()}>
          {t("session.signOut")}
        </Button>
      </div>
      {asked && (
        <Suspense>
          <AccountDialogs asked={asked} close={() => setAsked(null)} />
        </Suspense>
      )}
    </>
  );
}
