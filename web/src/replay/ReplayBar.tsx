import { useState } from "react";

import { Button, IconButton } from "@/components/Button.tsx";
import { Segmented } from "@/components/Segmented.tsx";
import { formatTime, fromLocalInput, toLocalInput } from "@/format/times.ts";
import { formatCount } from "@/format/values.ts";
import { useT } from "@/i18n/translate.ts";
import { clockNow } from "@/live/clock.ts";
import { setParams } from "@/routing/location.ts";
import { useLocale } from "@/shell/preferences.ts";

import { RATES, replayParams, stepOf } from "./replay.ts";
import "./replay.css";
import type { Player } from "./use-replay.ts";

const HOUR_MS = 3_600_000;
const LENGTHS = { "1h": HOUR_MS, "6h": 6 * HOUR_MS, "24h": 24 * HOUR_MS, "7d": 168 * HOUR_MS } as const;
type Length = keyof typeof LENGTHS;

/** Begins with the six hours that are just over. */
export function beginReplay(): void {
  const end = clockNow("plant");
  setParams(replayParams({ start: end - LENGTHS["6h"], end, at: end - LENGTHS["6h"], rate: 600 }), true);
}

function Stretch({ player: { replay, change } }: { player: Player }) {
  const t = useT();
  const length = replay.end - replay.start;
  const known = (Object.keys(LENGTHS) as Length[]).find((each) => Math.abs(LENGTHS[each] - length) < 1000) ?? null;
  const [end, setEnd] = useState(toLocalInput(replay.end));
  const settle = () => {
    const to = fromLocalInput(end);
    if (Number.isNaN(to)) setEnd(toLocalInput(replay.end));
    else if (toLocalInput(replay.end) !== end) change({ ...replay, start: to - length, end: to, at: to - length });
  };
  return (
    <>
      <Segmented
        label={t("history.range")}
        value={known}
        onChange={(each) => change({ ...replay, start: replay.end - LENGTHS[each], at: Math.max(replay.at, replay.end - LENGTHS[each]) })}
        options={(Object.keys(LENGTHS) as Length[]).map((value) => ({ value, label: t(`history.${value}`) }))}
      />
      <label className="replay-end">
        <span className="soft small">{t("replay.until")}</span>
        <input type="datetime-local" value={end} onChange={(event) => setEnd(event.target.value)} onBlur={settle} onKeyDown={(event) => event.key === "Enter" && settle()} />
      </label>
    </>
  );
}

/** Where the map is in the past, and how it goes on. */
export function ReplayBar({ player, waiting }: { player: Player; waiting: boolean }) {
  const t = useT();
  const locale = useLocale();
  const { replay, playing } = player;
  const shown = formatTime(replay.at, "full", locale);
  return (
    <section className="replay" aria-label={t("replay.title")}>
      <div className="replay-line">
        <IconButton icon={playing ? "pause" : "play"} label={t(playing ? "replay.pause" : "replay.play")} onClick={() => player.play(!playing)} />
        <input
          type="range"
          className="replay-range"
          min={replay.start}
          max={replay.end}
          step={stepOf(replay)}
          value={replay.at}
          aria-label={t("replay.moment")}
          aria-valuetext={shown}
          onChange={(event) => player.move(Number(event.target.value))}
        />
        <output className="replay-now" aria-live="off">
          {shown}
        </output>
        <span className={`replay-wait soft small ${waiting ? "" : "replay-ready"}`}>{t("replay.wait")}</span>
      </div>
      <div className="replay-line">
        <Stretch key={replay.end} player={player} />
        <Segmented
          label={t("demo.speed")}
          value={String(replay.rate)}
          onChange={(rate) => player.change({ ...replay, rate: Number(rate) })}
          options={RATES.map((rate) => ({ value: String(rate), label: `${formatCount(rate, locale)}×` }))}
        />
        <Button className="button-primary" icon="live" onClick={() => player.change(null)}>
          {t("replay.live")}
        </Button>
      </div>
    </section>
  );
}
