/** The state that the mock's answers are read from. */

import { district } from "./district.mjs";
import { entities } from "./entities.mjs";

const CHAPTERS = [
  { id: "dawn", title: "Calm dawn", time: "05:30", description: "The district sleeps; tanks fill on cheap power." },
  { id: "peak", title: "Morning peak", time: "07:00", description: "Showers, breakfast, school: demand doubles in an hour." },
];

export function world({ movers = 0 } = {}) {
  const town = district();
  const list = entities(town, movers);
  return {
    town,
    list,
    byId: new Map(list.map((entity) => [entity.id, entity])),
    running: true,
    stoppedAt: null,
    speed: 1,
    told: { wall: Date.now(), plant: Date.UTC(2026, 10, 20, 0, 12) },
    chapters: CHAPTERS,
    letters: [
      { key: "1", at: "2026-11-20T00:02:11Z", topic: "/water/J7-4/attrs", reason: "pressure: 'ERR' is not a number; expected metres of head", payload: '{"p":"ERR"}' },
      { key: "2", at: "2026-11-20T00:05:40Z", topic: "/crowd/C9/attrs", reason: "payload is not JSON: unexpected end at byte 14", payload: '{"count": 12,"' },
    ],
    devices: [
      { id: "lora-70b3d57ed005a1f2", state: "pending", profile: "rain-gauge", entity: null, topic: "/lora/70b3d57ed005a1f2/attrs", first_seen: "2026-11-19T22:41:00Z", last_seen: "2026-11-20T00:11:30Z", messages: 31 },
    ],
  };
}

/** Plant time [ms since the epoch]. */
export function now(city) {
  return city.told.plant + (Date.now() - city.told.wall) * city.speed;
}

export function setClock(city, plant, speed) {
  city.told = { wall: Date.now(), plant };
  city.speed = speed;
}

/** When the sensors last spoke: now, or when the plant was stopped. */
export function lastWord(city) {
  return city.running ? now(city) : city.stoppedAt;
}

export function stop(city, running) {
  city.stoppedAt = running ? null : now(city);
  city.running = running;
}

export function isStale(city) {
  return !city.running && now(city) - city.stoppedAt > 4000;
}
