/** Video on the page: steered, paused, recorded, started from what is drawn, a camera or a clip, and left again. */

import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { faults } from "./axe";
import { Server } from "./server";
import { expect, type StudioPage, test as studioTest } from "./studio";

/** A server that has an engine of video too. */
const test = studioTest.extend<object, { server: Server }>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's dependencies from this pattern.
    async ({}, use) => {
      const server = new Server(["embedded", "tiny-random"]);
      await server.start();
      const up = async () => (await (await fetch(new URL("/healthz", server.url))).json()).workers;
      await expect.poll(up, { timeout: 100_000 }).toBe(1); // PyTorch takes its time to load
      await use(server);
      await server.end();
    },
    { scope: "worker", timeout: 120_000 },
  ],
});

/** Small: a processor paints it 16 times a second. */
test.use({ viewport: { width: 800, height: 560 } });
test.describe.configure({ timeout: 120_000 });

const SIZE = /^64x64:/;
const chosen = (page: Page, name: RegExp) =>
  expect(page.getByRole("button", { name })).toHaveAttribute("aria-pressed", "true");
const clip = (page: Page) => page.getByLabel("What the video starts from").locator("video");

/** Into the video, as little work as its engine can have, and its first frame is on the screen. */
async function enter({ page, pixels }: StudioPage): Promise<void> {
  await page.keyboard.press("Shift+V");
  await page.keyboard.press("p");
  await page.getByRole("combobox", { name: "Size" }).selectOption("64x64");
  await page.getByRole("slider", { name: "Steps" }).press("Home");
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await expect.poll(pixels).toMatch(SIZE);
}

/** Frames that follow what was asked for until now. */
async function followed({ canvas, render }: StudioPage, act: () => Promise<void>): Promise<void> {
  const before = Number(await canvas.getAttribute("data-seq"));
  await act();
  await expect.poll(async () => Number(await canvas.getAttribute("data-seq"))).toBeGreaterThan(before);
  await expect(render).toHaveAttribute("aria-busy", "false");
}

async function drop(page: Page, bytes: Buffer, type: string): Promise<void> {
  const dataTransfer = await page.evaluateHandle(
    ([base64, type]) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], "clip", { type }));
      return data;
    },
    [bytes.toString("base64"), type] as const,
  );
  await page.dispatchEvent("main", "drop", { dataTransfer });
}

test("a video follows the words, rests, is recorded, starts from its own recording, and leaves the picture as it was", async ({
  page,
  studio,
}) => {
  const picture = await studio.settled();
  await enter(studio);
  expect(await faults(page, page.getByRole("group", { name: "Video", exact: true }))).toEqual([]);
  await followed(studio, async () => {
    await page.getByRole("button", { name: "Add a prompt" }).click();
    await page.keyboard.type("a storm");
    await page.keyboard.press("Enter");
  });
  await followed(studio, () => page.keyboard.press("r"));
  await expect(studio.pulse).toHaveText(/\d (m?s)/);

  await page.keyboard.press("k");
  await expect(page.getByRole("button", { name: "Play", exact: true })).toBeVisible();
  const still = await studio.settled();
  await page.keyboard.press("k");
  await expect.poll(studio.pixels).not.toBe(still);

  await page.keyboard.press("o");
  await expect(page.getByRole("timer")).toHaveText(/0:0[1-9]/);
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("o")]);
  expect(download.suggestedFilename()).toMatch(/^alpine-lake-clear-sky-seed-\d+\.(mp4|webm)$/);
  const recording = await readFile(await download.path());
  const type = recording.subarray(4, 8).toString() === "ftyp" ? "video/mp4" : "video/webm";
  await drop(page, recording, type);
  await chosen(page, /^From a video file/);
  await expect(clip(page)).toHaveJSProperty("videoWidth", 64);
  await followed(studio, async () => {});

  await page.keyboard.press("z"); // the seed
  await page.keyboard.press("z"); // and the words
  await page.keyboard.press("Shift+V");
  await expect(clip(page)).toBeHidden();
  await expect.poll(studio.pixels).toBe(picture);
});

test("a stroke makes the canvas the input; a camera that is refused or a broken file says so and changes nothing", async ({
  page,
  studio,
}) => {
  await studio.settled();
  await enter(studio);
  await followed(studio, () => studio.stroke([0.2, 0.2], [0.7, 0.6]));
  await chosen(page, /^From the canvas/);
  const camera = page.getByRole("button", { name: "From the camera" });
  await page.evaluate(() => {
    const { mediaDevices } = navigator;
    const ask = mediaDevices.getUserMedia;
    mediaDevices.getUserMedia = async () => {
      mediaDevices.getUserMedia = ask;
      throw new DOMException("Permission denied", "NotAllowedError");
    };
  });
  await camera.click();
  await expect(page.getByText("The camera was refused")).toBeVisible();
  await chosen(page, /^From the canvas/);
  expect(await studio.nameless()).toEqual([]);

  await camera.click();
  await expect(page.getByText("The camera was refused")).toBeHidden();
  await chosen(page, /^From the camera/);
  await followed(studio, async () => {});
  await drop(page, Buffer.from("no video"), "video/mp4");
  await expect(page.getByText("This file cannot be played as a video")).toBeVisible();
  await chosen(page, /^From the words/);
});

test("a session that went to video becomes a premiere of its frames", async ({ page, studio, server }) => {
  test.setTimeout(300_000); // on a busy machine of two cores
  await enter(studio);
  await page.keyboard.press("Shift+O");
  const kept = async () =>
    (await (await fetch(new URL("/api/recordings", server.url))).json()).recordings.at(-1);
  await expect.poll(async () => (await kept())?.pictures ?? 0).toBeGreaterThan(3);
  await page.keyboard.press("Shift+O");
  await page.keyboard.press("Shift+V");

  const panel = page.getByRole("dialog", { name: "Premiere" });
  await panel.getByRole("radio", { name: /^2×/ }).click();
  await panel.getByRole("button", { name: "Make the 2× premiere" }).click();
  const tray = page.getByRole("dialog", { name: "Jobs" });
  await expect(tray.getByText("2× · 128 × 128 MP4")).toBeVisible();
  await expect(tray.getByText(/^Ready · /)).toBeVisible({ timeout: 240_000 });
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    tray.getByRole("button", { name: /^Download: Premiere/ }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("premiere-x2.mp4");
  const film = await readFile(await download.path());
  expect(film.subarray(4, 8).toString()).toBe("ftyp");
});
