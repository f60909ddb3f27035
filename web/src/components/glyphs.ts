/** What stands for a type, on the map and in lists: filled paths on a 16-unit grid. */

export type GlyphName = "tank" | "reservoir" | "pump" | "valve" | "people" | "weather" | "meter" | "vehicle" | "flag";

export const GLYPHS: Record<GlyphName, string> = {
  tank: "M3 3h1.6v3.5h6.8V3H13v10H3z",
  reservoir: "M2 4.5q1.5-2 3 0t3 0 3 0 3 0v2q-1.5 2-3 0t-3 0-3 0-3 0zM2 9.5q1.5-2 3 0t3 0 3 0 3 0v2q-1.5 2-3 0t-3 0-3 0-3 0z",
  pump: "M5 3.2 13 8 5 12.8z",
  valve: "M2.5 4 8 8l5.5-4v8L8 8l-5.5 4z",
  people: "M8 2.5a2.2 2.2 0 1 1 0 4.4 2.2 2.2 0 0 1 0-4.4zM3.8 13.5c0-3.4 1.6-5.4 4.2-5.4s4.2 2 4.2 5.4z",
  weather: "M8 1.8c2.6 3.3 4 5.4 4 7.4a4 4 0 0 1-8 0c0-2 1.4-4.1 4-7.4z",
  meter: "M3 3h10v10H3zM5 5v3h6V5z",
  vehicle: "M3 5.5 4.5 3h7L13 5.5V12h-2v-1.5H5V12H3z",
  flag: "M4 2h1.4v.8H13l-2 2.7 2 2.7H5.4V14H4z",
};

const BY_TYPE: Record<string, GlyphName> = {
  Tank: "tank",
  WasteWaterTank: "tank",
  Reservoir: "reservoir",
  Pump: "pump",
  Valve: "valve",
  CrowdFlowObserved: "people",
  PassengerQueue: "people",
  WeatherObserved: "weather",
  WaterConsumptionObserved: "meter",
  ACMeasurement: "meter",
  Device: "meter",
  PointOfInterest: "flag",
};

export type Shape = "point" | "line" | "area";

const SHAPES: Record<string, Shape> = { Pipe: "line", RoadSegment: "line", Road: "line", Building: "area", Garden: "area", Park: "area", WaterNetwork: "area" };

/** How a type is usually drawn, for lists that do not know its geometry. */
export function usualShape(type: string): Shape {
  return SHAPES[type] ?? "point";
}

/** Undefined where the type is drawn as a dot. */
export function glyphOf(type: string, icon?: string | null): GlyphName | undefined {
  if (icon && icon in GLYPHS) return icon as GlyphName;
  return BY_TYPE[type];
}
