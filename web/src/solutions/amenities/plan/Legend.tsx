import { SignMark } from "./SignMark.tsx";
import { CHANGES, CROWDS, type Class, type Shown, UNREACHED, letter, siteColor, walkClasses } from "./shades.ts";
import type { SignName } from "./signs.ts";
import type { Result } from "./types.ts";
import { type useWords as Words, tenth, useWords } from "./words.ts";

interface Row {
  color: string;
  hatch?: boolean | undefined;
  text: string;
}

type Say = ReturnType<typeof Words>;

function ranges(classes: readonly Class[], { tell, locale }: Say): Row[] {
  return classes.map(({ to, color, hatch }, k) => {
    const from = classes[k - 1]?.to;
    if (from === undefined) return { color, hatch, text: tell("map.upTo", { value: tenth(to, locale) }) };
    if (to === Infinity) return { color, hatch, text: tell("map.over", { value: tenth(from, locale) }) };
    return { color, hatch, text: tell("map.between", { from: tenth(from, locale), to: tenth(to, locale) }) };
  });
}

function changes({ tell, locale }: Say): Row[] {
  const say = (value: number) => tenth(Math.abs(value), locale);
  return CHANGES.map(({ to, color, hatch }, k) => {
    const from = CHANGES[k - 1]?.to ?? -Infinity;
    if (to <= -0.5) return { color, hatch, text: from === -Infinity ? tell("map.shorterOver", { value: say(to) }) : tell("map.shorter", { from: say(to), to: say(from) }) };
    if (from < 0) return { color, hatch, text: tell("map.same") };
    return { color, hatch, text: to === Infinity ? tell("map.longerOver", { value: say(from) }) : tell("map.longer", { from: say(from), to: say(to) }) };
  });
}

function rows(shown: Shown, goal: number, result: Result | null, say: Say): Row[] {
  const unreached = { color: UNREACHED.color, hatch: true, text: say.tell("map.unreached") };
  if (shown === "people" || !result) return [...ranges(CROWDS, say)];
  if (shown === "change") return [...changes(say), unreached];
  if (shown === "catchments") return [...result.sites.map(({ name }, k) => ({ color: siteColor(k), text: `${letter(k)} ${name}` })), unreached];
  return [...ranges(walkClasses(goal), say), unreached];
}

interface Props {
  shown: Shown;
  goal: number;
  result: Result | null;
  signs: readonly SignName[];
  /** Folded at first, where there is little room. */
  folded?: boolean;
}

/** What the colours, hatches and signs of the map mean. */
export function Legend({ shown, goal, result, signs, folded = window.innerWidth <= 900 }: Props) {
  const words = useWords();
  const { tell } = words;
  const what = result ? shown : "people";
  return (
    <details className="plan-legend" open={!folded}>
      <summary>{tell(`map.legendOf.${what}`)}</summary>
      <ul>
        {rows(what, goal, result, words).map(({ color, hatch, text }) => (
          <li key={text}>
            <span className={`plan-swatch ${hatch ? "plan-hatched" : ""}`} style={{ backgroundColor: color }} />
            {text}
          </li>
        ))}
        {signs.map((sign) => (
          <li key={sign}>
            <SignMark sign={sign} /> {tell(`map.sign.${sign}`)}
          </li>
        ))}
      </ul>
    </details>
  );
}

