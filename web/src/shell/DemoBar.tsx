import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { address, send } from "@/api/client.ts";
import * as queries from "@/api/queries.ts";
import type { Demo } from "@/api/types.ts";
import { Segmented } from "@/components/Segmented.tsx";
import { partOfDay } from "@/format/times.ts";
import { usePhrase } from "@/i18n/phrases.ts";
import { useT } from "@/i18n/translate.ts";
import { clockNow } from "@/live/clock.ts";
import { useSecond } from "@/live/ticker.ts";

import "./demo.css";

const SPEEDS = ["0", "1", "10", "60", "300"] as const;
const HOURS = Array.from({ length: 25 }, (_, hour) => hour);
type Steer = { speed?: number; chapter?: string };

const dayPart = (time: string) => {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return (hour * 60 + minute) / 1440;
};

function useSteer() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Steer) => send<Demo>("POST", address("/demo"), body),
    onSuccess: async (_, body) => {
      if (body.chapter) await client.invalidateQueries();
      else await client.invalidateQueries({ queryKey: ["demo"] });
    },
  });
}

/** The hand on the day's line, which alone moves each second. */
function Hand() {
  useSecond();
  return <span className="day-hand" style={{ insetInlineStart: `${partOfDay(clockNow("plant")) * 100}%` }} />;
}

function Day({ demo, jump }: { demo: Demo; jump: (chapter: string) => void }) {
  const t = useT();
  const phrase = usePhrase();
  return (
    <div className="day">
      <div className="chapters" role="group" aria-label={t("demo.chapters")}>
        {demo.chapters.map((chapter) => (
          <button
            key={chapter.id}
            type="button"
            className="chapter"
            aria-current={chapter.current ? "step" : undefined}
            title={phrase(chapter.description)}
            onClick={() => jump(chapter.id)}
          >
            {chapter.time} {phrase(chapter.title)}
          </button>
        ))}
      </div>
      <div className="day-line" aria-hidden="true">
        {HOURS.map((hour) => (
          <span key={hour} className={hour % 6 ? "day-tick" : "day-tick day-quarter"} style={{ insetInlineStart: `${(hour / 24) * 100}%` }} />
        ))}
        {demo.chapters.map((chapter) => (
          <span key={chapter.id} className="day-chapter" style={{ insetInlineStart: `${dayPart(chapter.time) * 100}%` }} />
        ))}
        <Hand />
      </div>
    </div>
  );
}

export function DemoBar() {
  const t = useT();
  const phrase = usePhrase();
  const { data: demo } = useQuery(queries.demo());
  const steer = useSteer();
  if (!demo) return null;
  const speed = SPEEDS.find((each) => Number(each) === (demo.paused ? 0 : demo.speed)) ?? null;
  return (
    <section className="demo" aria-label={t("demo.label")}>
      <strong className="demo-title">{phrase(demo.title)}</strong>
      <Day demo={demo} jump={(chapter) => steer.mutate({ chapter })} />
      <Segmented
        label={t("demo.speed")}
        value={speed}
        onChange={(value) => steer.mutate({ speed: Number(value) })}
        options={SPEEDS.map((value) => ({ value, label: value === "0" ? t("demo.pause") : t("clock.speed", { speed: value }) }))}
      />
      {steer.error && <p role="alert">{t("demo.failed", { reason: steer.error.message })}</p>}
    </section>
  );
}
