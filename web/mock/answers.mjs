/** Answers of Kota's own API, by method and path. */

import { act, alarmsOf, detailOf, groupsOf, listOf } from "./alarms.mjs";
import { command, commandable, isCommand, plateOf } from "./commands.mjs";
import { BOUNDS, basemap } from "./district.mjs";
import { TITLES, UNITS } from "./entities.mjs";
import { csv, series } from "./history.mjs";
import { position, quality, reading, silent } from "./plant.mjs";
import { isStale, lastWord, now, setClock, stop } from "./world.mjs";

const iso = (time) => new Date(time).toISOString();
const LEVELS = ["good", "uncertain", "bad"];

function townOf(city) {
  const [w, s, e, n] = BOUNDS;
  return {
    name: "rambai", title: "Rambai", bounds: BOUNDS, center: [(w + e) / 2, (s + n) / 2], zoom: 14.6,
    basemap: "/api/v1/basemap", timezone: "Asia/Jakarta", clock: { now: iso(now(city)), speed: city.speed, plant: true },
    version: "0.1.0", auth: "none", solutions: [{ name: "water", title: "Water supply", alias: "water", state: "running" }], demo: true,
  };
}

const SYSTEMS = Object.fromEntries(["Junction", "Pipe", "Pump", "Reservoir", "Tank", "Valve"].map((type) => [type, "Drinking water"]));

function typesOf(city) {
  const counts = new Map();
  for (const entity of city.list) counts.set(entity.type, (counts.get(entity.type) ?? 0) + 1);
  return [...counts].map(([type, count]) => ({ type, title: TITLES[type], count, system: SYSTEMS[type] ?? null, shown: true }));
}

function mapOf(city, wanted) {
  const time = lastWord(city);
  const types = [...new Set(city.list.map((e) => e.type))].filter((type) => !wanted || wanted.includes(type));
  return { at: iso(now(city)), types: types.map((type) => columns(city, type, time)) };
}

function columns(city, type, time) {
  const list = city.list.filter((entity) => entity.type === type);
  const sensors = list[0].sensors;
  return {
    type,
    ids: list.map((e) => e.id),
    names: list.map((e) => e.name),
    geometry: list.map((e) => position(e, time)),
    values: Object.fromEntries(sensors.map((sensor) => [sensor.name, list.map((e) => reading(e, sensor, time))])),
    units: Object.fromEntries(sensors.filter((s) => s.unit).map((s) => [s.name, UNITS[s.unit].symbol])),
    observedAt: list.map((e) => (sensors.length ? iso(silent(e, time) ? time - 7200_000 : time) : null)),
    quality: list.map((e) => (sensors.length ? quality(e, sensors[0], time) : 0)),
    stale: list.map((e) => sensors.length > 0 && (isStale(city) || silent(e, time))),
  };
}

function attribute(city, entity, sensor) {
  const time = lastWord(city);
  const level = quality(entity, sensor, time);
  return {
    name: sensor.name, title: sensor.title, kind: "Property", value: reading(entity, sensor, time), display: String(reading(entity, sensor, time)),
    unit: sensor.unit ? UNITS[sensor.unit] : null, datasetId: null, observedAt: iso(time), modifiedAt: iso(time),
    quality: { level: LEVELS[level], source: sensor.name.startsWith("forecast") ? "forecast" : "measured", reason: level ? "differs from its neighbours by more than 3 m" : null },
    stale: isStale(city) || silent(entity, time), age_s: 0, numeric: true, sub: {},
  };
}

function constant(name, value) {
  return {
    name, title: name.charAt(0).toUpperCase() + name.slice(1).replace(/([A-Z])/g, (c) => ` ${c.toLowerCase()}`), kind: "Property", value, display: String(value), unit: null, datasetId: null,
    observedAt: null, modifiedAt: "2026-11-01T00:00:00Z", quality: { level: "good", source: "entered", reason: null },
    stale: false, age_s: null, numeric: typeof value === "number", sub: {},
  };
}

function entityOf(city, id) {
  const entity = city.byId.get(id);
  if (!entity) return undefined;
  const at = position(entity, lastWord(city));
  return {
    id, types: [entity.type], name: entity.name, title: entity.name, scope: ["/rambai/east"],
    createdAt: "2026-11-01T00:00:00Z", modifiedAt: iso(lastWord(city)), clock: "plant", commandable: commandable(id),
    location: Array.isArray(at) ? { type: "Point", coordinates: at } : at,
    attributes: [
      ...entity.sensors.map((s) => attribute(city, entity, s)),
      ...Object.entries(entity.fixed).map(([n, v]) => constant(n, v)),
      ...(entity.type === "Tank" ? [{ ...constant("levelOutlook", outlookOf(city)), kind: "JsonProperty", display: "…" }] : []),
    ],
    relations: entity.relations.map((r) => ({ ...r, title: r.name === "startsAt" ? "Starts at" : "Ends at" })),
  };
}

