import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Suspense, lazy, useEffect, useState } from "react";

import * as queries from "@/api/queries.ts";
import type { Town } from "@/api/types.ts";
import { Loading, Notice } from "@/components/Notice.tsx";
import { setTimeZone } from "@/format/times.ts";
import { useT } from "@/i18n/translate.ts";
import { holdClock, tellClock } from "@/live/clock.ts";
import { useStanding } from "@/live/hooks.ts";
import { useRoute } from "@/routing/location.ts";
import { type Route, navOf } from "@/routing/route.ts";

import { DemoBar } from "./DemoBar.tsx";
import { ErrorBoundary } from "./ErrorBoundary.tsx";
import { LostBanner } from "./LostBanner.tsx";
import { TopBar } from "./TopBar.tsx";
import "./shell.css";
import { useSearchKeys } from "./use-search-keys.ts";

const load = {
  map: () => import("@/map/MapPage.tsx"),
  overview: () => import("@/overview/OverviewPage.tsx"),
  alarms: () => import("@/alarms/AlarmsPage.tsx"),
  work: () => import("@/work/WorkPage.tsx"),
  charts: () => import("@/charts/ChartsPage.tsx"),
  boards: () => import("@/boards/BoardsPage.tsx"),
  entity: () => import("@/entity/EntityPage.tsx"),
  entities: () => import("@/entities/EntitiesPage.tsx"),
  systems: () => import("@/systems/SystemsPage.tsx"),
  ingest: () => import("@/health/IngestPage.tsx"),
  users: () => import("@/users/UsersPage.tsx"),
  search: () => import("./SearchDialog.tsx"),
};
const MapPage = lazy(load.map);
const OverviewPage = lazy(load.overview);
const AlarmsPage = lazy(load.alarms);
const WorkPage = lazy(load.work);
const ChartsPage = lazy(load.charts);
const BoardsPage = lazy(load.boards);
const EntityPage = lazy(load.entity);
const EntitiesPage = lazy(load.entities);
const SystemsPage = lazy(load.systems);
const IngestPage = lazy(load.ingest);
const UsersPage = lazy(load.users);
const SystemPage = lazy(() => import("@/systems/SystemPage.tsx"));
const SearchDialog = lazy(load.search);

const LOAD_AHEAD_MS = 3000;

/** Fetches the rest once the first page stands, so that it opens at once, and without a connection too. */
function useLoadAhead(): void {
  useEffect(() => {
    const { overview, alarms, work, charts, boards, entity, entities, systems, ingest, search } = load;
    const ahead = (each: () => Promise<unknown>) => void each().catch(() => undefined);
    ahead(search);
    const timer = setTimeout(() => [overview, alarms, work, charts, boards, entity, entities, systems, ingest].forEach(ahead), LOAD_AHEAD_MS);
    return () => clearTimeout(timer);
  }, []);
}

function Page({ route }: { route: Route }) {
  const t = useT();
  switch (route.page) {
    case "map":
      return <MapPage />;
    case "overview":
      return <OverviewPage />;
    case "alarms":
      return <AlarmsPage />;
    case "work":
      return <WorkPage />;
    case "charts":
      return <ChartsPage />;
    case "boards":
      return <BoardsPage />;
    case "entities":
      return <EntitiesPage />;
    case "entity":
      return <EntityPage key={route.id} id={route.id} />;
    case "systems":
      return <SystemsPage />;
    case "system":
      return <SystemPage key={`${route.solution}/${route.name}`} solution={route.solution} name={route.name} />;
    case "ingest":
      return <IngestPage />;
    case "users":
      return <UsersPage />;
    case "unknown":
      return <Notice page title={t("app.unknownPage")}>{t("app.unknownPageDo", { path: route.path })}</Notice>;
  }
}

/** Fetches anew after a loss, since what was said meanwhile went unheard. */
function useRefreshAfterLoss(): void {
  const client = useQueryClient();
  const { state } = useStanding();
  useEffect(() => {
    document.documentElement.dataset["live"] = state;
    if (state === "live") void client.invalidateQueries();
    if (state === "lost") holdClock();
  }, [client, state]);
}

function useTown(): Town | undefined {
  const { data } = useQuery(queries.town());
  useEffect(() => {
    if (data) tellClock(data.clock.now, data.clock.speed);
  }, [data]);
  setTimeZone(data?.timezone);
  return data;
}

export function Shell() {
  const t = useT();
  const town = useTown();
  const route = useRoute();
  const [searching, setSearching] = useState(false);
  useSearchKeys(() => setSearching(true));
  useLoadAhead();
  useRefreshAfterLoss();
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {t("app.skip")}
      </a>
      <TopBar town={town} onSearch={() => setSearching(true)} />
      <div className="strips">
        <LostBanner />
        {town?.demo && <DemoBar />}
      </div>
      <main id="content" className="content" tabIndex={-1}>
        <ErrorBoundary key={route.page}>
          <Suspense fallback={<Loading what={t(`nav.${navOf(route)}`)} />}>
            <Page route={route} />
          </Suspense>
        </ErrorBoundary>
      </main>
      {searching && (
        <Suspense>
          <SearchDialog open onOpenChange={setSearching} />
        </Suspense>
      )}
    </div>
  );
}
