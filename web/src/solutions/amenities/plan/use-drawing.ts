/** Drawing on the map: points become candidates at once, the corners of an area when it is finished. */

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import * as shared from "@/api/queries.ts";
import type { Position } from "@/api/types.ts";
import { setParams, useParam } from "@/routing/location.ts";

import { nextName, withCandidates } from "./draft.ts";
import { type Spot, buildingsIn, cornersIn } from "./drawing.ts";
import type { Plan } from "./use-plan.ts";
import { useWords } from "./words.ts";

export const TOOLS = ["look", "point", "area"] as const;
export type Tool = (typeof TOOLS)[number];
export type Become = "corners" | "buildings";

/** What fits the address and an answer in seconds. */
const MOST = 250;

export function useDrawing({ draft, set }: Plan) {
  const { tell } = useWords();
  const named = useParam("tool");
  const tool = TOOLS.find((each) => each === named) ?? "look";
  const [area, setArea] = useState<readonly Position[]>([]);
  const [become, setBecome] = useState<Become>("corners");
  const [said, say] = useState("");
  const streets = useQuery({ ...shared.mapSnapshot(["RoadSegment"]), enabled: tool === "area", staleTime: Infinity });
  const buildings = useQuery({ ...shared.mapSnapshot(["Building"]), staleTime: Infinity });

  const setTool = (next: Tool) => {
    setArea([]);
    say("");
    setParams({ tool: next === "look" ? null : next });
  };
  const draw = (at: Position, key: string | null) => {
    if (tool === "look") return setParams({ sel: key });
    if (tool === "area") return setArea((corners) => [...corners, at]);
    const [lon, lat] = at;
    const name = nextName(draft.candidates, tell("draw.point.name"));
    set({ candidates: withCandidates(draft.candidates, [{ name, lon, lat }]) });
    say(tell("draw.made", { count: 1 }));
  };
  const finish = () => {
    const columns = (become === "corners" ? streets : buildings).data?.types[0];
    const found: Spot[] = !columns ? [] : become === "corners" ? cornersIn(area, columns) : buildingsIn(area, columns);
    if (found.length === 0) return say(tell("draw.nothing"));
    if (draft.candidates.length + found.length > MOST) return say(tell("draw.tooMany", { count: found.length, most: MOST }));
    set({ candidates: withCandidates(draft.candidates, found) });
    setArea([]);
    say(tell("draw.made", { count: found.length }));
  };
  const undo = () => setArea((corners) => corners.slice(0, -1));
  return { tool, setTool, area, become, setBecome, draw, finish, undo, said, ready: area.length > 2 };
}

export type Drawing = ReturnType<typeof useDrawing>;
