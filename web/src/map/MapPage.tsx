import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import * as queries from "@/api/queries.ts";
import { Button } from "@/components/Button.tsx";
import { Loading, LoadError, Notice } from "@/components/Notice.tsx";
import { Segmented } from "@/components/Segmented.tsx";
import { TypeTables } from "@/entities/TypeTables.tsx";
import { useT } from "@/i18n/translate.ts";
import { useWatch } from "@/live/hooks.ts";
import { beginReplay } from "@/replay/ReplayBar.tsx";
import { setParams, useParam } from "@/routing/location.ts";
import { ErrorBoundary } from "@/shell/ErrorBoundary.tsx";

import { LayerControl } from "./LayerControl.tsx";
import { MapCanvas } from "./MapCanvas.tsx";
import { SidePanel } from "./SidePanel.tsx";
import { useColorings } from "./colorings.ts";
import "./map.css";
import { visibleTypes } from "./view-params.ts";
import { hasWebgl } from "./webgl.ts";

function NoWebgl({ types }: { types: readonly string[] }) {
  const t = useT();
  return (
    <div className="page stack">
      <Notice title={t("map.noWebgl")} role="status">
        {t("map.noWebglDo")}
      </Notice>
      <TypeTables types={types} />
    </div>
  );
}

export default function MapPage() {
  const t = useT();
  const town = useQuery(queries.town());
  const types = useQuery(queries.types());
  const colorings = useColorings();
  const layers = useParam("layers");
  const asTable = useParam("view") === "table";
  const replaying = useParam("replay") !== null;
  const visible = useMemo(() => visibleTypes(layers, types.data ?? []), [layers, types.data]);
  useWatch(visible, []);

  const error = town.error ?? types.error;
  if (error && !(town.data && types.data)) return <LoadError what={t("nav.map")} error={error} retry={() => void Promise.all([town.refetch(), types.refetch()])} />;
  if (!town.data || !types.data) return <Loading what={t("nav.map")} />;

  const fallback = <NoWebgl types={visible} />;
  if (!hasWebgl()) return fallback;
  return (
    <div className="map-page">
      <h1 className="visually-hidden">{t("map.title")}</h1>
      <div className="map-view">
        <Segmented
          label={t("map.view")}
          value={asTable ? "table" : "map"}
          onChange={(view) => setParams({ view: view === "table" ? "table" : null }, true)}
          options={[
            { value: "map", label: t("map.asMap") },
            { value: "table", label: t("map.asTable") },
          ]}
        />
        {!asTable && !replaying && <Button icon="past" onClick={beginReplay}>{t("replay.begin")}</Button>}
      </div>
      {asTable ? (
        <div className="page map-table">
          <TypeTables types={visible} />
        </div>
      ) : (
        <ErrorBoundary fallback={fallback}>
          <MapCanvas town={town.data} types={visible} colorings={colorings}>
            {(counts) => <LayerControl types={types.data} visible={visible} colorings={colorings} counts={counts} />}
          </MapCanvas>
        </ErrorBoundary>
      )}
      {!asTable && types.data.length === 0 && (
        <div className="map-empty">
          <Notice title={t("map.noEntities")}>{t("map.noEntitiesDo")}</Notice>
        </div>
      )}
      {!asTable && <SidePanel />}
    </div>
  );
}
