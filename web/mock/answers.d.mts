import type { City } from "./world.mjs";

export function answers(city: City): (method: string, url: URL, body: unknown) => unknown;