/** Each sensor swings about its centre, as at any time. */
function pastOf(city, query) {
  const [type, name, count, step] = [query.get("type"), query.get("attribute"), Number(query.get("count")), Number(query.get("step"))];
  const start = Date.parse(query.get("start"));
  const found = city.list.filter((e) => e.type === type && e.sensors.some((s) => s.name === name));
  const value = (e, at) => {
    const { centre, swing } = e.sensors.find((s) => s.name === name);
    return centre + swing * Math.sin(at / 7_200_000 + e.id.length + found.indexOf(e));
  };
  const frames = Array.from({ length: count }, (_, k) => found.map((e) => Number(value(e, start + k * step * 1000).toFixed(2))));
  return { type, attribute: name, unit: null, start_ms: start, step_ms: step * 1000, ids: found.map((e) => e.id), frames, levels: frames.map(() => []) };
}

function searchFor(city, text, limit) {
  const wanted = text.toLowerCase();
  const hits = city.list.filter((e) => `${e.name} ${e.id} ${e.type}`.toLowerCase().includes(wanted)).slice(0, limit);
  return { results: hits.map((e) => ({ id: e.id, type: e.type, name: e.name, description: null, location: Array.isArray(e.geometry) ? e.geometry : e.geometry.coordinates.flat(Infinity).slice(0, 2) })) };
}

function solutionsOf(city) {
  const task = (name, failures = 0) => ({ name, title: name, state: failures ? "waiting" : "idle", last_run: iso(now(city) - 4000), last_error: failures ? "tank forecast: level of Tank Timur is 2 h old; waits for a newer one" : null, runs: 214, failures });
  return [{ name: "water", title: "Water supply", description: "Pressures, flows and tanks of the drinking water network", health: { state: "degraded", tasks: [task("balance"), task("forecast", 2)] } }];
}

function panelOf() {
  const layer = (id, title, type, geometry, color_by) => ({ id, title, type, geometry, color_by });
  const by = (attr, unit, min, max, palette) => ({ attribute: attr, unit, min, max, palette });
  return {
    title: "Water supply",
    pages: [],
    layers: [layer("pressure", "Pressure", "Junction", "point", by("pressure", "m", 20, 55, "viridis")), layer("flow", "Flow in pipes", "Pipe", "line", by("flow", "L/s", 0, 50, "blues"))],
    cards: [
      { id: "t1", title: "Tank Bukit", entity: "urn:ngsi-ld:Tank:T1", attribute: "level", unit: "m", min: 0, max: 8, target: 5 },
      { id: "t2", title: "Tank Pelabuhan", entity: "urn:ngsi-ld:Tank:T2", attribute: "level", unit: "m", min: 0, max: 8, target: 5 },
      { id: "t3", title: "Tank Timur", entity: "urn:ngsi-ld:Tank:T3", attribute: "level", unit: "m", min: 0, max: 8 },
      { id: "pu1", title: "Pump station Rambai", entity: "urn:ngsi-ld:Pump:PU1", attribute: "power", unit: "kW", min: 0, max: 80 },
    ],
    charts: [
      { id: "levels", title: "Tank levels", thresholds: [{ value: 7, title: "Overflow" }], series: [...["T1", "T2", "T3"].map((key) => ({ entity: `urn:ngsi-ld:Tank:${key}`, attribute: "level" })), { entity: "urn:ngsi-ld:Tank:T1", attribute: "levelOutlook", outlook: true }] },
      { id: "pumps", title: "Pump power", series: ["PU1", "PU2"].map((key) => ({ entity: `urn:ngsi-ld:Pump:${key}`, attribute: "power" })) },
    ],
    tables: [{ id: "lowest", title: "Lowest pressures", type: "Junction", columns: [{ attribute: "pressure", title: "Pressure" }, { attribute: "fedBy", title: "Fed by" }], sort_by: "pressure", descending: false, limit: 5 }],
  };
}

/** The tank's level for twelve hours, as a solution states it. */
function outlookOf(city) {
  const steps = Array.from({ length: 48 }, (_, index) => index + 1);
  return { at: steps.map((step) => iso(now(city) + step * 900_000)), level: steps.map((step) => 4.2 + 2 * Math.sin(step / 8)), uncertainty: steps.map((step) => 0.05 * Math.sqrt(step)) };
}

