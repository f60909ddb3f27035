import { LOOKS, type SignName } from "./signs.ts";

/** A sign as the map draws it. */
export function SignMark({ sign, letter }: { sign: SignName; letter?: string }) {
  const { outline, filled, inner } = LOOKS[sign];
  return (
    <svg className="plan-sign" width="18" height="18" viewBox="0 0 16 16" aria-hidden="true">
      <path d={outline} fill={filled ? "currentColor" : "none"} stroke="currentColor" strokeWidth="1.6" strokeLinejoin="round" />
      {inner && <path d={inner} fill="none" stroke={filled ? "var(--panel)" : "currentColor"} strokeWidth="1.6" strokeLinecap="round" />}
      {letter && (
        <text x="8" y="10.6" textAnchor="middle" fontSize="7.5" fill="var(--panel)">
          {letter}
        </text>
      )}
    </svg>
  );
}
