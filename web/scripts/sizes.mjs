/** Fails the build when what a browser must load, or what the wheel must carry, grew too big. */

import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const BUILT = fileURLToPath(new URL("../../src/kota/web/", import.meta.url));
const KIB = 1024;
const LIMITS = { shell: 120 * KIB, map: 550 * KIB, total: 2048 * KIB };

const files = readdirSync(BUILT, { recursive: true }).map(String).filter((name) => statSync(join(BUILT, name)).isFile());
const gzipped = (name) => (name.endsWith(".gz") ? statSync(join(BUILT, name)).size : gzipSync(readFileSync(join(BUILT, name))).length);
const weigh = (pattern) => files.filter((name) => pattern.test(name)).reduce((sum, name) => sum + gzipped(name), 0);

// What the first page names is loaded before anything is shown.
const first = readFileSync(join(BUILT, "index.html"), "utf8");
const named = [...first.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => `${match[1]}.gz`);
const shell = named.reduce((sum, name) => sum + gzipped(name), gzipped("index.html"));
const sizes = {
  shell,
  map: shell + weigh(/assets\/(maplibre|map-page|MapPage)[^/]*\.(js|css)\.gz$/),
  total: files.reduce((sum, name) => sum + statSync(join(BUILT, name)).size, 0),
};

let failed = files.some((name) => /\.map(\.gz)?$/.test(name));
if (failed) console.error("the build holds source maps; set build.sourcemap to false");
for (const [name, bytes] of Object.entries(sizes)) {
  const over = bytes > LIMITS[name];
  failed ||= over;
  console.log(`${name.padEnd(6)} ${(bytes / KIB).toFixed(0).padStart(5)} KiB of ${LIMITS[name] / KIB} KiB${over ? "  TOO BIG" : ""}`);
}
process.exitCode = failed ? 1 : 0;
