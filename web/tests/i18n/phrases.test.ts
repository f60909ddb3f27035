import { describe, expect, it } from "vitest";

import { phraseIn, phrasesIn, tellPhrases } from "@/i18n/phrases.ts";

describe("phrases", () => {
  it("are none until they are told", () => {
    expect(phrasesIn("id")).toEqual({});
    tellPhrases("id", { Pumps: "Pompa" });
    expect(phrasesIn("id")["Pumps"]).toBe("Pompa");
    expect(phrasesIn("en")).toEqual({});
  });

  const phrases = { "p is {p}, but {kept} sites are kept": "p {p}, padahal {kept} lokasi dipertahankan", "nobody counts": "tidak ada yang dihitung", "raise p to {p}": "naikkan p menjadi {p}" };

  it("fill their gaps with what the text has there", () => {
    expect(phraseIn(phrases, "p is 3, but 12 sites are kept")).toBe("p 3, padahal 12 lokasi dipertahankan");
    expect(phraseIn(phrases, "p is 3 (or 4), but 12 sites are kept")).toBe("p 3 (or 4), padahal 12 lokasi dipertahankan");
  });

  it("say a refusal and its advice each on its own, and leave what they do not know", () => {
    expect(phraseIn(phrases, "nobody counts; raise p to 5")).toBe("tidak ada yang dihitung; naikkan p menjadi 5");
    expect(phraseIn(phrases, "nobody counts; do as you like")).toBe("tidak ada yang dihitung; do as you like");
    expect(phraseIn(phrases, "a {p} of its own")).toBe("a {p} of its own");
  });
});
