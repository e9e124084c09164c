import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { defineConfig } from "@playwright/test";

/** $LIGHTBRUSH_CHROMIUM, one on PATH, or the one inside @sparticuz/chromium; never a download, never skipped. */
const finder = fileURLToPath(new URL("../scripts/chromium.mjs", import.meta.url));
const chromium =
  process.env.LIGHTBRUSH_CHROMIUM ?? execFileSync(process.execPath, [finder], { encoding: "utf8" }).trim();

export default defineConfig({
  testDir: "e2e",
  tsconfig: "e2e/tsconfig.json",
  timeout: 120_000,
  expect: { timeout: 30_000 },
  workers: 2, // each with a browser and a server of its own, which mostly wait for one another
  forbidOnly: process.env.CI !== undefined,
  retries: process.env.CI === undefined ? 0 : 1,
  reporter: [["list"]],
  use: {
    viewport: { width: 1280, height: 800 },
    colorScheme: "dark",
    // To keep one takes as long as to open the page: ask for it with --trace on.
    trace: "on-first-retry",
    launchOptions: {
      executablePath: chromium,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
      ],
    },
  },
});
