import { useQuery } from "@tanstack/react-query";
import { Suspense, lazy, useEffect } from "react";

import { Loading, LoadError } from "@/components/Notice.tsx";
import { startPhrases } from "@/i18n/phrases.ts";
import { useT } from "@/i18n/translate.ts";
import { connection } from "@/live/session.ts";
import { Shell } from "@/shell/Shell.tsx";

import * as sessions from "./session.ts";

const SignInPage = lazy(() => import("./SignInPage.tsx"));
const NewPassword = lazy(() => import("./NewPassword.tsx"));

/** The dashboard once somebody is in; its live stream begins then, and ends with the session. */
function Inside({ live }: { live: boolean }) {
  useEffect(() => {
    sessions.entered();
    startPhrases();
    if (live) connection.start();
    return () => connection.stop();
  }, [live]);
  return <Shell />;
}

export function Door() {
  const t = useT();
  const { data, error, refetch } = useQuery(sessions.session());
  if (!data) {
    if (error) return <LoadError what={t("session.what")} error={error} retry={() => void refetch()} />;
    return <div aria-busy="true" />;
  }
  const live = sessions.may(data, "entities.read");
  if (data.auth === "none") return <Inside live />;
  return (
    <Suspense fallback={<Loading what={t("session.what")} />}>
      {data.who === null ? <SignInPage session={data} /> : data.who.must_change ? <NewPassword first /> : <Inside key={data.who.id} live={live} />}
    </Suspense>
  );
}
