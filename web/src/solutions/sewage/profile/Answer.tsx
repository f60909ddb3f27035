import { Section } from "@/components/Section.tsx";
import { Table } from "@/components/Table.tsx";
import { formatTime } from "@/format/times.ts";
import { formatCount } from "@/format/values.ts";
import { useLocale } from "@/shell/preferences.ts";

import { ticks } from "./drawing.ts";
import { useTell } from "./texts/texts.ts";
import type { Compared, Course } from "./types.ts";

const WIDTH = 480;
const HEIGHT = 150;
const LEFT = 34;
const FOOT = 22;

/** Both courses side by side, and where it floods. */
export function Answer({ compared }: { compared: Compared }) {
  const tell = useTell();
  const locale = useLocale();
  const { as_it_is: before, changed: after } = compared;
  const count = (value: number) => formatCount(Math.round(value), locale);
  const minutes = (value: number | null) => (value === null ? tell("answer.never") : count(value));
  const rows: readonly [string, (course: Course) => string][] = [
    [tell("answer.overflow"), (course) => count(course.overflow)],
    [tell("answer.flood"), (course) => count(course.flood)],
    [tell("answer.overflowIn"), (course) => minutes(course.overflow_in)],
    [tell("answer.floodIn"), (course) => minutes(course.flood_in)],
  ];
  return (
    <Section title={tell("answer.title")}>
      <div className="profile-answer" role="status">
        <Table
          columns={[
            { title: tell("answer.what"), cell: ([name]) => name },
            { title: tell("answer.now"), cell: ([, say]) => say(before), number: true },
            { title: tell("answer.changed"), cell: ([, say]) => say(after), number: true },
          ]}
          rows={rows}
          keyOf={([name]) => name}
        />
        <Curves compared={compared} />
        <h3>{tell("answer.places")}</h3>
        {after.nodes.length === 0 ? (
          <p className="soft">{tell("answer.dry")}</p>
        ) : (
          <Table
            columns={[
              { title: tell("answer.place"), cell: (place) => place.id },
              { title: tell("answer.flood"), cell: (place) => count(place.volume), number: true },
            ]}
            rows={after.nodes}
            keyOf={(place) => place.id}
          />
        )}
      </div>
    </Section>
  );
}

function Curves({ compared }: { compared: Compared }) {
  const tell = useTell();
  const locale = useLocale();
  const { times, as_it_is: before, changed: after } = compared;
  const most = Math.max(...before.rates, ...after.rates, 0.1) * 1.05;
  const x = (k: number) => LEFT + (k / Math.max(times.length - 1, 1)) * (WIDTH - LEFT - 8);
  const y = (rate: number) => 8 + (1 - rate / most) * (HEIGHT - 8 - FOOT);
  const line = (rates: readonly number[]) => rates.map((rate, k) => `${x(k).toFixed(1)},${y(rate).toFixed(1)}`).join(" ");
  const marks = [0, Math.floor(times.length / 2), times.length - 1];
  return (
    <figure className="profile-figure">
      <svg className="profile-curves" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={tell("answer.curve")}>
        {ticks(0, most, 4).map((tick) => (
          <g key={tick}>
            <line className="profile-grid" x1={LEFT} x2={WIDTH - 8} y1={y(tick)} y2={y(tick)} />
            <text className="profile-tick" x={LEFT - 4} y={y(tick) + 4} textAnchor="end">
              {formatCount(tick, locale)}
            </text>
          </g>
        ))}
        {marks.map((k) => (
          <text key={k} className="profile-tick" x={x(k)} y={HEIGHT - 6} textAnchor={k === 0 ? "start" : k === marks[2] ? "end" : "middle"}>
            {times[k] === undefined ? "" : formatTime(times[k] * 1000, "clock", locale)}
          </text>
        ))}
        <polyline className="profile-before" points={line(before.rates)} />
        <polyline className="profile-after" points={line(after.rates)} />
      </svg>
      <figcaption className="soft">{tell("answer.curve")}</figcaption>
    </figure>
  );
}
