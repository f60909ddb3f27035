import { useT } from "@/i18n/translate.ts";

import "./state-mark.css";

export type State = "good" | "uncertain" | "bad" | "stale";
export const STATES: readonly State[] = ["good", "uncertain", "bad", "stale"];
export const LEVEL_STATES = ["good", "uncertain", "bad"] as const;

export function stateOf(quality: 0 | 1 | 2, stale: boolean): State {
  return stale ? "stale" : LEVEL_STATES[quality];
}

/** A shape of its own for each state, so that colour is never the only sign. */
export function StateShape({ state }: { state: State }) {
  return (
    <svg className={`state-shape state-${state}`} width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
      {state === "good" && <circle cx="7" cy="7" r="4" fill="currentColor" />}
      {state === "uncertain" && (
        <>
          <path d="M7 1.2 13.2 12.6H.8z" className="state-fill" />
          <path d="M7 5v3.6M7 10.2v1.2" className="state-stroke" />
        </>
      )}
      {state === "bad" && (
        <>
          <rect x="1" y="1" width="12" height="12" rx="1.5" className="state-fill" />
          <path d="M4.2 4.2l5.6 5.6M9.8 4.2 4.2 9.8" className="state-stroke" />
        </>
      )}
      {state === "stale" && <circle cx="7" cy="7" r="5" fill="none" stroke="currentColor" strokeWidth="1.6" strokeDasharray="2.4 2" />}
    </svg>
  );
}

export function StateMark({ state, detail }: { state: State; detail?: string | null }) {
  const t = useT();
  return (
    <span className={`state-mark state-${state}`}>
      <StateShape state={state} />
      <span>
        {t(`state.${state}`)}
        {detail && <span className="soft"> · {detail}</span>}
      </span>
    </span>
  );
}
