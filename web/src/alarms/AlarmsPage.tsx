import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import * as queries from "@/api/queries.ts";
import type { Alarm, AlarmGroup, AlarmList as Alarms } from "@/api/types.ts";
import { LoadError, Loading, Notice } from "@/components/Notice.tsx";
import { Section } from "@/components/Section.tsx";
import { Segmented } from "@/components/Segmented.tsx";
import { formatTime } from "@/format/times.ts";
import { formatCount } from "@/format/values.ts";
import { useT } from "@/i18n/translate.ts";
import { setParams, useParam } from "@/routing/location.ts";
import { useLocale } from "@/shell/preferences.ts";

import { AlarmDetails } from "./AlarmDetails.tsx";
import { AlarmDialog, type Asked, isAsked } from "./AlarmDialog.tsx";
import { AlarmGroups } from "./AlarmGroups.tsx";
import { AlarmList } from "./AlarmList.tsx";
import { PriorityMark } from "./PriorityMark.tsx";
import "./alarms.css";
import { ASIDE, type Act, PRIORITIES, type View } from "./model.ts";
import { type Target, useActs } from "./use-acts.ts";

const MOST = 200;
const VIEWS: readonly View[] = ["open", "causes", "aside"];

function Counts({ alarms }: { alarms: Alarms }) {
  const t = useT();
  const locale = useLocale();
  const waiting = PRIORITIES.filter((priority) => alarms.waiting[priority] > 0);
  return (
    <p className="alarm-counts" role="status">
      {waiting.map((priority) => (
        <span key={priority}>
          <PriorityMark priority={priority} waits /> {formatCount(alarms.waiting[priority], locale)}
        </span>
      ))}
      <span className="soft">
        {waiting.length === 0 ? t("alarms.noneWaiting") : t("alarms.waiting", { count: waiting.reduce((sum, each) => sum + alarms.waiting[each], 0) })}
      </span>
    </p>
  );
}

interface Handles {
  chosen: string | null;
  choose: (id: string) => void;
  act: (alarm: Alarm, act: Act) => void;
}

function Listing({ found: { data, error, refetch }, view, ...handles }: Handles & { found: UseQueryResult<Alarms>; view: View }) {
  const t = useT();
  const locale = useLocale();
  if (!data) return error ? <LoadError what={t("alarms.title")} error={error} retry={() => void refetch()} /> : <Loading what={t("alarms.title")} />;
  if (data.total === 0) return view === "aside" ? <Notice title={t("alarms.noneAside")} /> : <Notice title={t("alarms.none")}>{t("alarms.noneDo")}</Notice>;
  const more = data.total - data.alarms.length;
  return (
    <>
      <AlarmList alarms={data.alarms} {...handles} />
      {more > 0 && <p className="soft section-none">{t("alarms.more", { count: formatCount(more, locale) })}</p>}
    </>
  );
}

/** What may be asked before it is done, and what is done at once. */
function useActing() {
  const acts = useActs();
  const [asked, setAsked] = useState<{ target: Target; act: Asked } | null>(null);
  const begin = (target: Target, act: Act) => {
    if (isAsked(act)) setAsked({ target, act });
    else acts.mutate({ target, act });
  };
  const dialog = (
    <AlarmDialog
      asked={asked}
      close={() => setAsked(null)}
      done={(doing) => {
        acts.mutate(doing);
        setAsked(null);
      }}
    />
  );
  return { begin, dialog, failure: acts.error?.message };
}

/** The alarm that was chosen, also after it left the list. */
function useChosen(id: string | null): Alarm | undefined {
  const { data } = useQuery({ ...queries.alarm(id ?? ""), enabled: id !== null });
  return data;
}

export default function AlarmsPage() {
  const t = useT();
  const locale = useLocale();
  const wanted = useParam("view");
  const view = VIEWS.find((each) => each === wanted) ?? "open";
  const chosen = useParam("alarm");
  const found = useQuery(queries.alarms(view === "aside" ? ASIDE : [], MOST));
  const { begin, dialog, failure } = useActing();
  const alarm = useChosen(chosen);
  const handles: Handles = {
    chosen,
    choose: (id) => setParams({ alarm: id }),
    act: (target, act) => begin({ alarm: target }, act),
  };
  const flood = found.data?.flood_since;
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("alarms.title")}</h1>
        {found.data && <Counts alarms={found.data} />}
        <Segmented label={t("alarms.view")} options={VIEWS.map((value) => ({ value, label: t(`alarms.view.${value}`) }))} value={view} onChange={(value) => setParams({ view: value === "open" ? null : value })} />
      </header>
      {flood && <p className="alarm-flood" role="alert">{t("alarms.flood", { time: formatTime(Date.parse(flood), "clock", locale) })}</p>}
      {failure && <p role="alert" className="section-none state-bad">{t("alarms.failed", { reason: failure })}</p>}
      <div className="alarms-page">
        <Section title={t(`alarms.view.${view}`)} actions={<span className="soft small alarm-keys">{t("alarms.keys")}</span>}>
          {view === "causes" ? <AlarmGroups {...handles} acknowledge={(group: AlarmGroup) => begin({ group }, "acknowledge")} /> : <Listing found={found} view={view} {...handles} />}
        </Section>
        <Section title={t("alarms.chosen")} className="alarm-side">
          {alarm ? <AlarmDetails alarm={alarm} act={handles.act} /> : <p className="soft section-none">{t("alarms.choose")}</p>}
        </Section>
      </div>
      {dialog}
    </div>
  );
}
