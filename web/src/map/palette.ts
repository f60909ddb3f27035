/** The map's greys and state colours; MapLibre cannot read CSS custom properties. */

import type { Theme } from "@/shell/preferences.ts";

export interface MapPalette {
  land: string;
  beach: string;
  water: string;
  waterText: string;
  park: string;
  building: string;
  buildingEdge: string;
  buildingByUse: Record<string, string>;
  street: string;
  streetEdge: string;
  text: string;
  halo: string;
  poi: string;
  normal: string;
  noValue: string;
  hollow: string;
  edge: string;
  /** Around a dot that is coloured by value, which may be as dark or light as the ground. */
  valueEdge: string;
  uncertain: string;
  bad: string;
  stale: string;
  chosen: string;
  glyph: string;
  label: string;
}

export const PALETTES: Record<Theme, MapPalette> = {
  light: {
    land: "#e4e6e8",
    beach: "#e6e4df",
    water: "#c6d0d8",
    waterText: "#51626f",
    park: "#d8dfd6",
    building: "#d2d5d8",
    buildingEdge: "#c3c7cb",
    buildingByUse: { commercial: "#c9ccd1", industrial: "#cbcac6", civic: "#c6cbd0", mixed: "#ced0d4" },
    street: "#f7f8f8",
    streetEdge: "#c9cdd1",
    text: "#4a545e",
    halo: "#eceeef",
    poi: "#68737d",
    normal: "#506170",
    noValue: "#9aa3ab",
    hollow: "#eef0f1",
    edge: "#f6f7f8",
    valueEdge: "#ffffff",
    uncertain: "#e69f00",
    bad: "#d55e00",
    stale: "#5d666f",
    chosen: "#005a91",
    glyph: "#ffffff",
    label: "#1b2127",
  },
  dark: {
    land: "#1a1f24",
    beach: "#22241f",
    water: "#101820",
    waterText: "#7f93a3",
    park: "#1c2622",
    building: "#272d33",
    buildingEdge: "#30373e",
    buildingByUse: { commercial: "#2c333a", industrial: "#2b2c2b", civic: "#2d353d", mixed: "#2a3037" },
    street: "#363e46",
    streetEdge: "#14181c",
    text: "#a6b0b9",
    halo: "#161a1e",
    poi: "#8c969f",
    normal: "#93a3b1",
    noValue: "#5d666f",
    hollow: "#1b2025",
    edge: "#14181c",
    valueEdge: "#c4ccd3",
    uncertain: "#e69f00",
    bad: "#e8690b",
    stale: "#98a2ab",
    chosen: "#6cbdf0",
    glyph: "#14181c",
    label: "#e6e9ec",
  },
};
