/** Ways to colour entities by value that the solutions' panels declare. */

import { useQueries, useQuery } from "@tanstack/react-query";

import * as queries from "@/api/queries.ts";
import type { Panel, PanelCard, PanelLayer } from "@/api/types.ts";

export interface Coloring extends PanelLayer {
  /** `solution.layer`, as the address holds it. */
  key: string;
  color_by: NonNullable<PanelLayer["color_by"]>;
}

export interface Colorings {
  byType: ReadonlyMap<string, readonly Coloring[]>;
  icons: ReadonlyMap<string, string>;
  /** The attribute that a type's card shows. */
  attributes: ReadonlyMap<string, string>;
}

/** `urn:ngsi-ld:Tank:T1` → `Tank`. */
const typeInUrn = (card: PanelCard) => card.entity.split(":")[2] ?? "";

export function gather(panels: readonly (readonly [solution: string, panel: Panel])[]): Colorings {
  const byType = new Map<string, Coloring[]>();
  const icons = new Map<string, string>();
  const attributes = new Map<string, string>();
  for (const [solution, panel] of panels) {
    for (const layer of panel.layers) {
      if (layer.icon) icons.set(layer.type, layer.icon);
      if (!layer.color_by) continue;
      attributes.set(layer.type, attributes.get(layer.type) ?? layer.color_by.attribute);
      byType.set(layer.type, [...(byType.get(layer.type) ?? []), { ...layer, color_by: layer.color_by, key: `${solution}.${layer.id}` }]);
    }
    for (const card of panel.cards) attributes.set(typeInUrn(card), attributes.get(typeInUrn(card)) ?? card.attribute);
  }
  return { byType, icons, attributes };
}

export function useColorings(): Colorings {
  const { data: town } = useQuery(queries.town());
  return useQueries({
    queries: (town?.solutions ?? []).map(({ name }) => queries.panel(name)),
    combine: (results) => gather(results.flatMap(({ data }, index) => (data ? [[town!.solutions[index]!.name, data] as const] : []))),
  });
}

export function chosenColoring(options: readonly Coloring[] | undefined, text: string | null): Coloring | null {
  const keys = (text ?? "").split(",");
  return options?.find(({ key }) => keys.includes(key)) ?? null;
}

/** The address's text after `key` (or state, where null) was chosen among `options`. */
export function coloringText(text: string | null, options: readonly Coloring[], key: string | null): string | null {
  const others = (text ?? "").split(",").filter((each) => each && !options.some((option) => option.key === each));
  return [...others, ...(key ? [key] : [])].join(",") || null;
}
