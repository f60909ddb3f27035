/** The live stream: names once, then deltas each second, as long as the plant runs. */

import { WebSocketServer } from "ws";

import { UNITS } from "./entities.mjs";
import { position, quality, reading, silent } from "./plant.mjs";
import { isStale, now } from "./world.mjs";

const iso = (time) => new Date(time).toISOString();

function handles(city) {
  const attributes = [["location", null]];
  const index = new Map([["location", 0]]);
  for (const sensor of city.list.flatMap((entity) => entity.sensors)) {
    if (index.has(sensor.name)) continue;
    index.set(sensor.name, attributes.length);
    attributes.push([sensor.name, sensor.unit ? UNITS[sensor.unit].symbol : null]);
  }
  return { attributes: attributes.map(([name, unit], at) => [at, name, unit]), index };
}

function rows(city, watched, index, time) {
  const found = [];
  for (const handle of watched) {
    const entity = city.list[handle];
    if (silent(entity, time)) continue;
    if (entity.type === "Vehicle") found.push([handle, 0, position(entity, time), time, 0]);
    else for (const s of entity.sensors) found.push([handle, index.get(s.name), reading(entity, s, time), time, quality(entity, s, time)]);
  }
  return found;
}

function wanted(city, watch) {
  const list = [];
  city.list.forEach((entity, handle) => {
    if (watch.all || watch.types?.includes(entity.type) || watch.entities?.includes(entity.id)) list.push(handle);
  });
  return list;
}

export function attachLive(server, city) {
  const sockets = new WebSocketServer({ server, path: "/api/v1/live" });
  const { attributes, index } = handles(city);
  sockets.on("connection", (socket) => {
    const send = (frame) => socket.send(JSON.stringify(frame));
    let watched = [];
    let stale = false;
    let speed = city.speed;
    send({ op: "hello", now: iso(now(city)), speed });
    socket.on("message", (text) => {
      watched = wanted(city, JSON.parse(text));
      send({ op: "names", entities: watched.map((h) => [h, city.list[h].id, city.list[h].type, city.list[h].name]), attributes });
    });
    const beat = setInterval(() => {
      if (speed !== city.speed) send({ op: "clock", now: iso(now(city)), speed: city.speed });
      speed = city.speed;
      if (stale !== isStale(city)) {
        stale = !stale;
        send({ op: "stale", rows: watched.filter((h) => city.list[h].sensors.length).map((h) => [h, stale]) });
      }
      if (city.running) send({ op: "delta", at: Date.now(), now: iso(now(city)), rows: rows(city, watched, index, Math.round(now(city))) });
    }, 1000);
    socket.on("close", () => clearInterval(beat));
  });
}
