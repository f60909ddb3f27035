import { useQuery } from "@tanstack/react-query";

import type { Town } from "@/api/types.ts";
import { AlarmBadge } from "@/alarms/AlarmBadge.tsx";
import { Button } from "@/components/Button.tsx";
import { Icon, type IconName } from "@/components/Icon.tsx";
import { useT } from "@/i18n/translate.ts";
import { Link } from "@/routing/Link.tsx";
import { useRoute } from "@/routing/location.ts";
import { PATHS, type PageName, navOf } from "@/routing/route.ts";
import { AccountMenu } from "@/session/AccountMenu.tsx";
import { may, session } from "@/session/session.ts";

import { LiveStanding } from "./LiveStanding.tsx";
import { PreferencesMenu } from "./PreferencesMenu.tsx";
import { TownClock } from "./TownClock.tsx";

const PAGES: readonly { page: PageName; icon: IconName; right: string }[] = [
  { page: "map", icon: "map", right: "entities.read" },
  { page: "overview", icon: "overview", right: "panels.read" },
  { page: "alarms", icon: "alarm", right: "alarms.read" },
  { page: "work", icon: "work", right: "entities.read" },
  { page: "entities", icon: "list", right: "entities.read" },
  { page: "charts", icon: "chart", right: "entities.read" },
  { page: "boards", icon: "board", right: "panels.read" },
  { page: "systems", icon: "systems", right: "panels.read" },
  { page: "ingest", icon: "ingest", right: "health.read" },
];

function Navigation() {
  const t = useT();
  const route = useRoute();
  const { data } = useQuery(session());
  const current = route.page === "unknown" ? null : navOf(route);
  return (
    <nav className="nav" aria-label={t("nav.label")}>
      {PAGES.filter(({ right }) => may(data, right)).map(({ page, icon }) => (
        <Link key={page} to={PATHS[page]} aria-label={t(`nav.${page}`)} aria-current={current === page ? "page" : undefined}>
          <Icon name={icon} />
          <span>{t(`nav.${page}`)}</span>
          {page === "alarms" && <AlarmBadge />}
        </Link>
      ))}
    </nav>
  );
}

export function TopBar({ town, onSearch }: { town: Town | undefined; onSearch: () => void }) {
  const t = useT();
  return (
    <header className="top">
      <Link to="/" className="brand">
        <svg width="24" height="24" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.6" aria-hidden="true">
          <path d="M2.5 21V10h5.5v11M8 21V3h7v18M15 21v-7h6.5v7M1 21h22" />
        </svg>
        <span className="brand-town">{town?.title ?? t("app.title")}</span>
      </Link>
      <Navigation />
      <Button className="search-open" icon="search" onClick={onSearch} aria-label={t("search.open")}>
        <span>{t("search.open")}</span>
        <kbd>/</kbd>
      </Button>
      <TownClock plant={town?.clock.plant ?? false} />
      <LiveStanding />
      <AccountMenu />
      <PreferencesMenu version={town?.version} />
    </header>
  );
}
