/** Keeps what compresses well by gzip alone: the server hands it on as it is, and the wheel carries a third. */

import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const ASSETS = fileURLToPath(new URL("../../src/kota/web/assets/", import.meta.url));

for (const name of readdirSync(ASSETS).filter((each) => /\.(js|css|svg)$/.test(each))) {
  const file = join(ASSETS, name);
  writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
  rmSync(file);
}
