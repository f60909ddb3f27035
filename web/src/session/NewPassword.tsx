import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { Button } from "@/components/Button.tsx";
import { useT } from "@/i18n/translate.ts";

import { Card } from "./Card.tsx";
import { changePassword, known, SESSION_KEY, signOut } from "./session.ts";

const SHORTEST = 12;

/** Asks for the present password and twice for the next; `done` is called once it holds. */
export function PasswordForm({ done, leave, leaveWords }: { done: () => void; leave: () => void; leaveWords: string }) {
  const t = useT();
  const client = useQueryClient();
  const [differ, setDiffer] = useState(false);
  const changing = useMutation({
    mutationFn: changePassword,
    onSuccess: (found) => {
      client.setQueryData(SESSION_KEY, known(found));
      done();
    },
  });
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name));
    setDiffer(text("next") !== text("again"));
    if (text("next") === text("again")) changing.mutate({ old: text("old"), new: text("next") });
  };
  const words = differ ? t("session.differ") : changing.error?.message;
  const fields = [
    { name: "old", label: t("session.oldPassword"), complete: "current-password" },
    { name: "next", label: t("session.newPassword", { count: SHORTEST }), complete: "new-password" },
    { name: "again", label: t("session.again"), complete: "new-password" },
  ];
  return (
    <form className="stack" onSubmit={onSubmit}>
      {fields.map(({ name, label, complete }) => (
        <label key={name} className="field">
          <span>{label}</span>
          <input className="input" name={name} type="password" required minLength={name === "old" ? 1 : SHORTEST} autoComplete={complete} autoFocus={name === "old"} />
        </label>
      ))}
      {words && (
        <p role="alert" className="state-bad">
          {words}
        </p>
      )}
      <div className="dialog-actions">
        <Button onClick={leave}>{leaveWords}</Button>
        <Button kind="primary" type="submit" disabled={changing.isPending}>
          {t("session.change")}
        </Button>
      </div>
    </form>
  );
}

/** What whoever came in with a one-time password sees first. */
export default function NewPassword({ first }: { first: boolean }) {
  const t = useT();
  const client = useQueryClient();
  const out = () => void signOut().finally(() => client.resetQueries());
  return (
    <Card title={t("session.changeTitle")}>
      {first && <p className="soft">{t("session.changeFirst")}</p>}
      <PasswordForm done={() => undefined} leave={out} leaveWords={t("session.signOut")} />
    </Card>
  );
}
