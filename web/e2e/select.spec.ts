import type { Locator, Page } from "@playwright/test";
import { expect, type StudioPage, test } from "./studio";

/** What is drawn at a point of the sketch, fractions of it: "#rrggbb", or "" where nothing is. */
const at = (studio: StudioPage, x: number, y: number): Promise<string> =>
  studio.sketch
    .locator("canvas")
    .first()
    .evaluate(
      (element, [u, v]) => {
        const canvas = element as HTMLCanvasElement;
        const pixel = canvas.getContext("2d")?.getImageData(u * canvas.width, v * canvas.height, 1, 1).data;
        const [r = 0, g = 0, b = 0, a = 0] = pixel ?? [];
        return a < 128 ? "" : `#${((r << 16) | (g << 8) | b).toString(16).padStart(6, "0")}`;
      },
      [x, y] as const,
    );

const material = (page: Page, name: string): Locator =>
  page.getByRole("group", { name: "Materials" }).getByRole("button", { name });

const emptied = async (page: Page): Promise<void> => {
  await page.keyboard.press("Shift+Delete");
  await page.keyboard.press("n");
};

test("only what is selected is painted, erased, moved and deleted; a reload and undo show the same", async ({
  page,
  studio,
}) => {
  const ants = page.getByTestId("ants");
  await emptied(page);
  await page.keyboard.press("q");
  await studio.stroke([0.3, 0.3], [0.6, 0.6]);
  await expect(ants).toBeVisible();
  await material(page, "Lava").click();
  await page.keyboard.press("b");
  for (const y of [0.35, 0.45]) await studio.stroke([0.1, y], [0.9, y]);
  const box = await studio.sketch.locator("canvas").first().boundingBox();
  if (box === null) throw new Error("no sketch");
  await page.mouse.move(box.x + 0.1 * box.width, box.y + 0.55 * box.height);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.9 * box.width, box.y + 0.55 * box.height, { steps: 8 });
  const underThePen = await studio.drawn();
  await page.mouse.up();
  expect(await studio.drawn()).toBe(underThePen);
  const lava = await at(studio, 0.45, 0.45);
  expect(lava).not.toBe("");
  expect(await at(studio, 0.2, 0.45)).toBe("");
  expect(await at(studio, 0.61, 0.45)).toBe("");

  await page.keyboard.press("e");
  await studio.stroke([0.1, 0.45], [0.5, 0.45]);
  expect(await at(studio, 0.45, 0.45)).toBe("");
  expect(await at(studio, 0.55, 0.45)).toBe(lava);
  await page.keyboard.press("z");

  // Moved twice, over a stroke that lies there: it is still there afterwards.
  await page.keyboard.press("v");
  await studio.stroke([0.45, 0.45], [0.45, 0.65]);
  expect(await at(studio, 0.45, 0.35)).toBe("");
  expect(await at(studio, 0.45, 0.75)).toBe(lava);
  await studio.stroke([0.45, 0.65], [0.65, 0.65]);
  expect(await at(studio, 0.35, 0.75)).toBe("");
  expect(await at(studio, 0.75, 0.75)).toBe(lava);
  const moved = await studio.drawn();
  await page.keyboard.press("z");
  expect(await at(studio, 0.45, 0.35)).toBe(lava);
  await page.keyboard.press("Shift+z");
  expect(await studio.drawn()).toBe(moved);

  await page.reload();
  await studio.connected();
  await expect(ants).toBeVisible();
  await expect.poll(studio.drawn).toBe(moved);
  await page.keyboard.press("Delete");
  expect(await at(studio, 0.75, 0.75)).toBe("");
  await page.keyboard.press("Control+d");
  await expect(ants).toBeHidden();
  for (let i = 0; i < 2; i++) await page.keyboard.press("z");
  expect(await studio.drawn()).toBe(moved);
});

test("the wand and the lasso pick, Shift and Alt change it; copy and paste make a layer in its place", async ({
  page,
  studio,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const bar = page.getByRole("group", { name: "Selection" });
  await emptied(page);
  await material(page, "Lava").click();
  await page.keyboard.press("u");
  await studio.stroke([0.2, 0.2], [0.4, 0.4]);
  await material(page, "Snow").click();
  await studio.stroke([0.6, 0.6], [0.8, 0.8]);
  const [lava, snow] = [await at(studio, 0.3, 0.3), await at(studio, 0.7, 0.7)];

  await page.keyboard.press("w");
  await bar.getByLabel("All layers").uncheck();
  await studio.stroke([0.3, 0.3]);
  await page.keyboard.down("Shift");
  await studio.stroke([0.7, 0.7]);
  await page.keyboard.up("Shift");
  await page.keyboard.press("q");
  await page.keyboard.down("Alt");
  await studio.stroke([0.55, 0.55], [0.7, 0.85]);
  await page.keyboard.up("Alt");
  const before = await studio.drawn();
  await page.keyboard.press("Control+x");
  await expect.poll(() => at(studio, 0.3, 0.3)).toBe("");
  expect(await at(studio, 0.75, 0.7)).toBe("");
  expect(await at(studio, 0.65, 0.7)).toBe(snow);

  await page.keyboard.press("Control+v");
  await expect.poll(() => at(studio, 0.3, 0.3)).toBe(lava);
  expect(await studio.drawn()).toBe(before);
  await expect(page.getByTestId("ants")).toBeHidden();
  await page.getByRole("button", { name: "Layers", exact: true }).click();
  await expect(page.locator("[data-layer][aria-current]")).toHaveAccessibleName(/^Pasted, /);

  // Around a part of it, by hand, and only that is filled.
  await page.getByRole("button", { name: "Layers, " }).or(page.locator("[data-layer]")).nth(1).click();
  await page.keyboard.press("q");
  await bar.getByRole("button", { name: "Lasso" }).click();
  await studio.stroke([0.45, 0.1], [0.9, 0.1], [0.9, 0.5], [0.45, 0.1]);
  await page.keyboard.press("g");
  await studio.stroke([0.8, 0.2]);
  expect(await at(studio, 0.85, 0.2)).toBe(snow);
  expect(await at(studio, 0.5, 0.4)).toBe("");
});
