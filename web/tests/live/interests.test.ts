import { describe, expect, it, vi } from "vitest";

import { Interests } from "@/live/interests.ts";

const settled = () => new Promise<void>((resolve) => queueMicrotask(resolve));

describe("interests", () => {
  it("join into one watch", async () => {
    const tell = vi.fn();
    const interests = new Interests(tell);
    interests.hold({ types: ["Tank", "Pump"] });
    interests.hold({ types: ["Tank"], entities: ["urn:a"] });
    await settled();
    expect(tell).toHaveBeenCalledExactlyOnceWith({ types: ["Pump", "Tank"], entities: ["urn:a"], all: false });
  });

  it("are not told again where nothing changed", async () => {
    const tell = vi.fn();
    const interests = new Interests(tell);
    interests.hold({ types: ["Tank"] });
    await settled();
    interests.hold({ types: ["Tank"] })();
    await settled();
    expect(tell).toHaveBeenCalledTimes(1);
  });
});
