import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env["KOTA_URL"] ?? "http://127.0.0.1:8123";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "../src/kota/web",
    emptyOutDir: true,
    target: "es2022",
    sourcemap: false,
    chunkSizeWarningLimit: 1200,
    // Several pages draw maps: the engine is a chunk of its own, whose size scripts/sizes.mjs watches. What helps
    // every chunk must not end up in it, or the first page would load the engine too.
    rollupOptions: { output: { manualChunks: (id) => (id.includes("node_modules/maplibre-gl") ? "maplibre" : /^\0.*(preload-helper|commonjsHelpers)/.test(id) ? "helpers" : undefined) } },
  },
  server: { proxy: { "/api": { target: server, ws: true } } },
  test: { environment: "jsdom", setupFiles: ["tests/setup.ts"], include: ["tests/**/*.test.{ts,tsx}"] },
});
