import { useQuery } from "@tanstack/react-query";

import * as queries from "@/api/queries.ts";
import type { Alarm, AlarmGroup } from "@/api/types.ts";
import { Button } from "@/components/Button.tsx";
import { Icon } from "@/components/Icon.tsx";
import { LoadError, Loading, Notice } from "@/components/Notice.tsx";
import { usePhrase } from "@/i18n/phrases.ts";
import { useT } from "@/i18n/translate.ts";

import { AlarmList } from "./AlarmList.tsx";
import { PriorityMark } from "./PriorityMark.tsx";
import { type Act, placeOf } from "./model.ts";

interface Props {
  chosen: string | null;
  choose: (id: string) => void;
  act: (alarm: Alarm, act: Act) => void;
  acknowledge: (group: AlarmGroup) => void;
}

function Group({ group, ...rest }: Props & { group: AlarmGroup }) {
  const t = useT();
  const phrase = usePhrase();
  const what = `${phrase(group.first.title)}, ${placeOf(group.first)}`;
  const count = group.alarms.length;
  return (
    <details className="alarm-group">
      <summary>
        <Icon name="right" size={12} />
        <PriorityMark priority={group.priority} waits={group.unseen > 0} />
        <span className="alarm-what">
          <strong>{count === 1 ? t("alarms.group.one", { what }) : t("alarms.group", { count, what })}</strong>
        </span>
        <span className="soft">{group.unseen > 0 ? t("alarms.waiting", { count: group.unseen }) : t("alarms.noneWaiting")}</span>
      </summary>
      {group.unseen > 0 && (
        <div className="alarm-acts">
          <Button kind="primary" onClick={() => rest.acknowledge(group)}>
            {t("alarms.acknowledge")}
          </Button>
        </div>
      )}
      <AlarmList alarms={group.alarms} chosen={rest.chosen} choose={rest.choose} act={rest.act} />
    </details>
  );
}

/** Alarms by their cause: one burst main is one line. */
export function AlarmGroups(props: Props) {
  const t = useT();
  const { data, error, refetch } = useQuery(queries.alarmGroups());
  if (!data) return error ? <LoadError what={t("alarms.title")} error={error} retry={() => void refetch()} /> : <Loading what={t("alarms.title")} />;
  if (data.length === 0) return <Notice title={t("alarms.none")}>{t("alarms.noneDo")}</Notice>;
  return data.map((group) => <Group key={group.id} group={group} {...props} />);
}
