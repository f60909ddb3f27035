/** A Kota for people who work on the dashboard: the same paths and shapes, invented readings.
 *
 * Usage: PORT=8123 MOVERS=10000 node mock/server.mjs
 * POST /mock {"running": false} stops the plant, so that its values go stale.
 */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { answers } from "./answers.mjs";
import { attachLive } from "./live.mjs";
import { world } from "./world.mjs";

const BUILT = fileURLToPath(new URL("../../src/kota/web/", import.meta.url));
const KINDS = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml" };

const city = world({ movers: Number(process.env.MOVERS ?? 0) });
const answer = answers(city);

async function body(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text ? JSON.parse(text) : {};
}

async function file(path, response) {
  const safe = normalize(path).replace(/^([/\\]|\.\.)+/, "");
  const name = extname(safe) ? safe : "index.html";
  const type = { "content-type": KINDS[extname(name)] ?? "application/octet-stream" };
  const read = (end) => readFile(join(BUILT, name + end)).catch(() => null);
  const [plain, zipped] = [await read(""), await read(".gz")];
  if (plain) return response.writeHead(200, type).end(plain);
  return zipped ? response.writeHead(200, { ...type, "content-encoding": "gzip" }).end(zipped) : response.writeHead(404).end();
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://mock");
  if (!/^\/(api|mock|healthz)/.test(url.pathname)) return file(url.pathname, response);
  const found = answer(request.method, url, request.method === "POST" || request.method === "PUT" ? await body(request) : null);
  if (found === undefined) {
    const problem = { type: "about:blank", title: "Not found", status: 404, detail: `nothing at ${url.pathname}` };
    return response.writeHead(404, { "content-type": "application/problem+json" }).end(JSON.stringify(problem));
  }
  const text = typeof found === "string";
  return response.writeHead(200, { "content-type": text ? "text/csv" : "application/json" }).end(text ? found : JSON.stringify(found));
});

attachLive(server, city);
server.listen(Number(process.env.PORT ?? 8123), "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`);
});
