/** Plays the past: what the address says, moved on while it runs. */

import { useEffect, useRef, useState } from "react";

import { setParams, useParam } from "@/routing/location.ts";

import { type Replay, advanced, replayOf, replayParams } from "./replay.ts";

/** Between two notes of the place in the address while it runs [ms]. */
const NOTE_MS = 1000;
/** A tab that was asleep goes on where it was. */
const LONGEST_STEP_MS = 250;

export interface Player {
  replay: Replay;
  playing: boolean;
  play(on: boolean): void;
  move(at: number): void;
  change(replay: Replay | null): void;
}

export function useReplay(): Player | null {
  const text = useParam("replay");
  const at = useParam("t");
  const rate = useParam("rate");
  const told = replayOf(text, at, rate);
  const [playing, setPlaying] = useState(false);
  const [shown, setShown] = useState<Replay | null>(told);
  const latest = useRef(shown);
  const key = told && `${text}/${at}/${rate}`;

  useEffect(() => {
    if (playing && told && latest.current?.start === told.start && latest.current.rate === told.rate) return;
    latest.current = told;
    setShown(told);
  }, [key]);

  useEffect(() => {
    if (!playing) return;
    let before = performance.now();
    let noted = before;
    let frame = requestAnimationFrame(function next(now) {
      const replay = latest.current;
      if (!replay || replay.at >= replay.end) return setPlaying(false);
      latest.current = advanced(replay, Math.min(now - before, LONGEST_STEP_MS));
      before = now;
      setShown(latest.current);
      if (now - noted > NOTE_MS) {
        noted = now;
        setParams(replayParams(latest.current));
      }
      frame = requestAnimationFrame(next);
    });
    return () => {
      cancelAnimationFrame(frame);
      if (latest.current) setParams(replayParams(latest.current));
    };
  }, [playing]);

  if (!shown || !told) return null;
  const change = (replay: Replay | null) => {
    latest.current = replay;
    setShown(replay);
    if (!replay) setPlaying(false);
    setParams(replayParams(replay));
  };
  return {
    replay: shown,
    playing,
    play: (on) => {
      if (on && latest.current && latest.current.at >= latest.current.end) change({ ...latest.current, at: latest.current.start });
      setPlaying(on);
    },
    move: (to) => change({ ...shown, at: to }),
    change,
  };
}
