/** The session's history: moments kept by themselves, looked at, gone back to; snapshots; recordings and time-lapses. */

import { readFile } from "node:fs/promises";
import type { Download, Page } from "@playwright/test";
import { expect, StudioPage, test } from "./studio";

test.describe.configure({ timeout: 120_000 });

const strip = (page: Page) => page.getByRole("slider", { name: "Moments of this session" });
const moments = (page: Page, count: number) =>
  expect(strip(page)).toHaveAttribute("aria-valuemax", String(count), { timeout: 30_000 });
const isAt = (page: Page, moment: number) => expect(strip(page)).toHaveAttribute("data-head", String(moment));
const card = (page: Page, note: string | RegExp) => strip(page).getByText(note);
const look = (page: Page, side: "sketch" | "render") => page.getByTestId(`look-${side}`).locator("img");

async function open(page: Page): Promise<void> {
  await page.keyboard.press("Shift+H");
  await moments(page, 1);
}

/** A stroke, and the moment that follows it by itself. */
async function drawn(
  studio: StudioPage,
  x: number,
  then: number,
): Promise<{ sketch: string; render: string }> {
  await studio.stroke([x, 0.15], [x + 0.08, 0.5], [x, 0.85]);
  await moments(studio.page, then);
  return { sketch: await studio.drawn(), render: await studio.settled() };
}

/** The middle of the nth moment of the strip, from 1. */
async function placeOf(page: Page, moment: number): Promise<{ x: number; y: number }> {
  const picture = await strip(page)
    .locator("img")
    .nth(moment - 1)
    .boundingBox();
  if (picture === null) throw new Error(`moment ${moment} is not on the screen`);
  return { x: picture.x + picture.width / 2, y: picture.y + picture.height / 2 };
}

async function point(page: Page, moment: number): Promise<void> {
  const { x, y } = await placeOf(page, moment);
  await page.mouse.move(x, y);
}

async function goTo(page: Page, moment: number): Promise<void> {
  const { x, y } = await placeOf(page, moment);
  await page.mouse.click(x, y);
  await page.mouse.move(x, 60);
}

test("a first visit is as calm as ever: no strip, nothing moved", async ({ page, studio }) => {
  await studio.settled();
  await expect(page.getByRole("region", { name: "History" })).toBeHidden();
  const before = await studio.sketch.locator("canvas").first().boundingBox();
  await page.keyboard.press("Shift+H");
  await expect(page.getByRole("region", { name: "History" })).toBeVisible();
  await page.getByRole("button", { name: "History", exact: true }).click();
  await expect(page.getByRole("region", { name: "History" })).toBeHidden();
  expect(await studio.sketch.locator("canvas").first().boundingBox()).toEqual(before);
});

