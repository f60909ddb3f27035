import type { ReactNode } from "react";

import { Problem } from "@/api/client.ts";
import { useT } from "@/i18n/translate.ts";

import { Button } from "./Button.tsx";
import "./notice.css";

interface Props {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  role?: "status" | "alert";
  /** It is all that the page has to say. */
  page?: boolean;
}

/** Says what is (not) there and what to do about it. */
export function Notice({ title, children, action, role, page = false }: Props) {
  const Title = page ? "h1" : "p";
  return (
    <div className="notice" role={role}>
      <Title className="notice-title">{title}</Title>
      {children && <p className="soft">{children}</p>}
      {action}
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  const t = useT();
  return (
    <div className="notice loading" role="status">
      <span className="loading-bar" aria-hidden="true" />
      <p className="soft">{t("load.wait", { what })}</p>
    </div>
  );
}

export function LoadError({ what, error, retry }: { what: string; error: Error; retry: () => void }) {
  const t = useT();
  if (error instanceof Problem && error.status === 403)
    return (
      <Notice role="alert" title={t("session.mayNot", { what })}>
        {error.message}
      </Notice>
    );
  return (
    <Notice role="alert" title={t("load.failed", { what })} action={<Button onClick={retry}>{t("load.again")}</Button>}>
      {error instanceof Problem ? error.message : t("load.unreachable")}
    </Notice>
  );
}
