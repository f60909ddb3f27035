/** Keeps one WebSocket open, comes back after a loss, and says how it stands. */

import type { Frame, Watch } from "./frames.ts";
import { FrameReader } from "./reader.ts";
import type { LiveStore } from "./store.ts";

export type Standing =
  | { readonly state: "connecting" }
  | { readonly state: "live" }
  | { readonly state: "lost"; readonly since: number; readonly retryAt: number };

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const INTERVAL_MS = 100;
const JITTER = 0.25;

type Open = (url: string) => WebSocket;

export class Connection {
  #socket: WebSocket | null = null;
  #standing: Standing = { state: "connecting" };
  #lostSince: number | null = null;
  #wait = FIRST_WAIT_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watch: Watch = { types: [], entities: [], all: false };
  readonly #listeners = new Set<() => void>();

  constructor(
    readonly store: LiveStore,
    readonly url: string,
    readonly open: Open = (address) => new WebSocket(address),
  ) {}

  start(): void {
    clearTimeout(this.#timer);
    const socket = this.open(this.url);
    const reader = new FrameReader(this.store);
    this.#socket = socket;
    socket.onopen = () => this.#opened();
    socket.onmessage = (event: MessageEvent<string>) => reader.read(JSON.parse(event.data) as Frame);
    socket.onclose = () => this.#closed(socket);
  }

  stop(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  /** Tries at once instead of waiting. */
  retry = (): void => {
    if (this.#standing.state === "lost") this.start();
  };

  watch(watch: Watch): void {
    this.#watch = watch;
    this.#sendWatch();
  }

  standing = (): Standing => this.#standing;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #opened(): void {
    this.#wait = FIRST_WAIT_MS;
    this.#lostSince = null;
    this.#sendWatch();
    this.#stand({ state: "live" });
  }

  #closed(socket: WebSocket): void {
    if (socket !== this.#socket) return;
    const wait = this.#wait * (1 + JITTER * Math.random());
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
    this.#lostSince ??= Date.now();
    this.#timer = setTimeout(() => this.start(), wait);
    this.#stand({ state: "lost", since: this.#lostSince, retryAt: Date.now() + wait });
  }

  #sendWatch(): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify({ op: "watch", ...this.#watch, interval_ms: INTERVAL_MS }));
  }

  #stand(standing: Standing): void {
    this.#standing = standing;
    for (const listener of this.#listeners) listener();
  }
}
