/** A render made larger in the background: one press, the jobs, before and after. Needs the extra `enhance`. */

import { readFile } from "node:fs/promises";
import type { Locator, Page } from "@playwright/test";
import { faults } from "./axe";
import { expect, type StudioPage, test } from "./studio";

test.describe.configure({ timeout: 300_000 });

/** On a busy machine of two cores. */
const MADE_WITHIN = { timeout: 240_000 };

const tray = (page: Page) => page.getByRole("dialog", { name: "Jobs" });
const jobs = (page: Page) => page.getByRole("button", { name: /^Jobs/ });
const options = (page: Page) => page.getByRole("button", { name: "Size and format of what is enhanced" });
const line = (page: Page) => page.getByRole("slider", { name: "Before and after" });
const width = (image: Locator) => image.evaluate((img: HTMLImageElement) => img.naturalWidth);

const empty = (page: Page) => expect(tray(page).getByText("Nothing in the works")).toBeVisible();

async function openOptions({ page, render }: StudioPage): Promise<void> {
  await render.hover();
  await options(page).click();
}

/** The smallest there is, so that it is soon done. */
async function twice(studio: StudioPage): Promise<void> {
  const { page } = studio;
  await openOptions(studio);
  await page.getByRole("radio", { name: /^2×/ }).click();
  await page.getByRole("button", { name: "Enhance to 2×", exact: true }).click();
}

/** Nothing is left for the next test: what is under way is cancelled by the first DELETE, and removed by the second. */
test.afterEach(async ({ server }) => {
  const { jobs } = await (await fetch(new URL("/api/jobs", server.url))).json();
  for (const { id } of jobs)
    for (let gone = false; !gone; )
      gone = (await fetch(new URL(`/api/jobs/${id}`, server.url), { method: "DELETE" })).status !== 200;
});