function lowest(city) {
  const junctions = city.list.filter((e) => e.type === "Junction");
  const pressure = (e) => attribute(city, e, e.sensors[0]).value;
  const cells = (e) => [{ value: pressure(e), unit: "MTR", link: null, observedAt: iso(now(city) - 2000), quality: 0, stale: false }, { value: "Tank Bukit", unit: null, link: "urn:ngsi-ld:Tank:T1", observedAt: null, quality: 0, stale: false }];
  const rows = junctions.sort((a, b) => pressure(a) - pressure(b)).slice(0, 5).map((e) => ({ id: e.id, title: e.name, cells: cells(e) }));
  return { total: junctions.length, rows };
}

function healthOf(city) {
  return {
    ingest: { received: 184_220, observations: 921_100, rejected: city.letters.length, rate_s: city.running ? 412.5 : 0 },
    store: { entities: city.list.length, journal_lag: 12, history_rows: 18_442_910 },
    notifications: { waiting: 0, dead: 0 },
    connections: [{ name: "mqtt", state: "connected", detail: "mqtt://127.0.0.1:1883, 3 topics" }],
    silent: city.list.filter((e) => e.sensors.length && silent(e, now(city))).slice(0, 12).map((e) => ({ id: e.id, type: e.type, last: iso(now(city) - 7200_000) })),
  };
}

function demoOf(city) {
  const local = new Date(now(city) + 7 * 3600_000).toISOString().slice(11, 16);
  const current = city.chapters.filter((c) => c.time <= local).at(-1);
  return { title: "Monsoon Friday", chapters: city.chapters.map((c) => ({ ...c, current: c === current })), now: iso(now(city)), speed: city.speed, paused: city.speed === 0 };
}

function steer(city, { speed, chapter }) {
  const found = city.chapters.find((c) => c.id === chapter);
  const plant = found ? Date.parse(`2026-11-20T${found.time}:00+07:00`) : now(city);
  setClock(city, plant, speed ?? city.speed);
  return demoOf(city);
}

export function answers(city) {
  const alarms = alarmsOf();
  const plate = plateOf();
  const gets = {
    "/healthz": () => ({ status: "ok" }),
    "/api/v1/session": () => ({ auth: "none", title: city.title ?? "Rambai", who: null, oidc: null }),
    "/api/v1/town": () => townOf(city),
    "/api/v1/basemap": () => basemap(city.town),
    "/api/v1/types": () => typesOf(city),
    "/api/v1/map": (query) => mapOf(city, query.get("types")?.split(",")),
    "/api/v1/map/past": (query) => pastOf(city, query),
    "/api/v1/search": (query) => searchFor(city, query.get("q") ?? "", Number(query.get("limit") ?? 20)),
    "/api/v1/history": (query) => series(city, query),
    "/api/v1/history.csv": (query) => csv(city, query),
    "/api/v1/solutions": () => solutionsOf(city),
    "/api/v1/solutions/water/panel": () => panelOf(),
    "/api/v1/solutions/water/tables/lowest": () => lowest(city),
    "/api/v1/alarms": (query) => listOf(alarms, query),
    "/api/v1/alarms/groups": () => groupsOf(alarms),
    "/api/v1/health": () => healthOf(city),
    "/api/v1/letters": (query) => (query.get("box") === "ingest" ? city.letters : []),
    "/api/v1/devices": (query) => city.devices.filter((d) => d.state === query.get("state")),
    "/api/v1/demo": () => demoOf(city),
  };
  const boards = [];
  const board = (method, id, body) => {
    const at = boards.findIndex((each) => each.id === id);
    if (at >= 0) boards.splice(at, 1);
    if (method === "PUT") boards.push({ id, owner: "", mine: true, ...body });
    return {};
  };
  const drop = (list, key, field) => list.splice(list.findIndex((item) => item[field] === key), 1);
  return (method, url, body) => {
    const path = decodeURIComponent(url.pathname);
    if (method === "GET" && gets[path]) return gets[path](url.searchParams);
    if (path === "/api/v1/boards") return boards;
    if (path.startsWith("/api/v1/boards/")) return board(method, path.slice(15), body);
    if (isCommand(path)) return command(plate, method, path, body);
    if (method === "GET" && path.startsWith("/api/v1/alarms/")) return detailOf(alarms, path.slice(15));
    if (method === "POST" && path.startsWith("/api/v1/alarms/")) return act(alarms, path, body);
    if (method === "GET" && path.startsWith("/api/v1/entities/")) return entityOf(city, path.slice(17));
    if (method === "POST" && path === "/api/v1/demo") return steer(city, body);
    if (method === "POST" && path === "/mock") return stop(city, body.running) ?? {};
    const letter = /^\/api\/v1\/letters\/([^/]+)/.exec(path);
    if (letter) return drop(city.letters, letter[1], "key") && {};
    const device = /^\/api\/v1\/devices\/([^/]+)\//.exec(path);
    if (device) return drop(city.devices, device[1], "id") && {};
    return undefined;
  };
}
