import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { constants, gzipSync } from "node:zlib";
import { lingui } from "@lingui/vite-plugin";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defaultClientConditions, type Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Where `npm run dev` finds a running `lightbrush serve`. */
const server = process.env.LIGHTBRUSH_URL ?? "http://127.0.0.1:8000";

/** `import url from "file?gzip"`: a quarter of the bytes of ONNX Runtime, to install and to load. Unpacked by the page. */
const gzipped = (): Plugin => ({
  name: "gzipped",
  enforce: "pre",
  async resolveId(id, importer) {
    if (!id.endsWith("?gzip")) return null;
    const found = await this.resolve(id.slice(0, -"?gzip".length), importer);
    return found && `${found.id}?gzip`;
  },
  load(id) {
    if (!id.endsWith("?gzip")) return null;
    const file = id.slice(0, -"?gzip".length);
    if (this.environment.mode === "dev") return `export { default } from ${JSON.stringify(`${file}?url`)};`;
    const source = gzipSync(readFileSync(file), { level: constants.Z_BEST_COMPRESSION });
    const asset = this.emitFile({ type: "asset", name: `${basename(file)}.gz`, source });
    return `export default import.meta.ROLLUP_FILE_URL_${asset};`;
  },
});

export default defineConfig({
  base: "./",
  plugins: [lingui({ macroTransform: true, failOnCompileError: true }), react(), tailwindcss()],
  // ONNX Runtime without the copy of its own loader: the loader is a file beside, which its threads start from.
  resolve: { conditions: ["onnxruntime-web-use-extern-wasm", ...defaultClientConditions] },
  worker: { format: "es", plugins: () => [lingui({ macroTransform: true }), gzipped()] },
  build: {
    target: "es2022",
    // The first that know light-dark(), which styles.css writes each colour with.
    cssTarget: ["chrome123", "edge123", "firefox120", "safari17.5"],
    chunkSizeWarningLimit: 800,
    // The studio, and the page that programs which mix pictures show.
    rolldownOptions: { input: ["index.html", "output.html"] },
  },
  server: {
    proxy: {
      "/ws": { target: server, ws: true, changeOrigin: true },
      "/rooms": { target: server, ws: true, changeOrigin: true },
      "/api": { target: server, changeOrigin: true },
      "/assets": { target: server, changeOrigin: true },
      "^/output/": { target: server, changeOrigin: true },
      "/condition": { target: server, changeOrigin: true },
      "/composition": { target: server, changeOrigin: true },
      "/labels": { target: server, changeOrigin: true },
      "/weights": { target: server, changeOrigin: true },
    },
  },
  test: {
    include: ["src/**/*.test.ts"],
    setupFiles: ["src/language/words.setup.ts"],
    environment: "node",
    // One file after another in the same threads: what they import is loaded once in each, not for every file.
    pool: "threads",
    isolate: false,
    testTimeout: 30_000,
    retry: process.env.CI === undefined ? 0 : 1,
  },
});
