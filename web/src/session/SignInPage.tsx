import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { Problem } from "@/api/client.ts";
import { Button } from "@/components/Button.tsx";
import { LOCALES, LOCALE_NAMES } from "@/i18n/locales.ts";
import { useT } from "@/i18n/translate.ts";
import { chooseLocale, useLocale } from "@/shell/preferences.ts";

import { Card } from "./Card.tsx";
import { type Session, SESSION_KEY, beginAnew, signIn } from "./session.ts";

const wantsCode = (error: Error | null) => error instanceof Problem && error.wantsCode;

function Languages() {
  const t = useT();
  const locale = useLocale();
  return (
    <div className="session-languages" role="group" aria-label={t("prefs.language")}>
      {LOCALES.map((each) => (
        <label key={each} className="language" lang={each}>
          <input type="radio" name="language" checked={each === locale} onChange={() => chooseLocale(each)} />
          {LOCALE_NAMES[each]}
        </label>
      ))}
    </div>
  );
}

function useWords(error: Error | null): string | null {
  const t = useT();
  if (!error || wantsCode(error)) return null;
  if (!(error instanceof Problem)) return t("load.unreachable");
  return error.status === 401 ? t("session.wrong") : error.message;
}

export default function SignInPage({ session }: { session: Session }) {
  const t = useT();
  const client = useQueryClient();
  const [code, setCode] = useState(false);
  const entering = useMutation({
    mutationFn: signIn,
    onSuccess: (found) => beginAnew() || client.setQueryData(SESSION_KEY, found),
    onError: (error) => wantsCode(error) && setCode(true),
  });
  const refused = new URLSearchParams(window.location.search).has("refused");
  const words = useWords(entering.error) ?? (refused && !code ? t("session.refused") : null);
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "");
    entering.mutate({ name: text("name").trim(), password: text("password"), ...(code && { code: text("code") }) });
  };
  return (
    <Card title={t("session.signIn")} town={session.title}>
      <form className="stack" onSubmit={onSubmit}>
        <label className="field">
          <span>{t("session.name")}</span>
          <input className="input" name="name" required autoComplete="username" autoCapitalize="none" autoFocus />
        </label>
        <label className="field">
          <span>{t("session.password")}</span>
          <input className="input" name="password" type="password" required autoComplete="current-password" />
        </label>
        {code && (
          <label className="field">
            <span>{t("session.code")}</span>
            <input className="input" name="code" required inputMode="numeric" pattern="[0-9 ]{6,7}" autoComplete="one-time-code" autoFocus />
          </label>
        )}
        {words && (
          <p role="alert" className="state-bad">
            {words}
          </p>
        )}
        <Button kind="primary" type="submit" disabled={entering.isPending}>
          {t("session.signIn")}
        </Button>
      </form>
      {session.oidc && (
        <a className="button" href={session.oidc.address}>
          {session.oidc.title}
        </a>
      )}
      <Languages />
    </Card>
  );
}
