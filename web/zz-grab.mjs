import { chromium } from "@playwright/test";
import { execFileSync } from "node:child_process"; import { writeFileSync } from "node:fs";
const exe = execFileSync(process.execPath, ["../scripts/chromium.mjs"], { encoding: "utf8" }).trim();
const browser = await chromium.launch({ executablePath: exe, args: ["--no-sandbox", "--headless=old"] });
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
await page.goto("http://127.0.0.1:7977/"); await page.waitForTimeout(5000);
const d = await page.getByRole("region", { name: "Sketch" }).locator("canvas").first().evaluate((c) => c.toDataURL("image/png"));
writeFileSync("/tmp/regions/sketch.png", Buffer.from(d.split(",")[1], "base64")); await browser.close();
