import { useQueries, useQuery } from "@tanstack/react-query";
import { type PointerEvent, useRef, useState } from "react";

import * as queries from "@/api/queries.ts";
import type { Board, BoardTile } from "@/api/types.ts";
import { Button, IconButton } from "@/components/Button.tsx";
import { usePhrase } from "@/i18n/phrases.ts";
import { useT } from "@/i18n/translate.ts";
import { session } from "@/session/session.ts";

import { TileBody } from "./TileBody.tsx";
import { COLUMNS, keyed, partsOf, reordered, sized, without } from "./layout.ts";

interface Change {
  tiles: readonly BoardTile[];
  change: (tiles: BoardTile[]) => void;
}

function AddTile({ tiles, change }: Change) {
  const t = useT();
  const phrase = usePhrase();
  const { data: solutions = [] } = useQuery(queries.solutions());
  const panels = useQueries({ queries: solutions.map(({ name }) => queries.panel(name)), combine: (results) => results.map(({ data }) => data) });
  const groups = solutions.map((solution, index) => ({ solution, parts: panels[index] ? partsOf(solution.name, panels[index]) : [] }));
  const pick = (value: string) => {
    const [group, part] = value.split("/").map(Number);
    const found = groups[group!]?.parts[part!];
    if (found) change([...tiles, found.tile]);
  };
  return (
    <label className="field boards-add">
      <span>{t("boards.add")}</span>
      <select className="input" value="" onChange={(event) => pick(event.target.value)}>
        <option value="">{t("boards.choose")}</option>
        {groups.map(({ solution, parts }, group) => (
          <optgroup key={solution.name} label={phrase(solution.title)}>
            {parts.map(({ tile, title }, part) => (
              <option key={`${tile.kind}/${tile.part}`} value={`${group}/${part}`}>{`${phrase(title)} · ${t(`boards.${tile.kind}`)}`}</option>
            ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
}

/** Sizes a tile while the pointer is held; a grid cell is the measure. */
function useResize(at: number, { tiles, change }: Change) {
  const held = useRef<{ x: number; y: number; tile: BoardTile; cell: [number, number] } | null>(null);
  return {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      const box = event.currentTarget.closest<HTMLElement>(".board-tile")!.getBoundingClientRect();
      const tile = tiles[at]!;
      held.current = { x: event.clientX, y: event.clientY, tile, cell: [box.width / tile.width, box.height / tile.height] };
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (!held.current) return;
      const { x, y, tile, cell } = held.current;
      const next = sized(tiles, at, tile.width + (event.clientX - x) / cell[0], tile.height + (event.clientY - y) / cell[1]);
      if (next[at]!.width !== tiles[at]!.width || next[at]!.height !== tiles[at]!.height) change(next);
    },
    onPointerUp: () => (held.current = null),
  };
}

function EditedTile({ at, tiles, change, drag }: Change & { at: number; drag: { from: number | null; begin: (at: number | null) => void } }) {
  const t = useT();
  const tile = tiles[at]!;
  const resize = useResize(at, { tiles, change });
  return (
    <div
      className={`board-tile board-edited ${drag.from === at ? "board-dragged" : ""}`}
      style={{ gridColumn: `span ${tile.width}`, gridRow: `span ${tile.height}` }}
      tabIndex={0}
      role="group"
      aria-label={t("boards.tile", { number: at + 1, width: tile.width, height: tile.height })}
      draggable
      onDragStart={() => drag.begin(at)}
      onDragEnd={() => drag.begin(null)}
      onDragOver={(event) => event.preventDefault()}
      onDrop={() => drag.from !== null && change(reordered(tiles, drag.from, at))}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget) return;
        const next = event.key === "Delete" ? without(tiles, at) : keyed(tiles, at, event.key, event.shiftKey);
        if (!next) return;
        event.preventDefault();
        change(next);
      }}
    >
      <div className="board-inner" inert>
        <TileBody tile={tile} />
      </div>
      <IconButton className="board-drop" icon="close" label={t("boards.remove", { number: at + 1 })} onClick={() => change(without(tiles, at))} />
      <span className="board-size" aria-hidden="true" {...resize} />
    </div>
  );
}

/** A board while it is put together; nothing is kept until it is saved. */
export function Editor({ board, save, cancel }: { board: Board; save: (board: Board) => void; cancel: () => void }) {
  const t = useT();
  const { data: who } = useQuery(session());
  const [title, setTitle] = useState(board.title);
  const [roles, setRoles] = useState<readonly string[]>(board.roles);
  const [tiles, setTiles] = useState<BoardTile[]>(board.tiles);
  const [from, setFrom] = useState<number | null>(null);
  const mine = [...new Set([...(who?.who?.grants.map(({ role }) => role) ?? []), ...board.roles])];
  return (
    <form className="stack" onSubmit={(event) => [event.preventDefault(), save({ ...board, title, roles: [...roles], tiles })]}>
      <div className="boards-tools">
        <label className="field">
          <span>{t("boards.name")}</span>
          <input className="input" value={title} maxLength={120} required onChange={(event) => setTitle(event.target.value)} />
        </label>
        <AddTile tiles={tiles} change={setTiles} />
        {mine.length > 0 && (
          <fieldset className="boards-roles">
            <legend>{t("boards.share")}</legend>
            {mine.map((role) => (
              <label key={role}>
                <input type="checkbox" checked={roles.includes(role)} onChange={(event) => setRoles(event.target.checked ? [...roles, role] : roles.filter((each) => each !== role))} /> {role}
              </label>
            ))}
          </fieldset>
        )}
        <Button kind="primary" type="submit">{t("boards.save")}</Button>
        <Button onClick={cancel}>{t("alarms.cancel")}</Button>
      </div>
      <p className="soft small">{t("boards.keys")}</p>
      <div className="board" style={{ gridTemplateColumns: `repeat(${COLUMNS}, minmax(0, 1fr))` }}>
        {tiles.map((tile, at) => (
          <EditedTile key={`${tile.solution}/${tile.kind}/${tile.part}/${at}`} at={at} tiles={tiles} change={setTiles} drag={{ from, begin: setFrom }} />
        ))}
      </div>
    </form>
  );
}