test("the jobs that are opened while the options close have the focus, and no tip stays", async ({
  page,
  studio,
}) => {
  await studio.settled();
  await openOptions(studio);
  await expect(page.getByRole("dialog", { name: "Enhance" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await expect(tray(page)).toBeFocused();
  await page.mouse.move(20, 400);
  await expect(page.locator(".tip")).toBeHidden();
});

test("a render is made twice as large, looked at beside what it was, saved, and removed", async ({
  page,
  studio,
}) => {
  await studio.settled();
  const [, pixels] = /^(\d+)x/.exec(await studio.pixels()) ?? [];
  await twice(studio);
  await expect(page.getByText("The 2× picture is ready")).toBeVisible(MADE_WITHIN);
  await page.getByRole("button", { name: "Look", exact: true }).click();

  await expect(line(page)).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(line(page)).toHaveAttribute("aria-valuenow", "52");
  await page.keyboard.press("Home");
  await expect(line(page)).toHaveAttribute("aria-valuenow", "0");
  await expect.poll(() => width(page.getByTestId("after"))).toBe(2 * Number(pixels));
  await page.keyboard.press("1");
  await expect(page.getByLabel("Zoom")).toHaveText("100%");
  await page.keyboard.press("l");
  await expect(page.getByTestId("loupe").getByRole("presentation")).toHaveCount(2);
  await page.keyboard.press("l");
  await expect(page.getByTestId("loupe")).toBeHidden();
  expect(await studio.nameless()).toEqual([]);
  expect(await faults(page, page.getByRole("dialog"))).toEqual([]);

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download", exact: true }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^alpine-lake-clear-sky-seed-\d+-x2\.png$/);
  const file = await readFile(await download.path());
  expect(file.subarray(1, 4).toString()).toBe("PNG");
  expect(file.readUInt32BE(16)).toBe(2 * Number(pixels));

  await page.keyboard.press("Escape");
  await expect(line(page)).toBeHidden();
  await expect(jobs(page)).toBeFocused();
  await page.keyboard.press("j");
  await page.getByRole("button", { name: /^Remove: / }).click();
  await page.getByRole("button", { name: "Keep it" }).click();
  await page.getByRole("button", { name: /^Remove: / }).click();
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await empty(page);
});

test("one press begins; the tray tells how far it is, pauses it, and stays while one draws on", async ({
  page,
  studio,
}) => {
  const before = await studio.settled();
  await page.keyboard.press("Shift+E");
  await expect(jobs(page)).toHaveAccessibleName("Jobs: 1 under way");
  await page.keyboard.press("j");
  await expect(tray(page).getByText("4K · 3840 × 3840 PNG")).toBeVisible();
  const progress = tray(page).getByRole("progressbar", { name: "Progress of alpine lake, clear sky" });
  await expect.poll(async () => Number(await progress.getAttribute("aria-valuenow"))).toBeGreaterThan(0);
  await expect(tray(page).getByRole("button", { name: /^Look at/ })).toBeVisible();

  await tray(page).getByRole("button", { name: "Pause: alpine lake, clear sky" }).click();
  await expect(tray(page).getByText(/^Paused · \d+ of \d+ parts$/)).toBeVisible();
  await studio.stroke([0.2, 0.3], [0.5, 0.7]);
  await studio.changedFrom(before);
  await expect(tray(page)).toBeVisible();

  await page.reload();
  await expect(jobs(page)).toBeVisible(); // they are known some time after the connection
  await page.keyboard.press("j");
  await expect(tray(page).getByText(/^Paused/)).toBeVisible();
  await tray(page).getByRole("button", { name: "Go on: alpine lake, clear sky" }).click();
  await expect(tray(page).getByText(/^Paused/)).toBeHidden();
  await tray(page)
    .getByRole("button", { name: /^Look at/ })
    .click();
  await expect(line(page)).toBeVisible();
  const seen = await page.getByTestId("after").getAttribute("src");
  await expect(page.getByTestId("after")).not.toHaveAttribute("src", seen ?? ""); // it sharpens
  await page.keyboard.press("Escape");
  await tray(page).getByRole("button", { name: "Cancel: alpine lake, clear sky" }).click();
  await tray(page).getByRole("button", { name: "Cancel it" }).click();
  await empty(page);
});

test("a line is dragged, the wheel zooms at the pointer, a double-click fits again", async ({
  page,
  studio,
}) => {
  await studio.settled();
  await twice(studio);
  await page.keyboard.press("j");
  await tray(page)
    .getByRole("button", { name: /^Look at/ })
    .click();
  const box = await page.getByTestId("compared").boundingBox();
  const grip = await line(page).boundingBox();
  if (box === null || grip === null) throw new Error("nothing to compare");
  const [x, y] = [grip.x + grip.width / 2, grip.y + grip.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 90, y + 40, { steps: 4 });
  await page.mouse.up();
  await expect.poll(async () => Number(await line(page).getAttribute("aria-valuenow"))).toBeGreaterThan(55);
  const fitted = await page.getByLabel("Zoom").textContent();
  await page.mouse.move(x - 60, y + 60);
  await page.mouse.wheel(0, -800);
  await expect(page.getByLabel("Zoom")).not.toHaveText(fitted ?? "");
  await page.mouse.dblclick(x - 60, y + 60);
  await expect(page.getByLabel("Zoom")).toHaveText(fitted ?? "");
  await page.keyboard.press("Escape");
  await expect(tray(page).getByRole("button", { name: /^Look at/ })).toBeFocused();
});

test("a render is painted anew as is wished, and before and after are there in a browser that did not ask", async ({
  page,
  studio,
  server,
  browser,
}) => {
  await studio.settled();
  await openOptions(studio);
  await page.getByRole("radio", { name: /^2×/ }).click();
  await expect(page.getByRole("slider", { name: "Creativity" })).toBeHidden();
  await page.getByRole("button", { name: "Creative", exact: true }).click();
  const prompts = page.getByRole("textbox", { name: "Prompts" });
  await expect(prompts).toHaveValue("alpine lake, clear sky");
  await prompts.fill("alpine lake, clear sky\nrough rock:0.5");
  await page.getByRole("button", { name: "Take the drawing's prompts" }).click();
  await expect(prompts).toHaveValue("alpine lake, clear sky");
  await prompts.fill("alpine lake, clear sky\nrough rock:0.5");
  await page.getByRole("slider", { name: "Creativity" }).press("ArrowRight");
  await page.getByRole("slider", { name: "Resemblance" }).press("End");
  await page.getByRole("dialog", { name: "Enhance" }).getByRole("textbox", { name: "Seed" }).fill("7");
  expect(await studio.nameless()).toEqual([]);
  await page.getByRole("button", { name: "Enhance to 2×", exact: true }).click();

  await page.keyboard.press("j");
  await expect(tray(page).getByText(/^2× creative · .* PNG$/)).toBeVisible();
  const { jobs } = await (await fetch(new URL("/api/jobs", server.url))).json();
  const asked = { creativity: 0.55, resemblance: 1, clarity: 0.5, seed: 7, engine: "embedded" };
  expect(jobs[0].creative).toMatchObject(asked);
  expect(jobs[0].creative.prompts).toEqual([
    ["alpine lake, clear sky", 1],
    ["rough rock", 0.5],
  ]);
  await expect(tray(page).getByText(/^Ready/)).toBeVisible(MADE_WITHIN);

  const elsewhere = await (await browser.newContext()).newPage();
  await elsewhere.goto(server.url);
  await elsewhere.getByRole("button", { name: /^Jobs/ }).click();
  await elsewhere.getByRole("button", { name: /^Look at/ }).click();
  await expect(line(elsewhere)).toBeVisible();
  await expect.poll(() => width(elsewhere.getByTestId("before"))).toBe(jobs[0].source_width_px);
  await expect.poll(() => width(elsewhere.getByTestId("after"))).toBe(jobs[0].width_px);
  await elsewhere.context().close();
});

test.describe("on an upright phone", () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

  test("everything is in reach of a thumb", async ({ page, studio }) => {
    await studio.settled();
    await expect(jobs(page)).toBeHidden();
    await options(page).tap();
    await page.getByRole("radio", { name: /^2×/ }).tap();
    await page.getByRole("button", { name: "Creative", exact: true }).tap();
    const panel = page.getByRole("dialog", { name: "Enhance" });
    await expect(panel).toBeInViewport({ ratio: 1 });
    await panel.getByRole("button", { name: "New seed" }).tap();
    await panel.getByRole("button", { name: "Take the drawing's seed" }).tap();
    await panel.getByRole("button", { name: "Faithful", exact: true }).tap();
    await page.getByRole("button", { name: "Enhance to 2×", exact: true }).tap();
    await jobs(page).tap();
    await expect(tray(page)).toBeInViewport({ ratio: 1 });
    await expect(tray(page).getByText(/^Ready/)).toBeVisible(MADE_WITHIN);
    await tray(page)
      .getByRole("button", { name: /^Look at/ })
      .tap();
    await expect(line(page)).toBeInViewport();
    const small = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>("[role=dialog] button, [role=dialog] [role=slider]")]
        .map((e) => ({ label: e.getAttribute("aria-label"), box: e.getBoundingClientRect() }))
        .filter(({ box }) => Math.min(box.width, box.height) < 44)
        .map(({ label }) => label),
    );
    expect(small).toEqual([]);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });
});
