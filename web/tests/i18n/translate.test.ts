import { beforeAll, describe, expect, it } from "vitest";

import { catalogueOf, loadCatalogue } from "@/i18n/catalogues.ts";
import { en } from "@/i18n/en.ts";
import { LOCALES, localeOf } from "@/i18n/locales.ts";
import { durationText, t, termIn, translate } from "@/i18n/translate.ts";

const FOREIGN = LOCALES.filter((locale) => locale !== "en");
const parts = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

beforeAll(async () => {
  await Promise.all(LOCALES.map(loadCatalogue));
});

/** Says what is missing, empty or has other gaps in `other`. */
function faultsOf(english: Record<string, string>, other: Record<string, string>): string[] {
  const all = new Set([...Object.keys(english), ...Object.keys(other)]);
  return [...all].filter((key) => {
    const [said, meant] = [other[key], english[key]];
    return said === undefined || meant === undefined || said.trim() === "" || parts(said).join() !== parts(meant).join();
  });
}

describe("messages", () => {
  it("fill in their parts", () => {
    expect(translate("en", "entities.page", { from: 1, to: 50, count: 92 })).toBe("1–50 of 92");
    expect(translate("id", "entities.page", { from: 1, to: 50, count: 92 })).toBe("1–50 dari 92");
    expect(translate("th", "entities.page", { from: 1, to: 50, count: 92 })).toBe("1–50 จาก 92");
  });

  it.each(FOREIGN)("are all there, with the same parts, in %s", (locale) => {
    expect(faultsOf(en, catalogueOf(locale).messages)).toEqual([]);
    expect(catalogueOf(locale).messages).not.toBe(en);
  });

  it.each(FOREIGN)("name the same terms in %s", (locale) => {
    expect(Object.keys(catalogueOf(locale).terms).sort()).toEqual(Object.keys(catalogueOf("id").terms).sort());
  });

  it("say durations", () => {
    expect([5, 150, 7200, 300_000].map((seconds) => durationText(t, seconds))).toEqual(["5 s", "2 min", "2 h", "3 d"]);
  });
});

describe("terms", () => {
  it("are translated, else titled, else spelled out", () => {
    expect(termIn("id", {}, "pressure", "Pressure")).toBe("Tekanan");
    expect(termIn("en", {}, "pressure", "Water pressure")).toBe("Water pressure");
    expect(termIn("en", {}, "relativeHumidity")).toBe("Relative humidity");
  });

  it("are what solutions call them", () => {
    expect(termIn("id", { inflow: "Air masuk" }, "inflow", "Inflow")).toBe("Air masuk");
    expect(termIn("id", { Inflow: "Air masuk" }, "in", "Inflow")).toBe("Air masuk");
  });
});

describe("pages with messages of their own", () => {
  const files = import.meta.glob<Record<string, Record<string, string>>>("../../src/**/texts/*.ts", { eager: true });
  const folders = [...new Set(Object.keys(files).map((file) => file.slice(0, file.lastIndexOf("/"))))];

  it("are found", () => expect(folders.length).toBeGreaterThan(1));

  it.each(folders)("say all of it in every language: %s", (folder) => {
    const english = files[`${folder}/en.ts`]!["en"]!;
    for (const locale of FOREIGN) expect(faultsOf(english, files[`${folder}/${locale}.ts`]?.[locale] ?? {}), `${folder}/${locale}.ts`).toEqual([]);
  });
});

describe("the browser's languages", () => {
  it.each([
    [["th-TH", "en"], "th"],
    [["fil-PH"], "fil"],
    [["tl-PH"], "fil"],
    [["MS-my"], "ms"],
    [["in"], "id"],
    [["fr", "vi"], "vi"],
    [["fr"], "en"],
    [[], "en"],
  ])("%s are answered in %s", (tags, locale) => {
    expect(localeOf(tags)).toBe(locale);
  });
});