test("moments gather as one draws; pointing shows one, a click goes back to the very picture, undo leads forth again", async ({
  page,
  studio,
}) => {
  const first = { render: await studio.settled(), sketch: await studio.drawn() };
  await open(page);
  const second = await drawn(studio, 0.2, 2);
  await page.keyboard.press("r"); // the seed belongs to the moment as well
  await moments(page, 3);
  const third = { render: await studio.settled(), sketch: await studio.drawn() };
  await drawn(studio, 0.5, 4);
  const last = await drawn(studio, 0.7, 5);
  await isAt(page, 5);

  // Pointing changes nothing.
  await point(page, 2);
  await expect(look(page, "render")).toBeVisible();
  await expect(look(page, "sketch")).toBeVisible();
  await expect(card(page, "Click to go back")).toBeVisible();
  const shown = await look(page, "render").getAttribute("src");
  await point(page, 1);
  await expect(look(page, "render")).not.toHaveAttribute("src", shown ?? "");
  await page.mouse.move(640, 300);
  await expect(look(page, "render")).toBeHidden();
  expect(await studio.drawn()).toBe(last.sketch);

  // A click goes back.
  await goTo(page, 2);
  await expect.poll(studio.drawn).toBe(second.sketch);
  await expect.poll(studio.pixels).toBe(second.render);
  await moments(page, 6);
  await isAt(page, 6);
  await goTo(page, 3);
  await expect.poll(studio.pixels).toBe(third.render);
  await moments(page, 6);

  // Undo is where one was, step by step; redo goes back again.
  await page.keyboard.press("z");
  await expect.poll(studio.drawn).toBe(second.sketch);
  await page.keyboard.press("z");
  await expect.poll(studio.drawn).toBe(last.sketch);
  await expect.poll(studio.pixels).toBe(last.render);
  await isAt(page, 5);
  await moments(page, 5);
  await page.keyboard.press("Shift+Z");
  await expect.poll(studio.drawn).toBe(second.sketch);
  await page.keyboard.press("z");

  // By keyboard.
  await strip(page).focus();
  await page.keyboard.press("Home");
  await expect(look(page, "sketch")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(look(page, "sketch")).toBeHidden();
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await expect.poll(studio.drawn).toBe(first.sketch);
  await expect.poll(studio.pixels).toBe(first.render);
});

test("what is drawn after going back is a branch, and all of it survives a reload and a tab that is killed", async ({
  page,
  studio,
  context,
  server,
}) => {
  await studio.settled();
  await open(page);
  const second = await drawn(studio, 0.2, 2);
  const third = await drawn(studio, 0.5, 3);
  await goTo(page, 2);
  await expect.poll(studio.drawn).toBe(second.sketch);
  const branch = await drawn(studio, 0.7, 5);
  await point(page, 4);
  await expect(card(page, /^Went back to \d\d:\d\d:\d\d$/)).toBeVisible();
  await page.mouse.move(640, 300);

  await page.reload();
  await studio.connected();
  await moments(page, 5);
  await isAt(page, 5);
  expect(await studio.drawn()).toBe(branch.sketch);
  await page.keyboard.press("z"); // the stroke of the branch
  await page.keyboard.press("z"); // and the way back
  await expect.poll(studio.drawn).toBe(third.sketch);
  await expect.poll(studio.pixels).toBe(third.render);
  await moments(page, 6);

  const devtools = await context.newCDPSession(page);
  const crashed = page.waitForEvent("crash");
  void devtools.send("Page.crash").catch(() => {});
  await crashed;
  const again = new StudioPage(await context.newPage());
  await again.open(server.url);
  await moments(again.page, 6);
  expect(await again.drawn()).toBe(third.sketch);
  await goTo(again.page, 5);
  await expect.poll(again.drawn).toBe(branch.sketch);
  await expect.poll(again.pixels).toBe(branch.render);
  await again.page.close();
});

test("one press keeps a snapshot; it is renamed, gone back to and deleted", async ({ page, studio }) => {
  await studio.settled();
  await open(page);
  const kept = await drawn(studio, 0.2, 2);
  await page.keyboard.press("s");
  await expect(page.getByText("Snapshot 1 is kept")).toBeVisible();
  await moments(page, 2);
  await drawn(studio, 0.5, 3);
  await page.getByRole("button", { name: "Snapshots: 1" }).click();
  const name = page.getByRole("textbox", { name: "Name of Snapshot 1" });
  await name.fill("Before the storm");
  await name.press("Enter");
  await page.getByRole("button", { name: "Go back to Before the storm" }).hover();
  await expect(look(page, "sketch")).toBeVisible();
  await page.getByRole("button", { name: "Go back to Before the storm" }).click();
  await expect.poll(studio.drawn).toBe(kept.sketch);
  await expect.poll(studio.pixels).toBe(kept.render);
  await page.keyboard.press("Escape");
  await page.reload();
  await studio.connected();
  await page.getByRole("button", { name: "Snapshots: 1" }).click();
  await expect(page.getByRole("textbox", { name: "Name of Before the storm" })).toBeVisible();
  expect(await studio.nameless()).toEqual([]);
  await page.getByRole("button", { name: "Delete Before the storm" }).click();
  await expect(page.getByText("No snapshots yet")).toBeVisible();
  expect(await studio.drawn()).toBe(kept.sketch);
});

interface Film {
  readonly width: number;
  readonly height: number;
  readonly seconds: number;
  /** Mean red, green and blue of the left and the right half of the first and the last frame. */
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly looks: number;
}

/** What a person sees who plays the file to its end. */
async function watched(page: Page, download: Download): Promise<Film> {
  const bytes = await readFile(await download.path());
  return page.evaluate(async (base64) => {
    const data = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (context === null) throw new Error("no canvas");
    const means: number[][] = [];
    const see = (source: CanvasImageSource, width: number, height: number) => {
      canvas.width = width;
      canvas.height = height;
      context.drawImage(source, 0, 0);
      const mean = [0, 1].flatMap((half) => {
        const pixels = context.getImageData((half * width) / 2, 0, width / 2, height).data;
        const sums = [0, 0, 0];
        for (let i = 0; i < pixels.length; i++)
          if (i % 4 < 3) sums[i % 4] = (sums[i % 4] ?? 0) + (pixels[i] ?? 0);
        return sums.map((sum) => (4 * sum) / pixels.length);
      });
      means.push(mean);
    };
    let seconds = 0;
    if (data[0] === 0x47) {
      const decoder = new ImageDecoder({ data, type: "image/gif" });
      await Promise.all([decoder.tracks.ready, decoder.completed]);
      const count = decoder.tracks.selectedTrack?.frameCount ?? 0;
      for (let i = 0; i < count; i++) {
        const { image } = await decoder.decode({ frameIndex: i });
        see(image, image.displayWidth, image.displayHeight);
        seconds += (image.duration ?? 0) / 1e6;
        image.close();
      }
    } else {
      const video = document.createElement("video");
      video.muted = true;
      video.src = URL.createObjectURL(new Blob([data]));
      const ended = new Promise((resolve, reject) => {
        video.onended = resolve;
        video.onerror = () => reject(new Error(video.error?.message));
      });
      const frame = () => {
        see(video, video.videoWidth, video.videoHeight);
        video.requestVideoFrameCallback(frame);
      };
      video.requestVideoFrameCallback(frame);
      await video.play();
      await ended;
      seconds = video.currentTime;
    }
    const looks = new Set(means.map((mean) => mean.map(Math.round).join())).size;
    const [first = [], last = []] = [means[0], means.at(-1)];
    return { width: canvas.width, height: canvas.height, seconds, first, last, looks };
  }, bytes.toString("base64"));
}

const differ = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? 0))));

