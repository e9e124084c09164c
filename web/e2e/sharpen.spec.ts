import { expect, test } from "./studio";

test.use({ sharpens: true });

const SIDE = 16;

/** Runs in the page: how large a canvas is, the means of its fields, and how much neighbours differ at the size of the screen. */
function look(element: Element) {
  const canvas = element as HTMLCanvasElement;
  const scaled = (side: number) => {
    const small = document.createElement("canvas");
    [small.width, small.height] = [side, side];
    const context = small.getContext("2d");
    if (context === null) throw new Error("no 2D context");
    context.imageSmoothingQuality = "high";
    context.drawImage(canvas, 0, 0, side, side);
    return context.getImageData(0, 0, side, side).data;
  };
  const shown = scaled(512);
  let edges = 0;
  for (let i = 0; i + 4 < shown.length; i += 4) edges += Math.abs((shown[i] ?? 0) - (shown[i + 4] ?? 0));
  return { width: canvas.width, fields: [...scaled(16)], edges };
}

/** Runs in the page: every size that the canvas has from now on, and whether a frame of it was ever empty. */
function watch(element: Element): void {
  const canvas = element as HTMLCanvasElement;
  const seen: string[] = [];
  Object.assign(window, { seen });
  const frame = () => {
    const data = canvas.getContext("2d")?.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data ?? [];
    const now = `${canvas.width}${[...data].slice(0, 3).some(Boolean) ? "" : " empty"}`;
    if (seen.at(-1) !== now) seen.push(now);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

test("the picture sharpens when the hand rests, and is live again with the next stroke", async ({
  page,
  studio,
}) => {
  const width = () => studio.canvas.evaluate((canvas: HTMLCanvasElement) => canvas.width);
  await studio.sharpened();

  // It is the same picture: the same tones everywhere, with more in it.
  await page.getByRole("button", { name: "Settings" }).click();
  const setting = page.getByRole("switch", { name: "Sharpen at rest" });
  await expect(setting).toBeChecked();
  await setting.click();
  await expect.poll(width).toBe(256);
  await studio.settled();
  const live = await studio.canvas.evaluate(look);
  await setting.click();
  await studio.sharpened();
  const sharp = await studio.canvas.evaluate(look);
  expect(sharp.fields).toHaveLength(4 * SIDE ** 2);
  const apart = sharp.fields.map((value, i) => Math.abs(value - (live.fields[i] ?? 0)));
  expect(apart.reduce((sum, value) => sum + value, 0) / apart.length).toBeLessThan(2);
  expect(sharp.edges).toBeGreaterThan(1.1 * live.edges);

  // A stroke: the live size at once, and no frame between them is empty.
  await studio.canvas.evaluate(watch);
  await studio.stroke([0.2, 0.3], [0.5, 0.35], [0.8, 0.3]);
  const seen = () => page.evaluate(() => (window as unknown as { seen: string[] }).seen);
  await expect.poll(seen).toEqual(["512", "256", "512"]);
});
