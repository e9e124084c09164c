/** The engine of this browser: the same picture as the server's, and the server's again when it cannot. */

import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, type StudioPage, test } from "./studio";

// Every picture of it keeps all cores busy; where others have them too, it takes seconds.
test.describe.configure({ timeout: 300_000 });

const inBrowser = (page: Page) => page.getByRole("button", { name: "In this browser" });
const onServer = (page: Page) => page.getByRole("button", { name: "On the server" });
const home = (page: Page) => page.getByRole("complementary", { name: "Settings" }).getByRole("status");

/** The saved picture of the present shot, as RGBA. */
async function saved(page: Page): Promise<Uint8Array> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download the render", exact: true }).click(),
  ]);
  const png = await readFile(await download.path());
  const url = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context?.drawImage(bitmap, 0, 0);
    const rgba = context?.getImageData(0, 0, bitmap.width, bitmap.height).data ?? new Uint8ClampedArray();
    return new Promise<string>((resolve) => {
      const reader = new FileReader(); // a million numbers, one by one, take seconds to leave the page
      reader.onload = () => resolve(String(reader.result));
      reader.readAsDataURL(new Blob([rgba]));
    });
  }, png.toString("base64"));
  return Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
}

/**
 * How far two pictures are apart, of 255 and on average. Activations are rounded to int8: what the two processors compute
 * a millionth apart is sometimes rounded apart, 0.2 in a picture of trained weights and 1.5 in one of random weights.
 */
function apart(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  const colours = a.length * 0.75;
  return a.reduce(
    (sum, value, i) => (i % 4 === 3 ? sum : sum + Math.abs(value - (b[i] ?? Number.NaN)) / colours),
    0,
  );
}
const SAME = 2;

async function choose(studio: StudioPage): Promise<void> {
  const { page } = studio;
  await page.getByRole("button", { name: "Settings" }).click();
  await inBrowser(page).focus();
  await page.keyboard.press("Enter");
  await expect(home(page)).toHaveText(/^WASM, \d threads? · \d+ ms a picture$/, { timeout: 60_000 });
}

test("the same shot gives the same picture here and on the server", async ({ page, studio }) => {
  await studio.settled();
  const server = await saved(page);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await choose(studio);
  await studio.settled();
  const here = await saved(page);
  expect(apart(here, server)).toBeLessThan(SAME);
  await studio.pulse.hover();
  await expect(page.getByText(/^This browser \(WASM/).first()).toBeVisible();

  const before = await studio.pixels();
  asked.length = 0;
  await studio.stroke([0.2, 0.2], [0.7, 0.5]);
  await studio.changedFrom(before);
  expect(asked, "words that were read are remembered").toEqual([]);

  const seed = page.getByRole("textbox", { name: "Seed" });
  await seed.fill("8");
  await seed.press("Enter");
  await studio.settled();
  expect(apart(await saved(page), server), "another seed is another picture").toBeGreaterThan(4 * SAME);

  await onServer(page).click();
  await expect(home(page)).toBeEmpty();
  await studio.settled();
  await expect(studio.pulse, "the latency was the other engine's").toHaveText("Connected");
});

test("a larger picture is the same one here and on the server", async ({ page, studio }) => {
  await studio.settled();
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("combobox", { name: "Size" }).selectOption("512x512");
  await studio.settled();
  const server = await saved(page);
  await page.getByRole("button", { name: "Settings" }).click();
  await choose(studio);
  await studio.settled();
  expect(server).toHaveLength(4 * 512 ** 2);
  expect(apart(await saved(page), server)).toBeLessThan(SAME);
});

test("without the server this browser renders on, and says which words wait for it", async ({
  page,
  studio,
  server,
}) => {
  test.skip(server.borrowed, "a borrowed server is not killed");
  await studio.settled();
  await choose(studio);
  const before = await studio.settled();
  await server.stop("SIGKILL");
  await expect(studio.pulse).not.toHaveAttribute("data-link", "open");
  await studio.stroke([0.2, 0.2], [0.7, 0.5]);
  await studio.changedFrom(before);
  await expect(page.getByText("Connection lost")).toBeHidden();
  await page.getByRole("button", { name: /^Edit prompt/ }).click();
  await page.keyboard.type("clear night");
  const waits = page.getByText("The server did not read the prompts");
  await expect(waits).toBeVisible();
  const without = await studio.pixels();
  await server.start();
  await studio.connected();
  await studio.changedFrom(without);
  await expect(waits).toBeHidden();
});

test("what stays of a picture under a mask stays here too", async ({ page, studio }) => {
  await studio.settled();
  await page.keyboard.press("m");
  await studio.stroke([0.3, 0.3], [0.6, 0.3]);
  await studio.settled();
  const server = await saved(page);
  await choose(studio);
  await studio.settled();
  expect(apart(await saved(page), server)).toBeLessThan(SAME);
});

test("an engine that cannot be loaded leaves the render to the server, and says so", async ({
  page,
  studio,
}) => {
  await studio.settled();
  await page.route("**/weights/embedded.safetensors", (route) => route.abort());
  await page.getByRole("button", { name: "Settings" }).click();
  await inBrowser(page).click();
  await expect(page.getByText("This browser cannot run the engine")).toBeVisible();
  await expect(onServer(page)).toHaveAttribute("aria-pressed", "true");
  const before = await studio.pixels();
  await studio.stroke([0.2, 0.6], [0.8, 0.7]);
  await studio.changedFrom(before);
});
