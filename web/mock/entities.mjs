/** The district's entities: a water network along the streets, sensors, buildings, vehicles. */

import { place } from "./district.mjs";
import { seeded } from "./random.mjs";

const urn = (type, key) => `urn:ngsi-ld:${type}:${key}`;
const number = (name, title, unit, centre, swing) => ({ name, title, unit, centre, swing });

export const UNITS = {
  MTR: { code: "MTR", symbol: "m", name: "metre" },
  L2: { code: "G51", symbol: "L/s", name: "litre per second" },
  KWT: { code: "KWT", symbol: "kW", name: "kilowatt" },
  CEL: { code: "CEL", symbol: "°C", name: "degree Celsius" },
  P1: { code: "P1", symbol: "%", name: "percent" },
};

const SENSORS = {
  Junction: [number("pressure", "Pressure", "MTR", 38, 9), number("demand", "Demand", "L2", 6, 4)],
  Pipe: [number("flow", "Flow", "L2", 24, 20)],
  Tank: [number("level", "Level", "MTR", 4.2, 2.4), number("forecastLevel", "Forecast level", "MTR", 4.0, 2.0)],
  Reservoir: [number("head", "Head", "MTR", 61, 0.6)],
  Pump: [number("power", "Power", "KWT", 44, 12), number("flow", "Flow", "L2", 80, 24)],
  Valve: [number("opening", "Opening", "P1", 62, 30)],
  CrowdFlowObserved: [number("peopleCount", "People", null, 120, 110)],
  WeatherObserved: [number("temperature", "Temperature", "CEL", 28.4, 3.6), number("relativeHumidity", "Relative humidity", "P1", 78, 14)],
  Vehicle: [number("speed", "Speed", null, 24, 18)],
  Building: [],
};
const FIXED = {
  Junction: { elevation: 12 }, Pipe: { diameter: 300, roughness: 120 }, Tank: { diameter: 18 },
  Pump: { status: "open", lastService: "2026-08-14" }, Valve: { valveType: "PRV" },
};

export const TITLES = {
  Junction: "Junction", Pipe: "Pipe", Tank: "Tank", Reservoir: "Reservoir", Pump: "Pump", Valve: "Valve",
  CrowdFlowObserved: "Pedestrian counter", WeatherObserved: "Weather station", Building: "Building", Vehicle: "Vehicle",
};

function entity(type, key, name, geometry, extra = {}) {
  return { id: urn(type, key), type, name, geometry, sensors: SENSORS[type], fixed: { ...FIXED[type], ...extra }, relations: [] };
}

function waterNetwork({ grid, edges }) {
  const used = new Set();
  const pipes = edges.filter((_, index) => index % 5 !== 3).map((edge, index) => {
    const ends = [edge.from, edge.to].map((n) => `J${n.row}-${n.column}`);
    ends.forEach((key) => used.add(key));
    const pipe = entity("Pipe", `P${index}`, `Pipe ${index}`, { type: "LineString", coordinates: [edge.from.at, edge.to.at].map(place) });
    pipe.relations = ends.map((key, end) => ({ name: end ? "endsAt" : "startsAt", target: urn("Junction", key) }));
    return pipe;
  });
  const junctions = grid
    .filter((n) => used.has(`J${n.row}-${n.column}`))
    .map((n) => entity("Junction", `J${n.row}-${n.column}`, `Junction ${n.row}-${n.column}`, place(n.at)));
  const near = (index, dx, dy) => place([grid[index].at[0] + dx, grid[index].at[1] + dy]);
  return [
    ...pipes,
    ...junctions,
    entity("Tank", "T1", "Tank Bukit", near(17, 40, 44)),
    entity("Tank", "T2", "Tank Pelabuhan", near(87, -40, 40)),
    entity("Tank", "T3", "Tank Timur", near(148, 45, -40)),
    entity("Reservoir", "R1", "Sungai Rambai intake", near(60, -40, 20)),
    entity("Reservoir", "R2", "Danau Hulu", near(167, 30, 50)),
    entity("Pump", "PU1", "Pump station Rambai", near(61, -20, 24)),
    entity("Pump", "PU2", "Pump station Hulu", near(166, 10, 40)),
    ...[33, 70, 95, 126].map((node, index) => entity("Valve", `V${index + 1}`, `Valve ${index + 1}`, near(node, 22, 0))),
  ];
}

function vehicles(count) {
  const random = seeded(99);
  return Array.from({ length: count }, (_, index) =>
    entity("Vehicle", `B${index}`, `Vehicle ${index}`, place([random() * 1900, random() * 1300])));
}

export function entities(town, movers = 0) {
  const counters = [5, 22, 38, 54, 72, 91, 108, 133, 151].map((node, index) =>
    entity("CrowdFlowObserved", `C${index + 1}`, `Counter ${index + 1}`, place([town.grid[node].at[0] + 14, town.grid[node].at[1] + 14])));
  const buildings = town.buildings.slice(0, 400).map((b, index) =>
    entity("Building", `${index}`, `Building ${index}`, { type: "Polygon", coordinates: [[...b.corners, b.corners[0]].map(place)] },
      { category: b.use, floorsAboveGround: b.floors }));
  return [
    ...waterNetwork(town), ...counters, ...buildings,
    entity("WeatherObserved", "W1", "Weather station Balai", place([980, 420])),
    ...vehicles(movers),
  ];
}
