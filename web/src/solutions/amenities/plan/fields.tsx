/** Small inputs of the question. */

import { type ReactNode, useEffect, useState } from "react";

interface FieldProps {
  label: string;
  children: ReactNode;
  hint?: string | undefined;
}

export function Field({ label, children, hint }: FieldProps) {
  return (
    <label className="field">
      <span>{label}</span>
      {children}
      {hint && <small className="soft">{hint}</small>}
    </label>
  );
}

interface NumberProps {
  value: number | null;
  onChange: (value: number | null) => void;
  min?: number;
  max?: number;
  step?: number | "any";
  /** An empty field means none. */
  optional?: boolean;
  label?: string;
  className?: string;
}

/** A number that may be typed in parts: only what is one is told. */
export function NumberInput({ value, onChange, min = 0, max, step = "any", optional = false, label, className = "" }: NumberProps) {
  const [text, setText] = useState(value === null ? "" : String(value));
  useEffect(() => {
    if ((text === "" ? null : Number(text)) !== value) setText(value === null ? "" : String(value));
  }, [value]);
  const type = (next: string) => {
    setText(next);
    if (next === "") return optional ? onChange(null) : undefined;
    const number = Number(next);
    if (Number.isFinite(number) && number >= min && (max === undefined || number <= max)) onChange(number);
  };
  return <input className={`input ${className}`} type="number" inputMode="decimal" aria-label={label} value={text} min={min} max={max} step={step} onChange={(event) => type(event.target.value)} onBlur={() => setText(value === null ? "" : String(value))} />;
}

interface ChecksProps {
  legend: string;
  hint: string;
  options: readonly { value: string; label: string; count: string }[];
  chosen: readonly string[];
  onToggle: (value: string, on: boolean) => void;
}

/** Any of a few. */
export function Checks({ legend, hint, options, chosen, onToggle }: ChecksProps) {
  return (
    <fieldset className="plan-checks">
      <legend>{legend}</legend>
      <ul>
        {options.map(({ value, label, count }) => (
          <li key={value}>
            <label>
              <input type="checkbox" checked={chosen.includes(value)} onChange={(event) => onToggle(value, event.target.checked)} />
              <span>{label}</span>
              <span className="soft number">{count}</span>
            </label>
          </li>
        ))}
      </ul>
      <small className="soft">{hint}</small>
    </fieldset>
  );
}
