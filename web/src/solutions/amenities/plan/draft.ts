/** What is asked: its start, its text in the address, its checks before the server's. */

import type { Candidate, Draft, Kind, Means } from "./types.ts";

export const START: Draft = {
  name: "",
  kind: "clinic",
  note: "",
  who: [],
  where: [],
  travel: { by: "network", speed: 1.2, shade: false, limit: null },
  candidates: [],
  close: [],
  model: "p-median",
  p: 1,
  budget: null,
  radius: null,
  floors: [],
  open_at: null,
  seconds: 2,
};

type Packed = Omit<Partial<Draft>, "candidates"> & { candidates?: [name: string, lon: number, lat: number, status: Candidate["status"], cost: number][] };

/** Text for the address: what differs from the start, in letters that need no escape there. */
export function draftText(draft: Draft): string {
  const changed = Object.entries(draft).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(START[key as keyof Draft]));
  const packed: Packed = Object.fromEntries(changed);
  if (packed.candidates) packed.candidates = draft.candidates.map(({ name, lon, lat, status, cost }) => [name, lon, lat, status, cost]);
  const bytes = new TextEncoder().encode(JSON.stringify(packed));
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Undoes `draftText`; the start where the text is none of ours. */
export function draftOf(text: string): Draft {
  try {
    const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const packed = JSON.parse(new TextDecoder().decode(Uint8Array.from(letters, (letter) => letter.charCodeAt(0)))) as Packed;
    const candidates = (packed.candidates ?? []).map(([name, lon, lat, status, cost]) => ({ name, lon, lat, status, cost }));
    const kept = Object.fromEntries(Object.entries(packed).filter(([key, value]) => alike(START[key as keyof Draft], value)));
    return { ...START, ...kept, candidates };
  } catch {
    return START;
  }
}

/** Whether a value read from the address can stand where the start has another. */
function alike(usual: unknown, value: unknown): boolean {
  if (usual === undefined) return false;
  if (usual === null || value === null) return value === null || typeof value !== "object";
  return typeof usual === typeof value && Array.isArray(usual) === Array.isArray(value);
}

export const kindOf = (means: Means, draft: Draft): Kind => means.kinds.find(({ name }) => name === draft.kind) ?? means.kinds[0]!;

/** People of those chosen; none chosen: of all. */
export function counted(all: Record<string, number>, chosen: readonly string[]): number {
  return Object.entries(all).reduce((sum, [name, people]) => (chosen.length === 0 || chosen.includes(name) ? sum + people : sum), 0);
}

/** `list` with `item` or without it. */
export function toggled<T>(list: readonly T[], item: T, on: boolean): T[] {
  return on ? [...list.filter((each) => each !== item), item] : list.filter((each) => each !== item);
}

/** The candidates with more of them, each under a name of its own. */
export function withCandidates(before: readonly Candidate[], more: readonly { name: string; lon: number; lat: number }[]): Candidate[] {
  const taken = new Set(before.map(({ name }) => name));
  const added = more.map(({ name, lon, lat }): Candidate => {
    let own = name;
    for (let number = 2; taken.has(own); number += 1) own = `${name} (${number})`;
    taken.add(own);
    return { name: own, lon: round(lon), lat: round(lat), cost: 1, status: "free" };
  });
  return [...before, ...added];
}

const round = (degrees: number) => Math.round(degrees * 1e6) / 1e6;

/** A name for a point drawn: the next number that no candidate has. */
export function nextName(before: readonly Candidate[], word: string): string {
  let number = before.length + 1;
  while (before.some(({ name }) => name === `${word} ${number}`)) number += 1;
  return `${word} ${number}`;
}
