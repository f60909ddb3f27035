/** A small district by a river: street grid, blocks with buildings, parks, places. */

import { seeded } from "./random.mjs";

const ORIGIN = [103.94, 1.046];
const METRES_PER_DEGREE = 111320;
const COLUMNS = 15;
const ROWS = 12;
const STREET_NAMES = [
  "Jalan Merdeka", "Jalan Pelabuhan", "Jalan Kenanga", "Jalan Melati", "Jalan Cempaka",
  "Jalan Pasar", "Jalan Sungai", "Jalan Bahari", "Jalan Rambai", "Jalan Mawar",
  "Jalan Angsana", "Jalan Sekolah", "Jalan Teratai", "Jalan Nusa", "Jalan Seroja",
  "Jalan Flamboyan", "Jalan Damar", "Jalan Ketapang", "Jalan Beringin", "Jalan Kamboja",
  "Jalan Anggrek", "Jalan Tanjung", "Jalan Mangga", "Jalan Pandan", "Jalan Jati",
  "Jalan Meranti", "Jalan Bakau",
];
const USES = ["residential", "residential", "residential", "residential", "commercial", "mixed", "industrial"];
const PLACES = [
  ["market", "Pasar Pagi"], ["clinic", "Puskesmas Melati"], ["school", "SD Negeri 4"],
  ["mosque", "Masjid Al-Ikhlas"], ["station", "Stasiun Bahari"], ["library", "Perpustakaan Kota"],
  ["temple", "Vihara Dharma"], ["school", "SMP Negeri 2"], ["hospital", "RS Harapan"],
  ["hall", "Balai Warga"], ["pier", "Dermaga Lama"], ["market", "Pasar Ikan"],
];

/** Metres east and north of the origin to [lon, lat]. */
export function place([x, y]) {
  const lat = ORIGIN[1] + y / METRES_PER_DEGREE;
  const lon = ORIGIN[0] + x / (METRES_PER_DEGREE * Math.cos((ORIGIN[1] * Math.PI) / 180));
  return [Number(lon.toFixed(6)), Number(lat.toFixed(6))];
}

const riverY = (x) => 760 + 90 * Math.sin(x / 420) + 40 * Math.sin(x / 150 + 1);
const ring = (points) => [[...points, points[0]].map(place)];
const feature = (layer, geometry, properties) => ({
  type: "Feature",
  geometry,
  properties: { layer, ...properties },
});
const polygon = (layer, points, properties) =>
  feature(layer, { type: "Polygon", coordinates: ring(points) }, properties);

function nodes(random) {
  const grid = [];
  for (let row = 0; row < ROWS; row += 1) {
    for (let column = 0; column < COLUMNS; column += 1) {
      const x = column * 130 + (random() - 0.5) * 36 + row * 9;
      const y = row * 120 + (random() - 0.5) * 30 - column * 7;
      grid.push({ row, column, at: [x, y] });
    }
  }
  return grid;
}

function streets(grid) {
  const edges = [];
  const node = (row, column) => grid[row * COLUMNS + column];
  const wet = (a, b) => {
    const side = (n) => Math.sign(n.at[1] - riverY(n.at[0]));
    return side(a) !== side(b);
  };
  for (const from of grid) {
    for (const [dr, dc] of [[0, 1], [1, 0]]) {
      if (from.row + dr >= ROWS || from.column + dc >= COLUMNS) continue;
      const to = node(from.row + dr, from.column + dc);
      const major = dr ? from.column % 5 === 2 : from.row % 4 === 1;
      if (wet(from, to) && !major) continue;
      const line = dr ? from.column : COLUMNS + from.row;
      const kind = major ? "primary" : (dr ? from.column : from.row) % 2 ? "residential" : "secondary";
      edges.push({ from, to, kind, name: STREET_NAMES[line % STREET_NAMES.length] });
    }
  }
  return edges;
}

function lots(corners, across, deep) {
  const mix = (a, b, t) => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];
  const inside = (u, v) => mix(mix(corners[0], corners[1], u), mix(corners[3], corners[2], u), v);
  const found = [];
  for (let i = 0; i < across; i += 1) {
    for (let j = 0; j < deep; j += 1) {
      const u = (k) => 0.11 + (0.78 * (i + k)) / across;
      const v = (k) => 0.12 + (0.76 * (j + k)) / deep;
      found.push((m) => [inside(u(m), v(m)), inside(u(1 - m), v(m)), inside(u(1 - m), v(1 - m)), inside(u(m), v(1 - m))]);
    }
  }
  return found;
}

function block(random, corners, sheet) {
  const centre = corners.reduce((sum, c) => [sum[0] + c[0] / 4, sum[1] + c[1] / 4], [0, 0]);
  if (Math.abs(centre[1] - riverY(centre[0])) < 95) return;
  if (random() < 0.07) {
    sheet.parks.push({ corners: lots(corners, 1, 1)[0](0.0), name: `Taman ${STREET_NAMES[sheet.parks.length].slice(6)}` });
    return;
  }
  const use = USES[Math.floor(random() * USES.length)];
  const [across, deep] = use === "industrial" ? [2, 2] : use === "commercial" ? [3, 2] : [5, 3];
  for (const lot of lots(corners, across, deep)) {
    if (random() < 0.08) continue;
    sheet.buildings.push({ corners: lot(0.07 + random() * 0.12), use, floors: 1 + Math.floor(random() * 5) });
  }
}

/** Everything that does not move: `{grid, edges, buildings, parks, places}` in metres. */
export function district(seed = 7) {
  const random = seeded(seed);
  const grid = nodes(random);
  const edges = streets(grid);
  const sheet = { buildings: [], parks: [] };
  for (let row = 0; row < ROWS - 1; row += 1) {
    for (let column = 0; column < COLUMNS - 1; column += 1) {
      const corner = (r, c) => grid[(row + r) * COLUMNS + column + c].at;
      block(random, [corner(0, 0), corner(0, 1), corner(1, 1), corner(1, 0)], sheet);
    }
  }
  const step = Math.floor(sheet.buildings.length / PLACES.length);
  const places = PLACES.map(([kind, name], index) => ({ kind, name, at: sheet.buildings[index * step + 11].corners[0] }));
  return { grid, edges, places, ...sheet };
}

export const BOUNDS = [...place([-120, -180]), ...place([2060, 1400])];

export function basemap({ edges, buildings, parks, places }) {
  const river = [];
  for (let x = -400; x <= 2400; x += 60) river.push([x, riverY(x) - 38]);
  for (let x = 2400; x >= -400; x -= 60) river.push([x, riverY(x) + 38]);
  const land = [[-400, -400], [2400, -400], [2400, 1600], [-400, 1600]];
  return {
    type: "FeatureCollection",
    features: [
      polygon("land", land, {}),
      polygon("water", river, { class: "river", name: "Sungai Rambai" }),
      ...parks.map((park) => polygon("park", park.corners, { class: "park", name: park.name })),
      ...buildings.map((b) => polygon("building", b.corners, { use: b.use, floors: b.floors })),
      ...edges.map((e) =>
        feature("street", { type: "LineString", coordinates: [e.from.at, e.to.at].map(place) }, { class: e.kind, name: e.name }),
      ),
      ...places.map((p) => feature("poi", { type: "Point", coordinates: place(p.at) }, { class: p.kind, name: p.name })),
    ],
  };
}
