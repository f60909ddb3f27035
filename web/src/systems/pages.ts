/** Pages of the solutions' own: each is a folder with a `page.tsx`, loaded when it is opened. */

import { type ComponentType, lazy } from "react";

type Module = { default: ComponentType };

const found = import.meta.glob<Module>("../solutions/*/*/page.tsx");

/** By `<solution>/<page>`, as the panels name them. */
const pages = new Map(Object.entries(found).map(([file, load]) => [file.split("/").slice(2, 4).join("/"), lazy(load)]));

export function pageOf(solution: string, name: string): ComponentType | undefined {
  return pages.get(`${solution}/${name}`);
}
