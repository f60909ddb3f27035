import type { CommandState, CommandView } from "@/api/types.ts";
import { formatTime } from "@/format/times.ts";
import { useT } from "@/i18n/translate.ts";
import { useLocale } from "@/shell/preferences.ts";

import { WAY, lookOf } from "./model.ts";

const SIGNS = { good: "M3 8.5 6.5 12 13 4.5", bad: "M4 4l8 8M12 4 4 12", open: "M8 3v5l3 2" } as const;

/** A sign and a word: colour is never the only sign. */
export function CommandMark({ state }: { state: CommandState }) {
  const t = useT();
  const look = lookOf(state);
  return (
    <span className={`command-mark command-${look}`}>
      <svg width="14" height="14" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
        <path d={SIGNS[look]} />
      </svg>
      {t(`commands.state.${state}`)}
    </span>
  );
}

/** How far a command has come: the steps that it took, and those that are left. */
export function CommandLife({ command }: { command: CommandView }) {
  const t = useT();
  const locale = useLocale();
  const taken = command.life.map(({ state }) => state);
  const left = lookOf(command.state) === "open" ? WAY.slice(Math.max(...WAY.map((state, at) => (taken.includes(state) ? at + 1 : 0)))) : [];
  return (
    <ol className="command-life">
      {command.life.map((step, at) => (
        <li key={at} aria-current={at === command.life.length - 1 ? "step" : undefined}>
          <CommandMark state={step.state} />
          <span className="soft small">
            {formatTime(Date.parse(step.at), "clock", locale)} · {step.by}
          </span>
        </li>
      ))}
      {left.map((state) => (
        <li key={`left-${state}`} className="command-left">
          {t(`commands.state.${state}`)}
        </li>
      ))}
    </ol>
  );
}
