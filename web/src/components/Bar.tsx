import "./bar.css";

interface Props {
  value: number | null;
  min: number;
  max: number;
  target?: number | null | undefined;
  label: string;
}

const part = (value: number, min: number, max: number) => Math.min(1, Math.max(0, (value - min) / (max - min || 1)));

/** An analogue indicator: where a value stands between its limits, from zero where that lies between them. */
export function Bar({ value, min, max, target, label }: Props) {
  const zero = part(Math.max(min, Math.min(0, max)), min, max);
  const at = value === null ? zero : part(value, min, max);
  const percent = (share: number) => `${share * 100}%`;
  return (
    <div className="bar" role="meter" aria-label={label} aria-valuemin={min} aria-valuemax={max} aria-valuenow={value ?? min}>
      {value !== null && <div className="bar-fill" style={{ insetInlineStart: percent(Math.min(zero, at)), inlineSize: percent(Math.abs(at - zero)) }} />}
      {zero > 0 && zero < 1 && <div className="bar-zero" style={{ insetInlineStart: percent(zero) }} />}
      {target !== null && target !== undefined && <div className="bar-target" style={{ insetInlineStart: percent(part(target, min, max)) }} />}
    </div>
  );
}
