import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Connection } from "@/live/connection.ts";
import { LiveStore } from "@/live/store.ts";

class FakeSocket {
  static readonly made: FakeSocket[] = [];
  readyState: number = WebSocket.OPEN;
  sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  constructor() {
    FakeSocket.made.push(this);
  }
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.onclose?.();
  }
}

const latest = () => FakeSocket.made.at(-1)!;

describe("the connection", () => {
  let connection: Connection;

  beforeEach(() => {
    vi.useFakeTimers();
    FakeSocket.made.length = 0;
    connection = new Connection(new LiveStore(() => undefined), "ws://town/live", () => new FakeSocket() as unknown as WebSocket);
    connection.start();
  });
  afterEach(() => {
    connection.stop();
    vi.useRealTimers();
  });

  it("is live once it is open, and sends what is watched", () => {
    connection.watch({ types: ["Tank"], entities: [], all: false });
    latest().sent.length = 0;
    latest().onopen?.();
    expect(connection.standing().state).toBe("live");
    expect(JSON.parse(latest().sent[0]!)).toMatchObject({ op: "watch", types: ["Tank"] });
  });

  it("says since when it is lost, and comes back by itself", () => {
    latest().onopen?.();
    latest().onclose?.();
    expect(connection.standing()).toMatchObject({ state: "lost", since: Date.now() });
    vi.advanceTimersByTime(1000);
    expect(FakeSocket.made).toHaveLength(2);
    latest().onopen?.();
    expect(connection.standing().state).toBe("live");
  });

  it("waits longer after each failure and keeps the time of the first loss", () => {
    latest().onopen?.();
    const since = Date.now();
    latest().onclose?.();
    vi.advanceTimersByTime(1000);
    latest().onclose?.();
    const standing = connection.standing();
    expect(standing).toMatchObject({ state: "lost", since });
    vi.advanceTimersByTime(900);
    expect(FakeSocket.made).toHaveLength(2);
    vi.advanceTimersByTime(1000);
    expect(FakeSocket.made).toHaveLength(3);
  });

  it("tries at once when asked", () => {
    latest().onclose?.();
    connection.retry();
    expect(FakeSocket.made).toHaveLength(2);
  });

  it("stays away once stopped", () => {
    latest().onopen?.();
    connection.stop();
    vi.advanceTimersByTime(60_000);
    expect(FakeSocket.made).toHaveLength(1);
  });
});
