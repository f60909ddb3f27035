import { useQuery } from "@tanstack/react-query";

import * as queries from "@/api/queries.ts";
import type { BoardTile } from "@/api/types.ts";
import { Loading, Notice } from "@/components/Notice.tsx";
import { useT } from "@/i18n/translate.ts";
import { CardView } from "@/systems/PanelCards.tsx";
import { PanelChartView } from "@/systems/PanelCharts.tsx";
import { PanelTableView } from "@/systems/PanelTables.tsx";
import "@/systems/systems.css";

/** The part of a panel that a tile shows, or why it cannot. */
export function TileBody({ tile: { solution, kind, part } }: { tile: BoardTile }) {
  const t = useT();
  const { data: panel, isPending } = useQuery(queries.panel(solution));
  if (isPending) return <Loading what={solution} />;
  const card = kind === "card" && panel?.cards.find(({ id }) => id === part);
  const chart = kind === "chart" && panel?.charts.find(({ id }) => id === part);
  const table = kind === "table" && panel?.tables.find(({ id }) => id === part);
  if (card) return <CardView card={card} />;
  if (chart) return <PanelChartView chart={chart} />;
  if (table) return <PanelTableView solution={solution} table={table} />;
  return <Notice title={t("boards.gone")}>{t("boards.goneDo", { part: `${solution}/${part}` })}</Notice>;
}
