import type { Faceplate } from "@/api/types.ts";
import { StateShape } from "@/components/StateMark.tsx";
import { usePhrase } from "@/i18n/phrases.ts";
import { useT } from "@/i18n/translate.ts";

import { useShown } from "./use-shown.ts";

/** Every interlock in words, and what it stands against now. */
export function Interlocks({ plate }: { plate: Faceplate }) {
  const t = useT();
  const phrase = usePhrase();
  const shown = useShown(plate);
  if (plate.interlocks.length === 0) return <p className="soft">{t("commands.noInterlocks")}</p>;
  return (
    <ul className="interlocks">
      {plate.interlocks.map((one, at) => (
        <li key={at}>
          <StateShape state={one.refuses.length > 0 ? "bad" : "good"} />
          <div>
            {one.only.length > 0 && <span className="soft">{one.only.map(shown).join(", ")}: </span>}
            {one.rule ? t("commands.unless", { rule: one.words }) : phrase(one.words)}
            <span className="visually-hidden">{t(one.refuses.length > 0 ? "commands.standsAgainst" : "commands.free")}</span>
            {one.refuses.map(({ value, words }) => (
              <p key={String(value)} className="interlock-refuses small">
                {t("commands.refuses", { value: shown(value) })} {words}
              </p>
            ))}
          </div>
        </li>
      ))}
    </ul>
  );
}
