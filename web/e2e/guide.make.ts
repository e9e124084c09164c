/** `make guide`: the pictures of docs/guide.md, taken from the page as it is. The old ones go when all new ones are there. */

import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Locator, Page } from "@playwright/test";
import { paint } from "./painting";
import { PANELS } from "./panels";
import { Server } from "./server";
import { expect, StudioPage, test } from "./studio";

const folder = fileURLToPath(new URL("../../docs/images/guide/", import.meta.url));
/** Those that were taken so far, and those whose place they take. */
const taken = fileURLToPath(new URL("../test-results/guide/", import.meta.url));
const replaced = fileURLToPath(new URL("../test-results/guide-before/", import.meta.url));
const WINDOW = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
/** A panel's picture is twice as sharp as the page, the whole page's is not. */
const DENSITY = 2;
const MARGIN_PX = 20;
const QUALITY = 0.86;
/** Of a dozen that were looked at: a boat with a mast, and mountains of rock. */
const SEED = "11";

test.use({ viewport: WINDOW, deviceScaleFactor: DENSITY, reducedMotion: "reduce" });
test.use({ sharpens: true });
test.describe.configure({ timeout: 600_000, mode: "serial" });

test.beforeAll(() => {
  for (const left of [taken, replaced]) rmSync(left, { recursive: true, force: true });
  mkdirSync(taken, { recursive: true });
});

/** What the panel covers and a little around it; "page": the whole window. */
async function shoot(page: Page, name: string, what: Locator | "page"): Promise<void> {
  const box = what === "page" ? null : await what.boundingBox();
  const size = page.viewportSize() ?? WINDOW;
  const left = Math.max(0, Math.floor((box?.x ?? 0) - MARGIN_PX));
  const top = Math.max(0, Math.floor((box?.y ?? 0) - MARGIN_PX));
  const right = Math.min(size.width, Math.ceil((box ? box.x + box.width : size.width) + MARGIN_PX));
  const bottom = Math.min(size.height, Math.ceil((box ? box.y + box.height : size.height) + MARGIN_PX));
  const png = await page.screenshot({ clip: { x: left, y: top, width: right - left, height: bottom - top } });
  const whole = right - left > size.width / 2 && bottom - top > size.height / 2;
  const webp = await page.evaluate(
    async ([base64, scale, quality]) => {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      const picture = await createImageBitmap(new Blob([bytes]));
      const canvas = new OffscreenCanvas(
        Math.round(picture.width * scale),
        Math.round(picture.height * scale),
      );
      const context = canvas.getContext("2d");
      if (context === null) throw new Error("no canvas");
      context.imageSmoothingQuality = "high";
      context.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await canvas.convertToBlob({ type: "image/webp", quality });
      const made = new Uint8Array(await blob.arrayBuffer());
      let text = "";
      for (const byte of made) text += String.fromCharCode(byte);
      return btoa(text);
    },
    [png.toString("base64"), whole ? 1 / DENSITY : 1, QUALITY] as const,
  );
  writeFileSync(`${taken}${name}.webp`, Buffer.from(webp, "base64"));
}

/** The pointer is nowhere, and nothing says its name. */
async function still({ page }: StudioPage): Promise<void> {
  // A tip that is just opening may miss a move, so it is told again.
  await expect(async () => {
    await page.mouse.move(WINDOW.width / 2 - 30, 60);
    await page.mouse.move(WINDOW.width / 2 + 30, 60, { steps: 4 });
    await expect(page.locator(".tip")).toBeHidden({ timeout: 1000 });
  }).toPass();
}

/** Another prompt and layer, pictures on the board, some keyframes: a document that one has worked on. */
async function furnish(studio: StudioPage): Promise<void> {
  const { page } = studio;
  await page.getByRole("button", { name: "Add a prompt" }).click();
  await page.keyboard.type("summer");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await page
    .getByRole("group", { name: "Materials" })
    .getByRole("button", { name: "Boat", exact: true })
    .click();
  await page.keyboard.press("a");
  await studio.stroke([0.5, 0.67], [0.53, 0.7], [0.6, 0.7], [0.63, 0.67]);
  await page.keyboard.press("b");
  const board = page.getByRole("region", { name: "Reference board" });
  const studies = [
    await studio.canvas.screenshot(),
    await studio.sketch.locator("canvas").first().screenshot(),
  ];
  await page.keyboard.press("Shift+B");
  for (const buffer of studies) {
    await board
      .locator("input[type=file]")
      .setInputFiles({ name: "study.png", mimeType: "image/png", buffer });
  }
  await expect(board.getByRole("listitem")).toHaveCount(2);
  await board.getByRole("button", { name: "Show all of them" }).click();
  await page.keyboard.press("Shift+B");
  await page.keyboard.press("Shift+T");
  await page.keyboard.press("p");
  const settings = page.getByRole("complementary", { name: "Settings" });
  const timeline = page.getByRole("region", { name: "Timeline" });
  const seed = settings.getByRole("textbox", { name: "Seed" });
  await seed.fill(SEED);
  await seed.press("Enter");
  const ruler = page.getByRole("slider", { name: "Playhead" });
  for (const [name, keys] of [
    ["Time of day", ["PageDown", "PageUp"]],
    ["Season", ["PageUp", "PageDown"]],
    ["Weather", ["PageDown", "PageUp"]],
  ] as const)
    for (const [i, key] of keys.entries()) {
      const box = await ruler.boundingBox();
      if (box === null) throw new Error("there is no ruler");
      await page.mouse.click(box.x + 14 + (box.width - 28) * (i === 0 ? 0.05 : 0.8), box.y + 8);
      await settings.getByRole("slider", { name, exact: true }).press(key);
      const diamond = settings.getByRole("button", { name: new RegExp(`keyframe: ${name}`) });
      if ((await diamond.getAttribute("aria-pressed")) !== "true") await diamond.click();
    }
  const box = await ruler.boundingBox();
  if (box !== null) await page.mouse.click(box.x + box.width * 0.36, box.y + 8);
  await expect(timeline.locator("[data-key]")).toHaveCount(6);
  await page.keyboard.press("p");
  await page.keyboard.press("Shift+T");
}

