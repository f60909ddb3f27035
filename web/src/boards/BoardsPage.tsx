import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { Problem, address, send } from "@/api/client.ts";
import * as queries from "@/api/queries.ts";
import type { Board } from "@/api/types.ts";
import { Button } from "@/components/Button.tsx";
import { LoadError, Loading, Notice } from "@/components/Notice.tsx";
import { useT } from "@/i18n/translate.ts";
import { setParams, useParam } from "@/routing/location.ts";

import { Editor } from "./Editor.tsx";
import { TileBody } from "./TileBody.tsx";
import "./boards.css";
import { COLUMNS } from "./layout.ts";

const open = (id: string | null) => setParams({ board: id, edit: null, wall: null }, true);

/** Not `randomUUID`, which a page over plain http does not have. */
const freshId = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Without the frame, for a screen on the wall; Escape brings it back. */
function useWall(): boolean {
  const wall = useParam("wall") !== null;
  useEffect(() => {
    if (!wall) return;
    document.documentElement.dataset["wall"] = "";
    const onKey = (event: KeyboardEvent) => event.key === "Escape" && setParams({ wall: null });
    window.addEventListener("keydown", onKey);
    return () => {
      delete document.documentElement.dataset["wall"];
      window.removeEventListener("keydown", onKey);
    };
  }, [wall]);
  return wall;
}

function Shown({ board }: { board: Board }) {
  const t = useT();
  if (board.tiles.length === 0) return <Notice title={t("boards.empty")}>{t("boards.emptyDo")}</Notice>;
  return (
    <div className="board" style={{ gridTemplateColumns: `repeat(${COLUMNS}, minmax(0, 1fr))` }}>
      {board.tiles.map((tile, at) => (
        <div key={`${tile.solution}/${tile.kind}/${tile.part}/${at}`} className="board-tile" style={{ gridColumn: `span ${tile.width}`, gridRow: `span ${tile.height}` }}>
          <TileBody tile={tile} />
        </div>
      ))}
    </div>
  );
}

function useChanges() {
  const client = useQueryClient();
  const [failed, setFailed] = useState<string | null>(null);
  const change = async (work: () => Promise<unknown>, then: () => void) => {
    try {
      await work();
      await client.invalidateQueries({ queryKey: ["boards"] });
      setFailed(null);
      then();
    } catch (error) {
      setFailed(error instanceof Problem ? error.message : String(error));
    }
  };
  const path = ({ id }: Board) => address(`/boards/${encodeURIComponent(id)}`);
  return {
    failed,
    save: (board: Board) => void change(() => send("PUT", path(board), { title: board.title, roles: board.roles, tiles: board.tiles }), () => setParams({ board: board.id, edit: null })),
    drop: (board: Board) => void change(() => send("DELETE", path(board)), () => open(null)),
  };
}

function Tools({ boards, board, drop }: { boards: readonly Board[]; board: Board | undefined; drop: (board: Board) => void }) {
  const t = useT();
  const [asked, setAsked] = useState(false);
  return (
    <div className="boards-tools">
      <label className="field">
        <span>{t("nav.boards")}</span>
        <select className="input" value={board?.id ?? ""} onChange={(event) => open(event.target.value || null)}>
          <option value="">{t("boards.pick")}</option>
          {boards.map(({ id, title, mine, owner }) => (
            <option key={id} value={id}>{mine ? title : t("boards.of", { title, owner })}</option>
          ))}
        </select>
      </label>
      <Button icon="plus" onClick={() => setParams({ board: freshId(), edit: "1" }, true)}>{t("boards.new")}</Button>
      {board && <Button icon="expand" onClick={() => setParams({ wall: "1" }, true)}>{t("boards.wall")}</Button>}
      {board && <Button icon="print" onClick={() => window.print()}>{t("boards.print")}</Button>}
      {board?.mine && <Button onClick={() => setParams({ edit: "1" }, true)}>{t("boards.edit")}</Button>}
      {board?.mine && (asked ? <Button kind="danger" onClick={() => drop(board)}>{t("boards.deleteSure", { title: board.title })}</Button> : <Button onClick={() => setAsked(true)}>{t("boards.delete")}</Button>)}
    </div>
  );
}

/** Boards of one's own, put together from the solutions' panels, and those that are shared with one's roles. */
export default function BoardsPage() {
  const t = useT();
  const wall = useWall();
  const id = useParam("board");
  const editing = useParam("edit") !== null;
  const { data, error, refetch } = useQuery(queries.boards());
  const { failed, save, drop } = useChanges();
  if (!data) return error ? <LoadError what={t("nav.boards")} error={error} retry={() => void refetch()} /> : <Loading what={t("nav.boards")} />;
  const board = data.find((each) => each.id === id);
  const edited = board ?? (id === null ? undefined : { id, title: t("boards.untitled"), owner: "", mine: true, roles: [], tiles: [] });
  return (
    <div className="page stack">
      <header className={wall ? "visually-hidden" : "page-head"}>
        <h1>{board?.title ?? t("nav.boards")}</h1>
      </header>
      {failed && <p role="alert" className="state-bad">{t("alarms.failed", { reason: failed })}</p>}
      {editing && edited?.mine ? (
        <Editor key={edited.id} board={edited} save={save} cancel={() => setParams({ edit: null, board: board ? board.id : null })} />
      ) : (
        <>
          {!wall && <Tools key={id} boards={data} board={board} drop={drop} />}
          {board ? <Shown board={board} /> : <Notice title={t(id === null ? "boards.none" : "boards.unknown")}>{t("boards.noneDo")}</Notice>}
        </>
      )}
    </div>
  );
}
