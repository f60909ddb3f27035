import { type KeyboardEvent, useEffect, useRef } from "react";

import type { Alarm } from "@/api/types.ts";
import { useT } from "@/i18n/translate.ts";

import { AlarmRow } from "./AlarmRow.tsx";
import { type Act, actOfKey, moveOfKey, waits } from "./model.ts";

interface Props {
  alarms: readonly Alarm[];
  chosen: string | null;
  choose: (id: string) => void;
  act: (alarm: Alarm, act: Act) => void;
}

const optionId = (id: string) => `alarm-${id}`;

/** Alarms to walk through with the arrow keys and to act on with a letter. */
export function AlarmList({ alarms, chosen, choose, act }: Props) {
  const t = useT();
  const list = useRef<HTMLUListElement>(null);
  const at = alarms.findIndex(({ id }) => id === chosen);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView?.({ block: "nearest" });
  }, [chosen]);
  const onKeyDown = (event: KeyboardEvent<HTMLUListElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = moveOfKey(event.key, at, alarms.length);
    const there = to === undefined ? undefined : alarms[to];
    const here = alarms[at] ?? alarms[0];
    const wanted = here && actOfKey(event.key, here.state);
    if (!there && !wanted) return;
    event.preventDefault();
    if (there) choose(there.id);
    else if (here && wanted) act(here, wanted);
  };
  return (
    <ul ref={list} className="alarm-list" role="listbox" tabIndex={0} aria-label={t("alarms.list")} aria-activedescendant={at < 0 ? undefined : optionId(alarms[at]!.id)} onKeyDown={onKeyDown} onFocus={() => at < 0 && alarms[0] && choose(alarms[0].id)}>
      {alarms.map((alarm) => (
        <li key={alarm.id} id={optionId(alarm.id)} role="option" aria-selected={alarm.id === chosen} className={`alarm-row ${waits(alarm.state) ? "alarm-waits" : ""}`} onClick={() => choose(alarm.id)}>
          <AlarmRow alarm={alarm} />
        </li>
      ))}
    </ul>
  );
}
