import { describe, expect, it } from "vitest";

import { phrasesIn, tellPhrases } from "@/i18n/phrases.ts";

describe("phrases", () => {
  it("are none until they are told", () => {
    expect(phrasesIn("id")).toEqual({});
    tellPhrases("id", { Pumps: "Pompa" });
    expect(phrasesIn("id")["Pumps"]).toBe("Pompa");
    expect(phrasesIn("en")).toEqual({});
  });
});
