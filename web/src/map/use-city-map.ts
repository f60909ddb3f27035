/** Ties the map outside of React to what React knows: data, theme, language and address. */

import { useQueries, useQueryClient } from "@tanstack/react-query";
import { type RefObject, useEffect, useMemo, useRef, useState } from "react";

import * as queries from "@/api/queries.ts";
import type { Town, TypeColumns } from "@/api/types.ts";
import { glyphOf } from "@/components/glyphs.ts";
import { unitSymbol } from "@/format/units.ts";
import { translate } from "@/i18n/translate.ts";
import type { Locale } from "@/i18n/locales.ts";
import { LiveStore, live } from "@/live/store.ts";
import { type Wanted, useFrames } from "@/replay/frames.ts";
import type { Replay } from "@/replay/replay.ts";
import { param, setParams, useParam } from "@/routing/location.ts";
import { theme, useLocale, useTheme } from "@/shell/preferences.ts";

import { CityMap, type Pointed, type Showing } from "./city-map.ts";
import { type Colorings, chosenColoring } from "./colorings.ts";
import { CountsStore } from "./counts.ts";
import { shownAttribute } from "./type-model.ts";
import { viewOf, viewText } from "./view-params.ts";

const MEMBERS_WAIT_MS = 1000;

function showingOf(columns: TypeColumns, colorings: Colorings, by: string | null, locale: Locale): Showing {
  const { type } = columns;
  const colorBy = chosenColoring(colorings.byType.get(type), by)?.color_by ?? null;
  const attribute = shownAttribute(columns, colorBy, colorings.attributes.get(type));
  const unit = attribute === null ? "" : unitSymbol(columns.units[attribute] ?? live.unit(attribute));
  return {
    colorBy,
    attribute,
    glyph: glyphOf(type, colorings.icons.get(type)),
    locale,
    unit,
    staleLabel: translate(locale, "map.staleLabel"),
  };
}

/** The same entities of which nothing is known, as a replay begins. */
function unknown(columns: TypeColumns): TypeColumns {
  return { ...columns, values: {}, quality: columns.quality.map(() => 0), stale: columns.stale.map(() => true) };
}

interface Snapshots {
  columns: TypeColumns[];
  complete: boolean;
}

function useSnapshots(types: readonly string[]): Snapshots {
  return useQueries({
    queries: types.map((type) => queries.mapSnapshot([type])),
    combine: (results) => ({ columns: results.flatMap(({ data }) => data?.types ?? []), complete: results.every(({ isPending }) => !isPending) }),
  });
}

/** Fetches a type's snapshot anew when entities of it came or went, not more than once a second. */
function useMembers(): (type: string) => void {
  const client = useQueryClient();
  const waiting = useRef(new Set<string>());
  return (type) => {
    if (waiting.current.has(type)) return;
    waiting.current.add(type);
    setTimeout(() => {
      waiting.current.delete(type);
      void client.invalidateQueries({ queryKey: ["map", type] });
      void client.invalidateQueries({ queryKey: ["types"] });
    }, MEMBERS_WAIT_MS);
  };
}

export interface CityMapHandle {
  city: CityMap | null;
  pointed: Pointed | null;
  counts: CountsStore;
  /** What is replayed has not come yet. */
  waiting: boolean;
}

export function useCityMap(container: RefObject<HTMLDivElement | null>, town: Town, types: readonly string[], colorings: Colorings, title: string, replay: Replay | null): CityMapHandle {
  const [city, setCity] = useState<CityMap | null>(null);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const counts = useMemo(() => new CountsStore(), []);
  const members = useRef(useMembers());
  const currentTheme = useTheme();
  const locale = useLocale();
  const by = useParam("by");
  const chosen = useParam("sel");
  const snapshots = useSnapshots(types);
  const placed = useRef(param("at") !== null || param("sel") !== null);
  const applied = useRef(new Map<string, TypeColumns>());
  const replaying = replay !== null;
  const store = useMemo(() => (replaying ? new LiveStore() : live), [replaying]);
  const [settled, setSettled] = useState(0);

  useEffect(() => {
    let alive = true;
    applied.current.clear();
    const made = new CityMap(container.current!, town, viewOf(param("at")), theme(), title, {
      onPick: (entity) => setParams({ sel: entity?.id ?? null }, true),
      onPoint: setPointed,
      onView: (view) => setParams({ at: viewText(view) }),
      onMembers: (type) => members.current(type),
      onCounts: () => counts.changed(),
    }, store);
    counts.attach((type) => made.counts(type));
    void Promise.all([made.ready, document.fonts.load('12px "Noto Sans"')]).then(() => alive && setCity(made));
    return () => {
      alive = false;
      setCity(null);
      made.destroy();
    };
  }, [town.basemap, store]);

  useEffect(() => {
    if (!city) return;
    for (const type of city.types()) if (!types.includes(type)) {
      city.removeType(type);
      applied.current.delete(type);
    }
    for (const columns of snapshots.columns) {
      if (applied.current.get(columns.type) === columns) continue;
      applied.current.set(columns.type, columns);
      city.setType(replaying ? unknown(columns) : columns, showingOf(columns, colorings, by, locale));
      setSettled((count) => count + 1);
    }
    if (snapshots.complete && !placed.current) {
      placed.current = true;
      city.home(false);
    }
  }, [city, snapshots, types]);

  useEffect(() => {
    if (!city) return;
    for (const columns of applied.current.values()) city.restyle(columns.type, showingOf(columns, colorings, by, locale));
  }, [city, colorings, by, locale]);

  useEffect(() => city?.setTheme(currentTheme), [city, currentTheme]);

  const revealed = useRef(param("at") !== null);
  useEffect(() => {
    if (!city) return;
    city.choose(chosen, !revealed.current);
    revealed.current = true;
  }, [city, chosen]);

  const wanted = snapshots.columns.flatMap((columns): Wanted[] => {
    const { attribute } = showingOf(columns, colorings, by, locale);
    return attribute === null ? [] : [{ type: columns.type, attribute }];
  });
  const waiting = useFrames(store, replay, wanted, settled);
  return { city, pointed, counts, waiting };
}