async function saved(page: Page, press: () => Promise<void>): Promise<Download> {
  const [download] = await Promise.all([page.waitForEvent("download", { timeout: 60_000 }), press()]);
  return download;
}

const choose = (page: Page, group: string | RegExp, option: string): Promise<void> =>
  page.getByRole("group", { name: group }).getByRole("button", { name: option, exact: true }).click();

test("video is recorded while pictures are drawn: the render, or the sketch beside it", async ({
  page,
  studio,
}) => {
  await studio.settled();
  await page.keyboard.press("Shift+H");
  const before = await studio.pixels();
  await page.getByRole("button", { name: "Record video" }).click();
  await page.getByRole("button", { name: "History", exact: true }).click(); // it goes on, and says so in the bar
  await expect(page.getByRole("timer")).toHaveText(/0:0\d/);
  await page.keyboard.press("x");
  for (const y of [0.2, 0.35, 0.5, 0.65, 0.8]) await studio.stroke([0.05, y], [0.95, y]);
  await studio.changedFrom(before);
  const one = await saved(page, () => page.keyboard.press("o"));
  expect(one.suggestedFilename()).toMatch(/^alpine-lake-clear-sky-seed-1\.(mp4|webm)$/);
  const render = await watched(page, one);
  expect(render.width).toBe(render.height);
  expect(differ(render.first, render.last)).toBeGreaterThan(3);
  await expect(page.getByRole("timer")).toBeHidden();

  await page.keyboard.press("Shift+H");
  await page.getByRole("button", { name: "Time-lapse", exact: true }).click();
  await choose(page, /^Shows/, "Sketch and render");
  await page.keyboard.press("Escape");
  await page.keyboard.press("o");
  await expect(page.getByRole("timer")).toBeVisible();
  await page.keyboard.press("z");
  await page.keyboard.press("z");
  await studio.settled();
  const both = await watched(page, await saved(page, () => page.keyboard.press("o")));
  expect(both.width).toBe(2 * both.height);
  expect(differ(both.first.slice(0, 3), both.first.slice(3))).toBeGreaterThan(3);
  expect(differ(both.first.slice(0, 3), both.last.slice(0, 3))).toBeGreaterThan(1);
});

