import { GLYPHS, glyphOf, usualShape } from "./glyphs.ts";

/** A type as the map draws it. */
export function Glyph({ type, icon }: { type: string; icon?: string | null }) {
  const shape = usualShape(type);
  const glyph = glyphOf(type, icon);
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" style={{ flex: "none", color: "var(--normal)" }}>
      {shape === "line" && <path d="M1 12 6 5l4 4 5-6" fill="none" stroke="currentColor" strokeWidth="2.2" />}
      {shape === "area" && <path d="M2 4.5 9 2l5 4-2 8H3z" fill="currentColor" fillOpacity=".35" stroke="currentColor" strokeWidth="1.4" />}
      {shape === "point" && glyph && <path d={GLYPHS[glyph]} fill="currentColor" fillRule="evenodd" />}
      {shape === "point" && !glyph && <circle cx="8" cy="8" r="4" fill="currentColor" />}
    </svg>
  );
}
