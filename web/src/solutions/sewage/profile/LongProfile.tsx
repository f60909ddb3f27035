import { formatCount } from "@/format/values.ts";
import { useLocale } from "@/shell/preferences.ts";

import { HEIGHT, WIDTH, groundPath, reachPath, scaleOf, waterPath } from "./drawing.ts";
import { useTell } from "./texts/texts.ts";
import type { Profile } from "./types.ts";

const FULL = 0.99;

interface Props {
  profile: Profile;
  blocked: string | null;
  onBlock: (conduit: string) => void;
}

/** Ground, sewers and water along a way; a sewer can be chosen to be blocked. */
export function LongProfile({ profile, blocked, onBlock }: Props) {
  const tell = useTell();
  const locale = useLocale();
  const scale = scaleOf(profile);
  const { stations, reaches } = profile;
  const length = formatCount(Math.round(stations.at(-1)?.at ?? 0), locale);
  const pressed = reaches.filter((reach) => (reach.filling ?? 0) >= FULL);
  return (
    <figure className="profile-figure">
      <div className="profile-scroll">
        <svg className="profile-drawing" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={tell("profile.described", { count: stations.length, length })}>
          {scale.yTicks.map((tick) => (
            <g key={tick}>
              <line className="profile-grid" x1={scale.x(0)} x2={WIDTH - 8} y1={scale.y(tick)} y2={scale.y(tick)} />
              <text className="profile-tick" x={38} y={scale.y(tick) + 4} textAnchor="end">
                {formatCount(tick, locale)}
              </text>
            </g>
          ))}
          {scale.xTicks.map((tick) => (
            <text key={tick} className="profile-tick" x={scale.x(tick)} y={HEIGHT - 8} textAnchor="middle">
              {formatCount(tick, locale)}
            </text>
          ))}
          {stations.map((one) => (
            <line key={one.id} className="profile-manhole" data-store={one.kind === "storage" || undefined} x1={scale.x(one.at)} x2={scale.x(one.at)} y1={scale.y(one.invert)} y2={scale.y(one.ground)} />
          ))}
          {reaches.map((reach, k) => (
            <path key={reach.id} className="profile-water" d={waterPath(reach, [stations[k]!.level, stations[k + 1]!.level], scale)} />
          ))}
          {reaches.map((reach) =>
            reach.kind === "conduit" ? (
              <path key={reach.id} className="profile-sewer" data-pressed={(reach.filling ?? 0) >= FULL || undefined} data-blocked={reach.id === blocked || undefined} d={reachPath(reach, scale)} onClick={() => onBlock(reach.id)}>
                <title>{`${tell("profile.block", { name: reach.id })}${reach.filling === null ? "" : ` (${tell("profile.filling", { share: `${Math.round(reach.filling * 100)} %` })})`}`}</title>
              </path>
            ) : null,
          )}
          <path className="profile-ground" d={groundPath(profile, scale)} />
        </svg>
      </div>
      <figcaption className="profile-key soft">
        <span className="profile-key-ground">{tell("profile.ground")}</span>
        <span className="profile-key-sewer">{tell("profile.sewer")}</span>
        <span className="profile-key-water">{tell("profile.water")}</span>
        <span>
          {tell("profile.along")} · {tell("profile.height")}
        </span>
        <span>
          {tell("profile.pressed")}: {pressed.length ? pressed.map((one) => one.id).join(", ") : tell("profile.none")}
        </span>
      </figcaption>
    </figure>
  );
}
