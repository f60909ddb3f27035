import { type ReactNode, useEffect, useRef, useState } from "react";

import type { Position, Town } from "@/api/types.ts";
import { IconButton } from "@/components/Button.tsx";
import { useT } from "@/i18n/translate.ts";
import type { View } from "@/map/city-map.ts";
import { viewOf, viewText } from "@/map/view-params.ts";
import { param, setParams } from "@/routing/location.ts";
import { type Theme, useTheme } from "@/shell/preferences.ts";

import { type Home, PlanMap, type Way } from "./plan-map.ts";
import type { Sign } from "./signs.ts";

export interface Drawn {
  homes: readonly Home[];
  ways: readonly Way[];
  signs: readonly (Sign & { letter?: string })[];
}

interface Props extends Drawn {
  town: Town;
  title: string;
  area?: readonly Position[];
  chosen?: string | null;
  /** A cross in the middle, where Enter draws. */
  cross?: boolean;
  onDraw?: (at: Position, key: string | null) => void;
  onMade?: (map: PlanMap | null) => void;
  theme?: Theme;
  /** For a report: all of it, and pixels that last until they are printed. */
  keepPixels?: boolean;
  children?: ReactNode;
}

const NONE: readonly Position[] = [];

/** A map of what is drawn; it tells where it is clicked, or where Enter is pressed. */
export function PlanCanvas({ town, title, homes, ways, signs, area = NONE, chosen = null, cross = false, onDraw, onMade, theme, keepPixels = false, children }: Props) {
  const t = useT();
  const container = useRef<HTMLDivElement>(null);
  const [made, setMade] = useState<PlanMap | null>(null);
  const draw = useRef(onDraw);
  draw.current = onDraw;
  const chosenTheme = useTheme();
  const look = theme ?? chosenTheme;
  const placed = useRef(param("at") !== null && !keepPixels);

  useEffect(() => {
    let alive = true;
    const events = {
      onClick: (at: Position, key: string | null) => draw.current?.(at, key),
      onView: (view: View) => !keepPixels && setParams({ at: viewText(view) }),
    };
    const map = new PlanMap(container.current!, { town, view: viewOf(param("at")), theme: look, title, keepPixels }, events);
    void Promise.all([map.ready, document.fonts.load('12px "Noto Sans"')]).then(() => alive && setMade(map));
    return () => {
      alive = false;
      setMade(null);
      map.destroy();
    };
  }, [town.basemap, keepPixels]);

  useEffect(() => {
    onMade?.(made);
    return () => onMade?.(null);
  }, [made]);
  useEffect(() => made?.setTheme(look), [made, look]);
  useEffect(() => made?.setHomes(homes), [made, homes]);
  useEffect(() => made?.setWays(ways), [made, ways]);
  useEffect(() => made?.setSigns(signs), [made, signs]);
  useEffect(() => made?.setArea(area), [made, area]);
  useEffect(() => made?.choose(chosen), [made, chosen, signs]);
  useEffect(() => {
    if (!made || placed.current || homes.length === 0) return;
    placed.current = true;
    made.home(false);
  }, [made, homes]);

  const onKey = (event: React.KeyboardEvent) => {
    if (event.key !== "Enter" || !made || !cross || !(event.target instanceof HTMLCanvasElement)) return;
    event.preventDefault();
    const { lng, lat } = made.map.getCenter();
    draw.current?.([lng, lat], null);
  };
  return (
    <div className="plan-map" onKeyDown={onKey}>
      <div ref={container} className={`map-canvas ${cross ? "plan-drawing" : ""}`} />
      {cross && <span className="plan-cross" aria-hidden="true" />}
      <div className="map-buttons plan-buttons">
        <IconButton icon="plus" label={t("map.zoomIn")} onClick={() => made?.map.zoomIn()} />
        <IconButton icon="minus" label={t("map.zoomOut")} onClick={() => made?.map.zoomOut()} />
        <IconButton icon="home" label={t("map.home")} onClick={() => made?.home()} />
      </div>
      {children}
    </div>
  );
}
