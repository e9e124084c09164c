/** The timeline: keyframes played over the document, a path that is drawn, a take, a file, a film of every frame. */

import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, type StudioPage, test } from "./studio";

test.describe.configure({ timeout: 120_000 });

const keyframes = (page: Page) => page.getByRole("group", { name: "Keyframes", exact: true });
const track = (page: Page, target: string) => page.locator(`[data-track="${target}"]`);
const marks = (page: Page, target: string) => track(page, target).locator("[data-key]");

async function openTimeline({ page }: StudioPage): Promise<void> {
  await page.keyboard.press("Shift+T");
  await expect(page.getByRole("region", { name: "Timeline" })).toBeVisible();
}

/** Where a time is on the ruler, of so many seconds. */
async function goTo(page: Page, seconds: number, of: number): Promise<void> {
  const box = await page.getByRole("slider", { name: "Playhead" }).boundingBox();
  if (box === null) throw new Error("there is no ruler");
  await page.mouse.click(box.x + 14 + ((box.width - 28) * seconds) / of, box.y + 8);
}

test("a layer moves along a path that is drawn, plays, and is where it was when the timeline is closed", async ({
  page,
  studio,
}) => {
  await studio.settled();
  const before = await studio.drawn();
  await openTimeline(studio);
  await page.getByRole("button", { name: /^Path/ }).click();
  await page.getByRole("button", { name: "Draw a path" }).click();
  await expect(page.getByRole("button", { name: "Draw the path of the layer" })).toBeVisible();
  await studio.stroke([0.2, 0.4], [0.5, 0.6], [0.8, 0.4]);
  await expect(page.locator("[data-path]")).toBeVisible();
  await expect(marks(page, "layer:base:motion")).toHaveCount(2);
  await expect.poll(studio.drawn).not.toBe(before);
  const begun = await studio.drawn();

  await keyframes(page).focus();
  await page.keyboard.press(" ");
  await expect(page.getByRole("button", { name: "Pause the timeline" })).toBeVisible();
  await expect.poll(studio.drawn).not.toBe(begun);
  await page.keyboard.press(" ");
  const rendered = await studio.settled();

  await page.keyboard.press("Shift+T");
  await expect.poll(studio.drawn).toBe(before);
  await studio.changedFrom(rendered);
  await page.keyboard.press("z"); // the path, and nothing that played
  await expect(page.getByRole("button", { name: "Undo", exact: true })).toHaveAttribute(
    "aria-disabled",
    "true",
  );
});

test("keyframes drive a slider; a take becomes keyframes and one step of undo; a file brings all of it back", async ({
  page,
  studio,
}) => {
  await studio.settled();
  await openTimeline(studio);
  if (await page.getByRole("complementary", { name: "Settings" }).isHidden()) await page.keyboard.press("p");
  const settings = page.getByRole("complementary", { name: "Settings" });
  const slider = settings.getByRole("slider", { name: "Strength" });
  const diamond = settings.getByRole("button", { name: /keyframe: Strength/ });
  await slider.press("Home");
  await diamond.click();
  await goTo(page, 4, 8);
  await slider.press("End");
  await diamond.click();
  await expect(marks(page, "param:strength")).toHaveCount(2);
  await goTo(page, 2, 8);
  await expect(slider).toHaveAttribute("aria-valuetext", /^0\.(49|50|51)$/);

  await page.getByRole("button", { name: "Length, pace and files" }).click();
  const [exported] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export" }).click(),
  ]);
  const file = await readFile(await exported.path());
  expect(JSON.parse(file.toString())).toMatchObject({ format: "lightbrush.keyframes", version: 1 });
  await page.keyboard.press("Escape");

  const season = settings.getByRole("slider", { name: "Season" });
  await keyframes(page).press("Home");
  await page.getByRole("button", { name: /^Record: what you move/ }).click();
  await expect(page.getByRole("button", { name: "Stop recording" })).toBeVisible();
  await season.press("End");
  await season.press("Home");
  await page
    .getByRole("button", { name: /^Stop recording|^Pause the timeline/ })
    .first()
    .click();
  await expect(track(page, "param:p:embedded:season")).toBeVisible();
  await page.getByRole("button", { name: "Undo", exact: true }).click();
  await expect(track(page, "param:p:embedded:season")).toBeHidden();

  await track(page, "param:strength")
    .getByRole("button", { name: /pick all|^Strength$/ })
    .first()
    .click();
  await keyframes(page).press("Delete");
  await expect(track(page, "param:strength")).toBeHidden();
  const pick = (name: string, buffer: Buffer) =>
    page.getByLabel("Timeline file").setInputFiles({ name, mimeType: "application/json", buffer });
  await pick("broken.json", Buffer.from('{"format":"else"}'));
  await expect(page.getByRole("alert")).toContainText("timeline.format");
  await pick("good.json", file);
  await expect(page.getByRole("alert")).toBeHidden();
  await expect(marks(page, "param:strength")).toHaveCount(2);
  expect(await studio.nameless()).toEqual([]);
});

test("the timeline is rendered frame by frame into a file", async ({ page, studio }) => {
  await studio.settled();
  await openTimeline(studio);
  await page.getByRole("button", { name: /^Set keyframe: Weight/ }).click();
  await page.getByRole("button", { name: "Length, pace and files" }).click();
  await page.getByRole("textbox", { name: "Length", exact: true }).fill("0.5");
  await page.keyboard.press("Enter");
  await page.getByRole("textbox", { name: "Frames a second" }).fill("4");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Render the timeline", exact: true }).click();
  await page.getByRole("button", { name: "GIF", exact: true }).click();
  await expect(page.getByText("2 frames · 0.50 s")).toBeVisible();
  const [film] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Start rendering" }).click(),
  ]);
  const bytes = await readFile(await film.path());
  expect(bytes.subarray(0, 6).toString()).toBe("GIF89a");
  await expect(page.getByRole("button", { name: "Start rendering" })).toBeVisible();
});
