import { expect, test } from "./studio";

const PATIENT = { timeout: 45_000 };

test("a region is painted and told what it is: the picture changes there and hardly elsewhere", async ({
  page,
  studio,
}) => {
  test.slow();
  await studio.settled();
  const panel = page.getByRole("complementary", { name: "Layers" });
  if (!(await panel.isVisible())) await page.getByRole("button", { name: "Layers", exact: true }).click();
  const sketch = await studio.drawn();
  const before = await shades(page);

  // Words first: the field is there at once, and a region without paint changes nothing.
  await panel.getByRole("button", { name: /^New region/ }).click();
  await page.keyboard.type("deep snow, winter");
  await page.keyboard.press("Enter");
  await expect(panel.getByRole("button", { name: "deep snow, winter, region" })).toBeVisible();
  await expect(panel.getByText("Paint where it lies")).toBeVisible();

  // Then where: a part of the ground at the left.
  await page.getByRole("button", { name: /^Area/ }).click();
  await studio.stroke([0.04, 0.68], [0.36, 0.68], [0.36, 0.96], [0.04, 0.96], [0.04, 0.68]);
  const here = (all: Shades) => mean(all, (x, y) => x > 0.08 && x < 0.3 && y > 0.76 && y < 0.9);
  const there = (all: Shades) => mean(all, (x) => x > 0.65);
  // Every point of the outline asks for a picture of two passes: the last one takes its time on a busy machine.
  await expect.poll(async () => apart(here, before, await shades(page)), PATIENT).toBeGreaterThan(30);
  await studio.settled();
  const after = await shades(page);
  expect(apart(there, before, after)).toBeLessThan(6);
  expect(await studio.drawn(), "a region is no part of the sketch").toBe(sketch);

  // Hidden is off; shown again is the same; and all of it can be undone.
  const shown = await studio.pixels();
  await panel.getByRole("button", { name: "Hide deep snow, winter" }).click();
  await expect.poll(async () => apart(here, before, await shades(page)), PATIENT).toBeLessThan(1);
  await panel.getByRole("button", { name: "Show deep snow, winter" }).click();
  await expect.poll(studio.pixels, PATIENT).toBe(shown);
  expect(await studio.nameless()).toEqual([]);

  // A picture says it as well: a night, beside the words and then instead of them.
  await panel.getByLabel("Picture file").setInputFiles({
    name: "night.png",
    mimeType: "image/png",
    buffer: Buffer.from(await night(page), "base64"),
  });
  const chip = panel.getByRole("slider", { name: /night\.png/ });
  await expect(chip).toBeVisible();
  await expect.poll(studio.pixels, PATIENT).not.toBe(shown);
  await studio.settled();
  const both = await studio.pixels();
  await panel.getByRole("button", { name: "Remove prompt: deep snow, winter" }).click();
  await expect(panel.getByRole("button", { name: /^Region, region/ })).toBeVisible();
  await expect.poll(studio.pixels, PATIENT).not.toBe(both);
  await studio.settled();
  expect(apart(there, before, await shades(page))).toBeLessThan(6);
  await page.keyboard.press("Escape");
  for (let i = 0; i < 2; i++) await page.keyboard.press("z");
  await expect(chip).toBeHidden();
  await expect.poll(studio.pixels, PATIENT).toBe(shown);
});

/** A dark picture, base64. */
const night = (page: import("@playwright/test").Page): Promise<string> =>
  page.evaluate(() => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 64;
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("no canvas");
    context.fillStyle = "#0a1030";
    context.fillRect(0, 0, 64, 64);
    return canvas.toDataURL("image/png").split(",")[1] ?? "";
  });

type Shades = readonly (readonly [x: number, y: number, shade: number])[];

/** What the render shows on a grid, 0 to 255. */
const shades = (page: import("@playwright/test").Page): Promise<Shades> =>
  page.getByTestId("render").evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const { width, height } = canvas;
    const data = canvas.getContext("2d")?.getImageData(0, 0, width, height).data ?? [];
    const all: [number, number, number][] = [];
    for (let y = 4; y < height; y += 8)
      for (let x = 4; x < width; x += 8) {
        const [r = 0, g = 0, b = 0] = data.slice((y * width + x) * 4, (y * width + x) * 4 + 3);
        all.push([x / width, y / height, (r + g + b) / 3]);
      }
    return all;
  });

function mean(all: Shades, where: (x: number, y: number) => boolean): number[] {
  return all.filter(([x, y]) => where(x, y)).map(([, , shade]) => shade);
}

function apart(of: (all: Shades) => number[], a: Shades, b: Shades): number {
  const [p, q] = [of(a), of(b)];
  return p.reduce((sum, shade, i) => sum + Math.abs(shade - (q[i] ?? 0)), 0) / p.length;
}
