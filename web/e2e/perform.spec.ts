/** Performing: a second window, black, what sound moves, an instrument's knob that is recorded, and what other programs see. */

import type { Page } from "@playwright/test";
import { expect, type StudioPage, test } from "./studio";

test.describe.configure({ timeout: 120_000 });

const panel = (page: Page) => page.getByRole("complementary", { name: "Perform" });

async function openPanel({ page }: StudioPage): Promise<void> {
  await page.keyboard.press("Shift+P");
  await expect(panel(page)).toBeVisible();
}

/** The brightest channel of anything in a canvas: 0 is black, or nothing. */
const brightest = (page: Page) =>
  page.locator("canvas").evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
    let most = 0;
    for (let i = 0; i < data.length; i++) if (i % 4 !== 3) most = Math.max(most, data[i] ?? 0);
    return most;
  });

test("the render is in a second window and on a page for mixers; black is black; sound moves a slider's value and not the slider", async ({
  page,
  context,
  studio,
}) => {
  await studio.settled();
  await openPanel(studio);
  const [second] = await Promise.all([
    page.waitForEvent("popup"),
    panel(page).getByRole("button", { name: "Window" }).click(),
  ]);
  await expect(second.getByRole("img", { name: "Render" })).toBeVisible();
  await expect.poll(() => brightest(second)).toBeGreaterThan(50);

  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await panel(page)
    .getByRole("button", { name: /Browser source/ })
    .click();
  const mixer = await context.newPage();
  await mixer.goto(await page.evaluate(() => navigator.clipboard.readText()));
  await expect.poll(() => brightest(mixer)).toBeGreaterThan(50);
  expect(await mixer.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(
    "rgba(0, 0, 0, 0)",
  );

  await page.bringToFront();
  await page.keyboard.press(".");
  await expect(second.locator("canvas")).toBeHidden();
  await expect.poll(() => brightest(mixer)).toBe(0);
  await page.getByRole("button", { name: "End the blackout" }).click();
  await expect(second.locator("canvas")).toBeVisible();
  await expect.poll(() => brightest(mixer)).toBeGreaterThan(50);

  // The browser's own stand-in for a microphone beeps once a second.
  await panel(page).getByRole("button", { name: "Listen to the microphone" }).click();
  const light = page.getByRole("banner").getByRole("button", { name: "Stop listening to the microphone" });
  await expect(light).toBeVisible();
  await panel(page).getByRole("button", { name: "Move a parameter" }).click();
  await page.getByRole("button", { name: "Strength" }).click();
  const amount = panel(page).getByRole("slider", { name: "Amount" });
  await amount.press("Home");
  await panel(page).getByLabel("Moved by").selectOption({ label: "Onset" });
  const still = await studio.pixels();
  await expect.poll(studio.pixels).not.toBe(still);
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await page.keyboard.press("Tab");
  await expect(panel(page)).toBeHidden();
  await page.getByRole("button", { name: "Stop listening to the microphone" }).click(); // it is never hidden
  await page.keyboard.press("Tab");
  await expect(light).toBeHidden();
  await studio.settled();
  await page.keyboard.press("p");
  const settings = page.getByRole("complementary", { name: "Settings" });
  await expect(settings.getByRole("slider", { name: "Strength" })).toHaveAttribute("aria-valuetext", "0.85");

  await page.keyboard.press("Shift+F");
  await expect.poll(() => second.isClosed()).toBe(true);
});

/** An instrument with one input, as a browser shows it; `play` sends what a hand on it would. */
async function plugIn(page: Page): Promise<(...bytes: number[]) => Promise<void>> {
  await page.addInitScript(() => {
    const input = {
      id: "1",
      name: "Nano",
      state: "connected",
      onmidimessage: null as ((e: object) => void) | null,
    };
    Object.assign(window, {
      play: (bytes: number[]) => input.onmidimessage?.({ data: Uint8Array.from(bytes) }),
    });
    Object.defineProperty(navigator, "requestMIDIAccess", {
      value: async () => ({ inputs: new Map([["1", input]]), onstatechange: null }),
    });
  });
  await page.reload();
  return (...bytes) =>
    page.evaluate((data) => (window as unknown as { play(bytes: number[]): void }).play(data), bytes);
}

test("a knob learns what it turns, turns it as a hand does, and its performance becomes keyframes; a pad blacks out", async ({
  page,
  studio,
}) => {
  const play = await plugIn(page);
  await studio.connected();
  await studio.settled();
  await openPanel(studio);
  await panel(page).getByRole("button", { name: "Connect MIDI" }).click();
  await expect(panel(page).getByText("Nano")).toBeVisible();
  for (const [name, ...bytes] of [
    ["Strength", 0xb0, 74, 5],
    ["Blackout", 0x99, 36, 100],
  ] as const) {
    await panel(page).getByRole("button", { name: "Learn a control" }).click();
    await page.getByRole("dialog").getByRole("button", { name, exact: true }).click();
    await expect(panel(page).getByText("Move a control for")).toBeVisible();
    await play(...bytes);
    await expect(panel(page).getByRole("group", { name: new RegExp(`: ${name}$`) })).toBeVisible();
  }

  await page.keyboard.press("Shift+T");
  await page.getByRole("button", { name: "Record: what you move while it plays becomes keyframes" }).click();
  await play(0xb0, 74, 127);
  await expect(page.locator('[data-track="param:strength"]')).toHaveCount(0);
  await play(0xb0, 74, 0);
  await page.getByRole("button", { name: "Stop recording" }).click();
  await expect(page.locator('[data-track="param:strength"] [data-key]').first()).toBeVisible();
  await page.keyboard.press("Shift+T");
  await page.keyboard.press("p");
  const slider = page
    .getByRole("complementary", { name: "Settings" })
    .getByRole("slider", { name: "Strength" });
  await expect(slider).toHaveAttribute("aria-valuetext", "0.00");

  await play(0x99, 36, 100);
  await expect(page.getByRole("button", { name: "End the blackout" })).toBeVisible();
  await play(0x89, 36, 0);
  await play(0x99, 36, 100);
  await expect(page.getByRole("button", { name: "End the blackout" })).toBeHidden();
});
