/** What sensors read at a time: a pure function of entity, attribute and time. */

import { hash, noise } from "./random.mjs";

const HOUR = 3600_000;

/** Two peaks a day, as people get up and come home, in [-1, 1]. */
function dayShape(time) {
  const hour = ((time / HOUR + 7) % 24 + 24) % 24;
  const peak = (at, width) => Math.exp(-(((hour - at) / width) ** 2));
  return 1.3 * (peak(7, 1.8) + 0.9 * peak(19, 2.4)) - 0.55;
}

export function reading(entity, sensor, time) {
  const key = `${entity.id}/${sensor.name}`;
  const own = (hash(key) % 1000) / 1000 - 0.5;
  const sign = sensor.name === "pressure" || sensor.name === "level" ? -1 : 1;
  const slow = noise(key, time / (2 * HOUR)) * 0.25;
  const fast = noise(`${key}!`, time / 45_000) * 0.08;
  const value = sensor.centre + sensor.swing * (sign * dayShape(time) * 0.6 + own * 0.7 + slow + fast);
  const rounded = Number(value.toFixed(sensor.name === "peopleCount" ? 0 : 2));
  return sensor.name === "demand" || sensor.name === "peopleCount" || sensor.name === "speed" ? Math.max(0, rounded) : rounded;
}

/** 0 good, 1 uncertain, 2 bad. */
export function quality(entity, sensor, time) {
  const lot = hash(entity.id) % 100;
  if (entity.type === "Junction" && lot === 3) return 2;
  if (entity.type === "Junction" && (lot === 7 || lot === 8)) return 1;
  return noise(`${entity.id}/${sensor.name}?`, time / HOUR) > 0.93 ? 1 : 0;
}

/** Some sensors are silent for an hour or two of some days. */
export function silent(entity, time) {
  if (entity.type === "Junction" && hash(entity.id) % 100 === 11) return true;
  return noise(`${entity.id}-`, time / (5 * HOUR)) > 0.88;
}

export function position(entity, time) {
  if (entity.type !== "Vehicle") return entity.geometry;
  const angle = ((hash(entity.id) % 628) / 100) + time / 40_000;
  const radius = 0.0012;
  return [entity.geometry[0] + radius * Math.cos(angle), entity.geometry[1] + radius * Math.sin(angle)];
}
