import { useEffect, useRef } from "react";

import "./live-number.css";

interface Props {
  text: string;
  unit?: string;
  className?: string;
}

/** A value with its unit; the ground behind it lights up for a moment where it changed. */
export function LiveNumber({ text, unit, className = "" }: Props) {
  const shown = useRef<HTMLSpanElement>(null);
  const before = useRef(text);
  useEffect(() => {
    const element = shown.current;
    if (before.current === text || !element) return;
    before.current = text;
    element.classList.remove("moved");
    void element.offsetWidth;
    element.classList.add("moved");
  }, [text]);
  return (
    <span ref={shown} className={`live-number ${className}`}>
      {text}
      {unit && <span className="unit">{`\u202f${unit}`}</span>}
    </span>
  );
}