test("every panel, and the studio in the light", async ({ page, studio }) => {
  await studio.settled();
  await paint(studio);
  await still(studio);
  await studio.settled();
  await furnish(studio);
  await studio.settled();
  for (const { name, open, close } of PANELS) {
    const panel = await open(studio);
    await still(studio);
    if (name === "studio") await studio.sharpened();
    await shoot(page, name, name === "studio" ? "page" : panel);
    await close?.(studio);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.keyboard.press("Shift+L");
  await still(studio);
  await studio.sharpened();
  await shoot(page, "light", "page");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.keyboard.press("Shift+L");

  await studio.pulse.hover();
  const latency = page.locator("[data-radix-popper-content-wrapper] > .popover");
  await expect(latency).toBeVisible();
  await shoot(page, "latency", latency);
  await still(studio);

  await studio.render.hover();
  await page.getByRole("button", { name: "Size and format of what is enhanced" }).click();
  await page.getByRole("radio", { name: /^2×/ }).click();
  await page.getByRole("button", { name: "Enhance to 2×", exact: true }).click();
  await page.getByRole("button", { name: "Look", exact: true }).click({ timeout: 240_000 });
  await expect(page.getByTestId("after")).toBeVisible();
  await shoot(page, "before-and-after", "page");
  await page.keyboard.press("Escape");
  // There is something in it now.
  await page.keyboard.press("j");
  await shoot(page, "jobs", page.getByRole("dialog", { name: "Jobs" }));
  await page.keyboard.press("j");

  await page.getByRole("button", { name: "Record this session" }).click();
  await expect(page.getByRole("timer", { name: "Recording" })).toBeVisible();
  const before = await studio.pixels();
  await page.keyboard.press("r");
  await studio.changedFrom(before);
  await page.getByRole("button", { name: "Stop recording" }).click();
  const premiere = page.getByRole("dialog", { name: "Premiere" });
  await expect(premiere.getByRole("radio").first()).toBeVisible();
  await shoot(page, "premiere", premiere);
  await page.keyboard.press("Escape");

  await page.getByTestId("share").click();
  await page.getByRole("button", { name: "Share this document" }).click();
  await page.getByRole("button", { name: "Versions…" }).click();
  const versions = page.getByRole("dialog", { name: "Versions of this room" });
  await expect(versions.getByRole("img", { name: "The sketch as it was" })).toBeVisible();
  await shoot(page, "versions", versions);
});

test("on a phone", async ({ browser, server }) => {
  const context = await browser.newContext({
    viewport: PHONE,
    deviceScaleFactor: DENSITY,
    hasTouch: true,
    isMobile: true,
    colorScheme: "dark",
  });
  const studio = new StudioPage(await context.newPage());
  await studio.open(server.url, { sharpens: true });
  await studio.sharpened();
  await shoot(studio.page, "phone", "page");
  await context.close();
});

test("video", async ({ browser }) => {
  const server = new Server(["embedded", "tiny-random"]);
  await server.start();
  const page = await browser.newPage({ viewport: WINDOW, deviceScaleFactor: DENSITY, colorScheme: "dark" });
  const studio = new StudioPage(page);
  await studio.open(server.url);
  await expect(studio.canvas).toHaveAttribute("data-seq", /\d+/, { timeout: 200_000 }); // PyTorch loads
  await page.keyboard.press("Shift+V");
  const bar = page.getByRole("group", { name: "Video", exact: true });
  await expect(bar).toBeVisible();
  await shoot(page, "video", bar);
  await page.close();
  await server.end();
});

// In a serial run it comes only when all pictures were taken.
test("they take the place of those before", () => {
  mkdirSync(folder, { recursive: true });
  renameSync(folder, replaced);
  renameSync(taken, folder);
});
