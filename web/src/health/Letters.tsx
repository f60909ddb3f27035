import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { address, send } from "@/api/client.ts";
import * as queries from "@/api/queries.ts";
import type { Letter } from "@/api/types.ts";
import { Button } from "@/components/Button.tsx";
import { Dialog } from "@/components/Dialog.tsx";
import { Listed } from "@/components/Listed.tsx";
import { Section } from "@/components/Section.tsx";
import { Segmented } from "@/components/Segmented.tsx";
import { type Column, Table } from "@/components/Table.tsx";
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

function useColumns(replay: (key: string) => void, ask: (letter: Letter) => void): Column<Letter>[] {
  const t = useT();
  const locale = useLocale();
  return [
    { title: t("ingest.at"), cell: ({ at }) => formatTime(Date.parse(at), "full", locale) },
    { title: t("ingest.from"), cell: ({ topic }) => topic },
    { title: t("ingest.reason"), cell: ({ reason }) => reason },
    {
      title: t("ingest.payload"),
      cell: ({ payload }) => (
        <div className="payload">
          <code>{text(payload)}</code>
        </div>
      ),
    },
    {
      title: t("ingest.actions"),
      quiet: true,
      cell: (letter) => (
        <div className="row-actions">
          <Button onClick={() => replay(letter.key)}>{t("ingest.replay")}</Button>
          <Button kind="danger" onClick={() => ask(letter)}>
            {t("ingest.delete")}
          </Button>
        </div>
      ),
    },
  ];
}

/** What could not be understood or delivered, with the reason; replay or delete. */
export function Letters() {
  const t = useT();
  const [box, setBox] = useState<Box>("ingest");
  const [asked, setAsked] = useState<Letter | null>(null);
  const found = useQuery(queries.letters(box));
  const { replay, remove } = useLetterActions();
  const columns = useColumns((key) => replay.mutate(key), setAsked);
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
      <Listed query={found} what={t("ingest.letters")} none={t(box === "ingest" ? "ingest.noLetters" : "ingest.noNotificationLetters")}>
        {(letters) => <Table columns={columns} rows={letters} keyOf={({ key }) => key} />}
      </Listed>
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
