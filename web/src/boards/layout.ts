/** Tiles in their order: how they are moved and sized. */

import type { BoardTile, Panel } from "@/api/types.ts";

export const COLUMNS = 12;
const MOST_ROWS = 12;
const USUAL: Record<BoardTile["kind"], [width: number, height: number]> = { card: [3, 2], chart: [6, 5], table: [6, 5] };

const within = (value: number, most: number) => Math.min(most, Math.max(1, Math.round(value)));

export function tileOf(solution: string, kind: BoardTile["kind"], part: string): BoardTile {
  const [width, height] = USUAL[kind];
  return { solution, kind, part, width, height };
}

export function sized(tiles: readonly BoardTile[], at: number, width: number, height: number): BoardTile[] {
  return tiles.map((tile, index) => (index === at ? { ...tile, width: within(width, COLUMNS), height: within(height, MOST_ROWS) } : tile));
}

/** The tile at one place put before the one at another. */
export function reordered(tiles: readonly BoardTile[], from: number, to: number): BoardTile[] {
  const tile = tiles[from];
  if (!tile || to < 0 || to >= tiles.length) return [...tiles];
  const others = tiles.filter((_, index) => index !== from);
  return [...others.slice(0, to), tile, ...others.slice(to)];
}

export const without = (tiles: readonly BoardTile[], at: number): BoardTile[] => tiles.filter((_, index) => index !== at);

/** What a key does with the tile that holds the focus: arrows move it, with Shift they size it. */
export function keyed(tiles: readonly BoardTile[], at: number, key: string, shift: boolean): BoardTile[] | null {
  const tile = tiles[at];
  const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key] ?? [0, 0];
  if (!tile || (x === 0 && y === 0)) return null;
  return shift ? sized(tiles, at, tile.width + x!, tile.height + y!) : reordered(tiles, at, at + x! + y!);
}

export interface Part {
  tile: BoardTile;
  title: string;
}

/** All that a panel has for a board. */
export function partsOf(solution: string, { cards, charts, tables }: Panel): Part[] {
  const each = (kind: BoardTile["kind"], parts: readonly { id: string; title: string }[]) => parts.map(({ id, title }) => ({ tile: tileOf(solution, kind, id), title }));
  return [...each("card", cards), ...each("chart", charts), ...each("table", tables)];
}
