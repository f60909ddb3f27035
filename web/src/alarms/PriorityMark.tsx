import type { Priority } from "@/api/types.ts";
import { useT } from "@/i18n/translate.ts";

const SHAPES: Record<Priority, string> = {
  critical: "M1 1h14v14H1z",
  high: "M8 1 15.2 14.6H.8z",
  medium: "M8 .8 15.2 8 8 15.2.8 8z",
  low: "M8 1.4a6.6 6.6 0 1 1 0 13.2A6.6 6.6 0 0 1 8 1.4z",
};
const RANK: Record<Priority, number> = { critical: 1, high: 2, medium: 3, low: 4 };

/** A shape and a number of its own for each priority; filled while the alarm waits for an operator. */
export function PriorityMark({ priority, waits }: { priority: Priority; waits: boolean }) {
  const t = useT();
  return (
    <svg className={`priority priority-${priority} ${waits ? "priority-waits" : ""}`} width="20" height="20" viewBox="0 0 16 16" role="img" aria-label={t(`alarms.priority.${priority}`)}>
      <path d={SHAPES[priority]} />
      <text x="8" y={priority === "high" ? 12.6 : 11.2} textAnchor="middle">
        {RANK[priority]}
      </text>
    </svg>
  );
}
