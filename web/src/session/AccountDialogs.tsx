import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";

import { Button } from "@/components/Button.tsx";
import { Dialog } from "@/components/Dialog.tsx";
import { Loading } from "@/components/Notice.tsx";
import { useT } from "@/i18n/translate.ts";

import { PasswordForm } from "./NewPassword.tsx";
import { confirmFactor, offerFactor, SESSION_KEY } from "./session.ts";

function FactorForm({ close }: { close: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const { data: offer } = useQuery({ queryKey: ["factor"], queryFn: offerFactor, staleTime: Infinity, gcTime: 0 });
  const confirming = useMutation({
    mutationFn: confirmFactor,
    onSuccess: (found) => {
      client.setQueryData(SESSION_KEY, found);
      close();
    },
  });
  if (!offer) return <Loading what={t("session.factor")} />;
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    confirming.mutate({ key: offer.key, code: String(new FormData(event.currentTarget).get("code")) });
  };
  return (
    <form className="stack" onSubmit={onSubmit}>
      <p className="key">{offer.key.replace(/(.{4})/g, "$1 ").trim()}</p>
      <p>
        <a href={offer.address}>{t("session.factorOpen")}</a>
      </p>
      <label className="field">
        <span>{t("session.code")}</span>
        <input className="input" name="code" required inputMode="numeric" pattern="[0-9 ]{6,7}" autoComplete="one-time-code" autoFocus />
      </label>
      {confirming.error && (
        <p role="alert" className="state-bad">
          {confirming.error.message}
        </p>
      )}
      <div className="dialog-actions">
        <Button onClick={close}>{t("ingest.cancel")}</Button>
        <Button kind="primary" type="submit">
          {t("session.factorConfirm")}
        </Button>
      </div>
    </form>
  );
}

export default function AccountDialogs({ asked, close }: { asked: "password" | "factor"; close: () => void }) {
  const t = useT();
  const factor = asked === "factor";
  return (
    <Dialog open onOpenChange={close} title={t(factor ? "session.factor" : "session.changeTitle")} {...(factor && { describe: t("session.factorSay") })}>
      {factor ? <FactorForm close={close} /> : <PasswordForm done={close} leave={close} leaveWords={t("ingest.cancel")} />}
    </Dialog>
  );
}
