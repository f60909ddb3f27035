import { beforeEach, describe, expect, it, vi } from "vitest";

import { LiveStore } from "@/live/store.ts";

const cell = (value: unknown, observedAt: number | null = 1) => ({ value, observedAt, quality: 0 as const });

describe("the live store", () => {
  let flushes: (() => void)[];
  let store: LiveStore;
  const flush = () => flushes.splice(0).forEach((each) => each());

  beforeEach(() => {
    flushes = [];
    store = new LiveStore((each) => flushes.push(each));
  });

  it("tells a tap once a frame, however many values were written", () => {
    const tap = vi.fn();
    store.tap(tap);
    const tank = store.enter("urn:a", "Tank", null);
    store.write(tank, "level", cell(1));
    store.write(tank, "level", cell(2));
    store.write(tank, "volume", cell(3));
    expect(tap).not.toHaveBeenCalled();
    flush();
    expect(tap).toHaveBeenCalledTimes(1);
    expect([...tap.mock.calls[0]![0]]).toEqual([tank]);
  });

  it("tells only the listeners of what changed", () => {
    const [a, b] = [vi.fn(), vi.fn()];
    const tank = store.enter("urn:a", "Tank", null);
    store.enter("urn:b", "Tank", null);
    store.subscribe("urn:a", a);
    store.subscribe("urn:b", b);
    store.write(tank, "level", cell(1));
    flush();
    expect(a).toHaveBeenCalledTimes(1);
    expect(b).not.toHaveBeenCalled();
  });

  it("tells nobody who has unsubscribed", () => {
    const listener = vi.fn();
    const tank = store.enter("urn:a", "Tank", null);
    store.subscribe("urn:a", listener)();
    store.write(tank, "level", cell(1));
    flush();
    expect(listener).not.toHaveBeenCalled();
  });

  it("keeps a live value when an older snapshot comes in", () => {
    const tank = store.enter("urn:a", "Tank", null);
    store.write(tank, "level", cell(5, 200));
    store.seed(tank, "level", cell(4, 100));
    expect(store.cell("urn:a", "level")?.value).toBe(5);
    store.seed(tank, "level", cell(6, 300));
    expect(store.cell("urn:a", "level")?.value).toBe(6);
  });

  it("takes a live value with an earlier time, since plant time can go back", () => {
    const tank = store.enter("urn:a", "Tank", null);
    store.write(tank, "level", cell(5, 200));
    store.write(tank, "level", cell(4, 100));
    expect(store.cell("urn:a", "level")?.value).toBe(4);
  });

  it("forgets an entity that is gone and says so", () => {
    const listener = vi.fn();
    const tank = store.enter("urn:a", "Tank", null);
    store.subscribe("urn:a", listener);
    store.drop(tank);
    flush();
    expect(store.find("urn:a")).toBeUndefined();
    expect(tank.gone).toBe(true);
    expect(listener).toHaveBeenCalledTimes(1);
  });
});
