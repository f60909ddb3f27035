import { type ReactNode, useRef } from "react";

import type { Town } from "@/api/types.ts";
import { IconButton } from "@/components/Button.tsx";
import { useT } from "@/i18n/translate.ts";

import { ReplayBar } from "@/replay/ReplayBar.tsx";
import { useReplay } from "@/replay/use-replay.ts";

import { Tooltip } from "./Tooltip.tsx";
import type { Colorings } from "./colorings.ts";
import type { CountsStore } from "./counts.ts";
import { useCityMap } from "./use-city-map.ts";

interface Props {
  town: Town;
  types: readonly string[];
  colorings: Colorings;
  children: (counts: CountsStore) => ReactNode;
}

export function MapCanvas({ town, types, colorings, children }: Props) {
  const t = useT();
  const container = useRef<HTMLDivElement>(null);
  const player = useReplay();
  const { city, pointed, counts, waiting } = useCityMap(container, town, types, colorings, t("map.region"), player?.replay ?? null);
  return (
    <>
      <div ref={container} className="map-canvas" />
      <div className="map-buttons">
        <IconButton icon="plus" label={t("map.zoomIn")} onClick={() => city?.map.zoomIn()} />
        <IconButton icon="minus" label={t("map.zoomOut")} onClick={() => city?.map.zoomOut()} />
        <IconButton icon="home" label={t("map.home")} onClick={() => city?.home()} />
      </div>
      {pointed && <Tooltip pointed={pointed} />}
      {player && <ReplayBar player={player} waiting={waiting} />}
      {children(counts)}
    </>
  );
}
