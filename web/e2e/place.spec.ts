/** Where nothing is drawn the engine lays a place out: the way to have it on the paper, and to go on from it. */

import type { Page } from "@playwright/test";
import { faults } from "./axe";
import { expect, type StudioPage, test } from "./studio";

const NAME = "alpine lake, clear sky";
const control = (page: Page) => page.getByRole("button", { name: "Sketch it for me", exact: true });
const layer = (page: Page) =>
  page.getByRole("complementary", { name: "Layers" }).getByRole("button", { name: new RegExp(`^${NAME}, `) });

/** The mean colours of 8 by 8 parts of a canvas: what is where, whatever the grain. */
const places = (studio: StudioPage): Promise<number[]> =>
  studio.canvas.evaluate((element) => {
    const small = new OffscreenCanvas(8, 8).getContext("2d");
    if (small === null) throw new Error("no 2D context");
    small.imageSmoothingQuality = "high";
    small.drawImage(element as HTMLCanvasElement, 0, 0, 8, 8);
    return [...small.getImageData(0, 0, 8, 8).data];
  });
/** Another place with the same words is 13 to 38 apart, of 255 and on average; this one, sketched, is 7. */
const SAME_PLACE = 10;
const apart = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? Number.NaN)), 0) / (0.75 * a.length);

/** Of the sketch, how much is drawn and in how many colours; a soft edge counts for none. */
const drawn = (studio: StudioPage): Promise<{ share: number; colours: number }> =>
  studio.sketch
    .locator("canvas")
    .first()
    .evaluate((element) => {
      const { width, height } = element as HTMLCanvasElement;
      const data = (element as HTMLCanvasElement).getContext("2d")?.getImageData(0, 0, width, height).data;
      const found = new Set<number>();
      let covered = 0;
      for (const pixel of new Uint32Array(data?.buffer ?? [])) {
        if (pixel >>> 24 !== 255) continue;
        covered++;
        found.add(pixel);
      }
      return { share: covered / width / height, colours: found.size };
    });

/** Everything off the paper. */
async function bare(studio: StudioPage): Promise<void> {
  const before = await studio.settled();
  await studio.page.keyboard.press("Shift+Delete");
  await studio.changedFrom(before);
}

test("on bare paper one press puts the place that is rendered there, to be painted, erased and undone", async ({
  page,
  studio,
}) => {
  await expect(page.getByText("Draw on the left")).toBeVisible();
  await expect(control(page)).toHaveCount(0); // there is the example
  await bare(studio);
  await expect(control(page)).toBeVisible();
  expect(await faults(page, studio.sketch)).toEqual([]);
  const blank = await studio.drawn();
  const laidOut = await studio.settled();
  const before = await places(studio);

  await control(page).click();
  await expect(control(page)).toHaveCount(0);
  await studio.changedFrom(laidOut);
  const sketch = await studio.drawn();
  const { share, colours } = await drawn(studio);
  expect(share).toBe(1);
  expect(colours).toBeLessThan(20); // of the materials
  expect(apart(await places(studio), before)).toBeLessThan(SAME_PLACE);

  // It is a layer that takes paint, in hand, named after what was asked for.
  await page.keyboard.press("Shift+L");
  await expect(layer(page)).toHaveAttribute("aria-current", "true");
  await page.keyboard.press("Shift+L");
  await page.keyboard.press("e");
  await studio.stroke([0.3, 0.5], [0.6, 0.5]);
  await expect.poll(async () => (await drawn(studio)).share).toBeLessThan(0.99);
  await page.keyboard.press("z");
  await expect.poll(studio.drawn).toBe(sketch);

  // It is there when the page comes again, and one undo takes all of it.
  await page.reload();
  await studio.connected();
  await expect.poll(studio.drawn).toBe(sketch);
  const reloaded = await studio.settled();
  await page.keyboard.press("z");
  await expect.poll(studio.drawn).toBe(blank);
  await expect(control(page)).toBeVisible();
  expect(await studio.changedFrom(reloaded)).toBe(laidOut);
});

test("by its key it comes beneath what is drawn, in a wide picture too", async ({ page, studio }) => {
  await bare(studio);
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("combobox", { name: "Size" }).selectOption("512x288");
  await expect(studio.canvas).toHaveJSProperty("width", 512);
  await studio.stroke([0.4, 0.2], [0.6, 0.2]);
  const middle = () =>
    studio.sketch
      .locator("canvas")
      .first()
      .evaluate((element) => {
        const { width, height } = element as HTMLCanvasElement;
        const context = (element as HTMLCanvasElement).getContext("2d");
        return [...(context?.getImageData(width / 2, height / 5, 1, 1).data ?? [])];
      });
  const ink = await middle();
  await expect(control(page)).toBeVisible();
  await page.keyboard.press("Shift+D");
  await expect.poll(async () => (await drawn(studio)).share).toBe(1);
  expect(await middle()).toEqual(ink);
});

test("where the server cannot say, that is said, and what is drawn stays", async ({ page, studio }) => {
  await bare(studio);
  await studio.stroke([0.3, 0.3], [0.5, 0.4]);
  await studio.settled();
  const before = await studio.drawn();
  await page.route("**/composition?*", (route) => route.abort());
  await control(page).click();
  await expect(page.getByText("The server did not sketch the place")).toBeVisible();
  expect(await studio.drawn()).toBe(before);

  await page.unroute("**/composition?*");
  await control(page).click();
  await expect.poll(async () => (await drawn(studio)).share).toBe(1);
  await page.keyboard.press("z");
  await expect.poll(studio.drawn).toBe(before);
});
