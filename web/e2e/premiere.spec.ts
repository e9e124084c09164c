/** A session recorded while one draws, and its premiere: the pictures that were seen, larger. Needs the extra `enhance`. */

import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import { faults } from "./axe";
import type { Server } from "./server";
import { expect, test } from "./studio";

test.describe.configure({ timeout: 300_000 });

/** On a busy machine of two cores. */
const MADE_WITHIN = { timeout: 240_000 };

const python = fileURLToPath(new URL("../../.venv/bin/python", import.meta.url));
/** Of each frame of a film: when it is shown, in seconds, and how far it is on the mean from each of some pictures. */
const FRAMES = `
import json, sys, av, numpy as np
from PIL import Image
seen = [np.asarray(Image.open(path).convert("RGB"), float) for path in sys.argv[2:]]
size = seen[0].shape[1], seen[0].shape[0]
with av.open(sys.argv[1]) as file:
    told = []
    for frame in file.decode(video=0):
        small = np.asarray(frame.to_image().resize(size, Image.Resampling.BOX), float)
        told.append([float(frame.time), frame.width, *(float(abs(small - one).mean()) for one in seen)])
print(json.dumps(told))
`;

const record = (page: Page) => page.getByRole("button", { name: "Record this session" });
const stop = (page: Page) => page.getByRole("button", { name: "Stop recording" });
const panel = (page: Page) => page.getByRole("dialog", { name: "Premiere" });
const tray = (page: Page) => page.getByRole("dialog", { name: "Jobs" });

/** So many pictures are in the recording that goes on. */
const recorded = (server: Server, pictures: number) =>
  expect
    .poll(async () => {
      const { recordings } = await (await fetch(new URL("/api/recordings", server.url))).json();
      return recordings.at(-1)?.pictures ?? 0;
    })
    .toBeGreaterThanOrEqual(pictures);

/** Nothing is left for the next test. */
test.afterEach(async ({ server }) => {
  const ask = (path: string, method = "GET") => fetch(new URL(`/api/${path}`, server.url), { method });
  for (const { id } of (await (await ask("jobs")).json()).jobs)
    for (let gone = false; !gone; ) gone = (await ask(`jobs/${id}`, "DELETE")).status !== 200;
  for (const { id, state } of (await (await ask("recordings")).json()).recordings) {
    if (state === "recording") await ask(`recordings/${id}/stop`, "POST");
    await ask(`recordings/${id}`, "DELETE");
  }
});

test("what was drawn while it recorded becomes a film of what was seen", async ({
  page,
  studio,
  server,
}, testInfo) => {
  const shots: string[] = [];
  const shoot = async () => {
    const path = testInfo.outputPath(`seen-${shots.length}.png`);
    const url = await studio.canvas.evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
    await writeFile(path, Buffer.from(url.slice(url.indexOf(",") + 1), "base64"));
    shots.push(path);
  };
  const before = await studio.settled();
  await shoot();
  await expect(page.getByRole("timer")).toBeHidden();
  await record(page).click();
  await expect(page.getByRole("timer", { name: "Recording" })).toHaveText(/0:0\d/);
  await recorded(server, 1);
  await page.keyboard.press("r");
  const middle = await studio.changedFrom(before);
  await studio.stroke([0.2, 0.3], [0.25, 0.3]);
  await studio.changedFrom(middle);
  await recorded(server, 3);
  await shoot();
  await expect(page.getByRole("timer")).toHaveText(/0:0[1-9]|0:[1-9]\d/);
  await page.keyboard.press("Shift+O");
  await expect(page.getByRole("timer")).toBeHidden();

  await expect(panel(page)).toBeVisible();
  await expect(panel(page).getByText(/\d+ pictures · /)).toBeVisible();
  expect(await faults(page, panel(page))).toEqual([]);
  expect(await studio.nameless()).toEqual([]);
  const [log] = await Promise.all([
    page.waitForEvent("download"),
    panel(page)
      .getByRole("button", { name: /^Download the recording/ })
      .click(),
  ]);
  expect(log.suggestedFilename()).toMatch(/^r-[0-9a-f]{12}\.lbrec$/);
  expect((await readFile(await log.path())).subarray(0, 5).toString()).toBe("LBREC");

  await panel(page).getByRole("radio", { name: /^2×/ }).click();
  await panel(page).getByRole("button", { name: "Make the 2× premiere" }).click();
  await expect(panel(page)).toBeHidden();
  await expect(tray(page).getByText(/^2× · \d+ × \d+ MP4$/)).toBeVisible();
  await expect(tray(page).getByText(/^Ready · /)).toBeVisible(MADE_WITHIN);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    tray(page)
      .getByRole("button", { name: /^Download: Premiere/ })
      .click(),
  ]);
  expect(download.suggestedFilename()).toBe("premiere-x2.mp4");

  const film = execFileSync(python, ["-c", FRAMES, await download.path(), ...shots], { encoding: "utf8" });
  const frames: readonly (readonly [number, number, number, number])[] = JSON.parse(film);
  const [, pixels] = /^(\d+)x/.exec(before) ?? [];
  expect(frames.length).toBeGreaterThan(2);
  expect(frames.every(([, width]) => width === 2 * Number(pixels))).toBe(true);
  expect(frames.map(([at]) => at)).toEqual(frames.map(([at]) => at).sort((a, b) => a - b));
  const [first, last] = [frames[0], frames.at(-1)];
  if (first === undefined || last === undefined) throw new Error("the film is empty");
  expect(first[0]).toBe(0);
  expect(first[2]).toBeLessThan(6); // what was on the screen when it began
  expect(last[3]).toBeLessThan(6); // and when it ended
  expect(first[3]).toBeGreaterThan(2 * first[2]);
  expect(last[2]).toBeGreaterThan(2 * last[3]);
});

test("a recording goes on when the connection comes back, and ends where a recording is removed", async ({
  page,
  studio,
  server,
}) => {
  test.skip(server.borrowed, "the server has to be killed");
  const before = await studio.settled();
  await page.keyboard.press("Shift+O");
  await expect(page.getByRole("timer", { name: "Recording" })).toBeVisible();
  await studio.stroke([0.1, 0.2], [0.9, 0.3]);
  await studio.changedFrom(before);
  await server.stop("SIGKILL");
  await expect(page.getByRole("timer", { name: /goes on when the connection is back/ })).toBeVisible();
  await server.start();
  await studio.connected();
  await expect(page.getByRole("timer", { name: "Recording" })).toBeVisible();
  await studio.settled();
  await stop(page).click();
  await expect(panel(page).getByText(/\d+ pictures · /)).toBeVisible();
  await panel(page)
    .getByRole("button", { name: /^Remove the recording/ })
    .click();
  await expect(panel(page).getByText("No recording yet")).toBeVisible();
  await panel(page).getByRole("button", { name: "Close the premiere" }).click();
  await expect(page.getByRole("button", { name: "Recordings" })).toBeHidden();
});

test.describe("on an upright phone", () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

  test("a session is recorded with a thumb", async ({ page, studio, server }) => {
    await studio.settled();
    await record(page).tap();
    await expect(page.getByRole("timer", { name: "Recording" })).toBeVisible();
    await recorded(server, 1);
    await stop(page).tap();
    await expect(panel(page)).toBeVisible();
    for (const button of await panel(page).getByRole("button").all()) {
      const box = await button.boundingBox();
      expect(box?.height).toBeGreaterThanOrEqual(40);
    }
    expect(await studio.nameless()).toEqual([]);
  });
});