test("the whole session becomes a time-lapse, as a video and as a GIF", async ({ page, studio }) => {
  await studio.settled();
  await open(page);
  await page.keyboard.press("x");
  for (const [i, y] of [0.2, 0.4, 0.6].entries()) {
    await studio.stroke([0.05, y], [0.95, y], [0.05, y + 0.1], [0.95, y + 0.1]);
    await moments(page, i + 2);
  }
  await page.getByRole("button", { name: "Time-lapse", exact: true }).click();
  await expect(page.getByText("4 moments · 2.0 s")).toBeVisible();
  expect(await studio.nameless()).toEqual([]);
  const make = page.getByRole("button", { name: "Make time-lapse" });
  const film = await saved(page, () => make.click());
  expect(film.suggestedFilename()).toMatch(/\.(mp4|webm)$/);
  const video = await watched(page, film);
  expect(video.width).toBe(video.height);
  expect(video.seconds).toBeCloseTo(2, 0);
  expect(video.looks).toBeGreaterThanOrEqual(3);
  expect(differ(video.first, video.last)).toBeGreaterThan(3);

  await choose(page, "File", "GIF");
  await choose(page, /^Shows/, "Sketch and render");
  const moving = await saved(page, () => make.click());
  expect(moving.suggestedFilename()).toMatch(/\.gif$/);
  const gif = await watched(page, moving);
  expect(gif.width).toBe(2 * gif.height);
  expect(gif.looks).toBe(4);
  expect(gif.seconds).toBeCloseTo(2, 1);
  expect(differ(gif.first.slice(0, 3), video.first.slice(0, 3))).toBeGreaterThan(3);
  expect(differ(gif.last.slice(3), gif.first.slice(3))).toBeGreaterThan(3);
  await expect(make).toBeEnabled();
});

test.describe("on an upright phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test("the strip stands under everything, a finger slides along it, and buttons are large enough", async ({
    page,
    studio,
  }) => {
    await studio.settled();
    await page.getByRole("button", { name: "History", exact: true }).tap();
    await moments(page, 1);
    const first = await studio.drawn();
    await drawn(studio, 0.3, 2);
    await drawn(studio, 0.6, 3);
    const history = page.getByRole("region", { name: "History" });
    await expect(history).toBeInViewport({ ratio: 1 });
    const small = await history
      .getByRole("button")
      .evaluateAll((all) =>
        all
          .map((e) => e.getBoundingClientRect())
          .filter(({ right, width, height }) => right > window.innerWidth || Math.min(width, height) < 44),
      );
    expect(small).toEqual([]);
    const devtools = await page.context().newCDPSession(page);
    const finger = (type: "touchStart" | "touchMove" | "touchEnd", at?: { x: number; y: number }) =>
      devtools.send("Input.dispatchTouchEvent", { type, touchPoints: at === undefined ? [] : [at] });
    await finger("touchStart", await placeOf(page, 3));
    let seen = "";
    for (const moment of [2, 1]) {
      await finger("touchMove", await placeOf(page, moment));
      await expect(look(page, "sketch")).toBeVisible();
      await expect(look(page, "sketch")).not.toHaveAttribute("src", seen);
      seen = (await look(page, "sketch").getAttribute("src")) ?? "";
    }
    await finger("touchEnd");
    await expect.poll(studio.drawn).toBe(first);
    await page.getByRole("button", { name: "Undo" }).tap();
    await expect.poll(studio.drawn).not.toBe(first);

    await page.getByRole("button", { name: "Record video" }).tap();
    await page.getByRole("button", { name: "History", exact: true }).tap();
    await expect(history).toBeHidden();
    await expect(page.getByRole("timer")).toBeInViewport({ ratio: 1 });
    await studio.stroke([0.2, 0.8], [0.8, 0.8]);
    const stop = page.getByRole("button", { name: "Stop and save the video" });
    expect((await saved(page, () => stop.tap())).suggestedFilename()).toMatch(/\.(mp4|webm)$/);
  });
});
