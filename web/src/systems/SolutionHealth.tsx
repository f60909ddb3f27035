import type { HealthState } from "@/api/types.ts";
import { type State, StateShape } from "@/components/StateMark.tsx";
import { useT } from "@/i18n/translate.ts";

const SHAPES: Record<HealthState, State> = { running: "good", degraded: "uncertain", failed: "bad", starting: "stale" };

/** How a solution does, by shape and word. */
export function SolutionHealth({ state }: { state: HealthState }) {
  const t = useT();
  return (
    <span className={`state-mark state-${SHAPES[state]}`}>
      <StateShape state={SHAPES[state]} /> {t(`systems.${state}`)}
    </span>
  );
}
