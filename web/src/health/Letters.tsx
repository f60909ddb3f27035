import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { address, send } from "@/api/client.ts";
import * as queries from "@/api/queries.ts";
import type { Letter } from "@/api/types.ts";
import { Button } from "@/components/Button.tsx";
import { Dialog } from "@/components/Dialog.tsx";
import { LoadError, Loading } from "@/components/Notice.tsx";
import { Section } from "@/components/Section.tsx";
import { Segmented } from "@/components/Segmented.tsx";
import { formatTime } from "@/format/times.ts";
import { useT } from "@/i18n/translate.ts";
import { useLocale } from "@/shell/preferences.ts";

type Box = "ingest" | "notification";
const text = (payload: unknown) => (typeof payload === "string" ? payload : JSON.stringify(payload));

function useLetterActions() {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: ["letters"] });
  const path = (key: string) => `/letters/${encodeURIComponent(key)}`;
  const replay = useMutation({ mutationFn: (key: string) => send("POST", address(`${path(key)}/replay`)), onSettled });
  const remove = useMutation({ mutationFn: (key: string) => send("DELETE", address(path(key))), onSettled });
  return { replay, remove };
}

function LetterTable({ letters, replay, ask }: { letters: readonly Letter[]; replay: (key: string) => void; ask: (letter: Letter) => void }) {
  const t = useT();
  const locale = useLocale();
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t("ingest.at")}</th>
            <th scope="col">{t("ingest.from")}</th>
            <th scope="col">{t("ingest.reason")}</th>
            <th scope="col">{t("ingest.payload")}</th>
            <th scope="col">
              <span className="visually-hidden">{t("ingest.actions")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {letters.map((letter) => (
            <tr key={letter.key}>
              <td>{formatTime(Date.parse(letter.at), "full", locale)}</td>
              <td>{letter.topic}</td>
              <td>{letter.reason}</td>
              <td>
                <div className="payload">
                  <code>{text(letter.payload)}</code>
                </div>
              </td>
              <td>
                <div className="row-actions">
                  <Button onClick={() => replay(letter.key)}>{t("ingest.replay")}</Button>
                  <Button kind="danger" onClick={() => ask(letter)}>
                    {t("ingest.delete")}
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

/** What could not be understood or delivered, with the reason; replay or delete. */
export function Letters() {
  const t = useT();
  const [box, setBox] = useState<Box>("ingest");
  const [asked, setAsked] = useState<Letter | null>(null);
  const { data, error, refetch } = useQuery(queries.letters(box));
  const { replay, remove } = useLetterActions();
  const failure = replay.error ?? remove.error;
  const confirm = () => {
    if (asked) remove.mutate(asked.key);
    setAsked(null);
  };
  const boxes = (
    <Segmented<Box>
      label={t("ingest.letters")}
      value={box}
      onChange={setBox}
      options={[
        { value: "ingest", label: t("ingest.lettersIngest") },
        { value: "notification", label: t("ingest.lettersNotification") },
      ]}
    />
  );
  return (
    <Section title={t("ingest.letters")} actions={boxes}>
      {failure && (
        <p role="alert" className="section-none state-bad">
          {t("ingest.failed", { reason: failure.message })}
        </p>
      )}
      {error && !data && <LoadError what={t("ingest.letters")} error={error} retry={() => void refetch()} />}
      {!error && !data && <Loading what={t("ingest.letters")} />}
      {data?.length === 0 && <p className="soft section-none">{t(box === "ingest" ? "ingest.noLetters" : "ingest.noNotificationLetters")}</p>}
      {data && data.length > 0 && <LetterTable letters={data} replay={(key) => replay.mutate(key)} ask={setAsked} />}
      <Dialog open={asked !== null} onOpenChange={() => setAsked(null)} title={t("ingest.deleteAsk")} describe={t("ingest.deleteSay")}>
        {asked && <code className="payload">{text(asked.payload)}</code>}
        <div className="dialog-actions">
          <Button onClick={() => setAsked(null)}>{t("ingest.cancel")}</Button>
          <Button kind="danger" onClick={confirm}>
            {t("ingest.delete")}
          </Button>
        </div>
      </Dialog>
    </Section>
  );
}
