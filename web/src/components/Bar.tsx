import "./bar.css";

interface Props {
  value: number | null;
  min: number;
  max: number;
  target?: number | null | undefined;
  label: string;
}

const part = (value: number, min: number, max: number) => Math.min(1, Math.max(0, (value - min) / (max - min || 1)));

/** An analogue indicator: where a value stands between its limits, and its target as a tick. */
export function Bar({ value, min, max, target, label }: Props) {
  return (
    <div className="bar" role="meter" aria-label={label} aria-valuemin={min} aria-valuemax={max} aria-valuenow={value ?? min}>
      {value !== null && <div className="bar-fill" style={{ inlineSize: `${part(value, min, max) * 100}%` }} />}
      {target !== null && target !== undefined && <div className="bar-target" style={{ insetInlineStart: `${part(target, min, max) * 100}%` }} />}
    </div>
  );
}
