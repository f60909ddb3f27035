import { Button } from "@/components/Button.tsx";
import { Segmented } from "@/components/Segmented.tsx";

import { type Drawing, TOOLS } from "./use-drawing.ts";
import { useWords } from "./words.ts";

interface Props {
  drawing: Drawing;
  /** Draws at the middle of the map. */
  onHere: () => void;
}

/** Tools to draw candidates with, and what to do with the one in hand. */
export function DrawBar({ drawing, onHere }: Props) {
  const { tell } = useWords();
  const { tool, setTool, area, become, setBecome, finish, undo, said, ready } = drawing;
  return (
    <div className="plan-draw">
      <div className="plan-draw-row">
        <Segmented label={tell("draw.label")} value={tool} onChange={setTool} options={TOOLS.map((value) => ({ value, label: tell(`draw.${value}`) }))} />
        {tool === "area" && (
          <Segmented
            label={tell("draw.become")}
            value={become}
            onChange={setBecome}
            options={[
              { value: "corners", label: tell("draw.corners") },
              { value: "buildings", label: tell("draw.buildings") },
            ]}
          />
        )}
        {tool !== "look" && <Button onClick={onHere}>{tell("draw.here")}</Button>}
        {tool === "area" && (
          <>
            <Button disabled={area.length === 0} onClick={undo}>
              {tell("draw.undo")}
            </Button>
            <Button kind="primary" disabled={!ready} onClick={finish}>
              {tell("draw.finish")}
            </Button>
          </>
        )}
      </div>
      {tool !== "look" && <p className="small soft">{tell(tool === "point" ? "draw.pointHow" : "draw.areaHow")}</p>}
      <p className="small plan-said" role="status">
        {said || (area.length > 0 ? tell("draw.corner", { count: area.length }) : "")}
      </p>
    </div>
  );
}
