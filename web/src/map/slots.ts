/** Places in the drawing order, kept by empty layers, so that a type's layers join in any order. */

import type { LayerSpecification } from "maplibre-gl";

export type Slot = "area" | "line" | "point" | "mark" | "label";

export const slotId = (slot: Slot) => `slot-${slot}`;

export function slotLayer(slot: Slot): LayerSpecification {
  return { id: slotId(slot), type: "background", layout: { visibility: "none" }, paint: {} };
}
