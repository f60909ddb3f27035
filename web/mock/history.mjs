/** Series as /api/v1/history gives them. */

import { UNITS } from "./entities.mjs";
import { quality, reading, silent } from "./plant.mjs";
import { lastWord } from "./world.mjs";

const NICE = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 21600, 86400];

export function series(city, query) {
  const entity = city.byId.get(query.get("entity"));
  const sensor = entity?.sensors.find((s) => s.name === query.get("attribute"));
  if (!sensor) return undefined;
  const end = Math.min(Date.parse(query.get("end")), lastWord(city));
  const start = Date.parse(query.get("start"));
  const points = Number(query.get("points") ?? 600);
  const bucket = NICE.find((s) => s >= (end - start) / 1000 / points) ?? 86400;
  const found = { entity: entity.id, attribute: sensor.name, unit: sensor.unit ? UNITS[sensor.unit] : null, bucket_s: bucket, raw: false, t: [], min: [], max: [], mean: [], last: [], count: [], quality: [] };
  for (let time = Math.ceil(start / 1000 / bucket) * bucket * 1000; time <= end; time += bucket * 1000) {
    if (silent(entity, time)) continue;
    const samples = [0, 0.25, 0.5, 0.75].map((part) => reading(entity, sensor, time + part * bucket * 1000));
    const spread = Math.min(bucket / 1200, 1.4);
    found.t.push(time);
    found.min.push(Math.min(...samples) - spread * sensor.swing * 0.06);
    found.max.push(Math.max(...samples) + spread * sensor.swing * 0.06);
    found.mean.push(samples.reduce((sum, value) => sum + value / 4, 0));
    found.last.push(samples[3]);
    found.count.push(Math.max(1, bucket));
    found.quality.push(quality(entity, sensor, time));
  }
  return found;
}

export function csv(city, query) {
  const found = series(city, query);
  if (!found) return undefined;
  const rows = found.t.map((time, i) => [new Date(time).toISOString(), found.mean[i], found.min[i], found.max[i], found.quality[i]].join(","));
  return ["time,mean,min,max,quality", ...rows].join("\n");
}
