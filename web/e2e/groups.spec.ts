import { expect, type StudioPage, test } from "./studio";

/** What is drawn at a point of the sketch, fractions of it: red, green, blue, alpha. */
const at = (studio: StudioPage, x: number, y: number): Promise<number[]> =>
  studio.sketch
    .locator("canvas")
    .first()
    .evaluate(
      (element, [u, v]) => {
        const canvas = element as HTMLCanvasElement;
        const pixel = canvas.getContext("2d")?.getImageData(u * canvas.width, v * canvas.height, 1, 1).data;
        return [...(pixel ?? [])];
      },
      [x, y] as const,
    );

test("layers are picked and grouped; a group's opacity is one for all of it, and a layer is dragged out and in", async ({
  page,
  studio,
}) => {
  const panel = page.getByRole("complementary", { name: "Layers" });
  const row = (name: string) => panel.getByRole("button", { name: new RegExp(`^${name}, `) });
  const names = () =>
    panel
      .locator("[data-layer]")
      .evaluateAll((rows) => rows.map((each) => each.getAttribute("aria-label")?.split(",")[0]));
  const pick = (material: string) =>
    page.getByRole("group", { name: "Materials" }).getByRole("button", { name: material }).click();
  const drag = async (name: string, onto: string, part: number, dx = 0) => {
    const [from, to] = await Promise.all([row(name).boundingBox(), row(onto).boundingBox()]);
    if (from === null || to === null) throw new Error("no such rows");
    await page.mouse.move(from.x + 80, from.y + from.height / 2);
    await page.mouse.down();
    await page.mouse.move(from.x + 80 + dx, to.y + to.height * part, { steps: 8 });
    await page.mouse.up();
  };

  await page.getByRole("button", { name: "Layers", exact: true }).click();
  await page.keyboard.press("Shift+Delete");
  await page.keyboard.press("n");
  await pick("Lava");
  await studio.stroke([0.2, 0.5], [0.8, 0.5]);
  await page.keyboard.press("n");
  await pick("Snow");
  await studio.stroke([0.5, 0.2], [0.5, 0.8]);
  const snow = await at(studio, 0.5, 0.3);
  const flat = await studio.drawn();

  await row("Layer 2").click({ modifiers: ["Control"] });
  await page.keyboard.press("Control+g");
  await expect.poll(names).toEqual(["Group 1", "Layer 3", "Layer 2", "Sketch"]);
  // Opaque, a group changes nothing.
  expect(await studio.drawn()).toBe(flat);
  await page.keyboard.press("Escape");
  await panel.getByRole("slider", { name: "Opacity" }).focus();
  for (let i = 0; i < 4; i++) await page.keyboard.press("PageDown");
  // Where they cross one sees the upper one alone, as clear as beside it.
  const beside = await at(studio, 0.5, 0.3);
  expect(beside[3]).toBeLessThan(snow[3] ?? 0);
  expect(await at(studio, 0.5, 0.5)).toEqual(beside);

  // Drawn on inside of the group, it looks while the pen is down as it does afterwards.
  await row("Layer 2").click();
  await pick("Lava");
  const box = await studio.sketch.locator("canvas").first().boundingBox();
  if (box === null) throw new Error("no sketch");
  await page.mouse.move(box.x + 0.3 * box.width, box.y + 0.3 * box.height);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.7 * box.width, box.y + 0.3 * box.height, { steps: 8 });
  expect(await at(studio, 0.5, 0.3)).toEqual(beside);
  const under = await at(studio, 0.4, 0.3);
  await page.mouse.up();
  expect(await at(studio, 0.4, 0.3)).toEqual(under);
  expect(await at(studio, 0.5, 0.3)).toEqual(beside);

  const grouped = await studio.drawn();
  await page.reload();
  await studio.connected();
  await expect.poll(studio.drawn).toBe(grouped);

  await drag("Layer 3", "Group 1", 0.2);
  await expect.poll(names).toEqual(["Layer 3", "Group 1", "Layer 2", "Sketch"]);
  expect(await at(studio, 0.5, 0.6)).toEqual(snow);
  await panel.getByRole("button", { name: "Hide Group 1" }).click();
  expect((await at(studio, 0.3, 0.5))[3]).toBe(0);
  await panel.getByRole("button", { name: "Show Group 1" }).click();
  await drag("Layer 3", "Group 1", 0.7);
  await expect.poll(names).toEqual(["Group 1", "Layer 3", "Layer 2", "Sketch"]);
  expect(await studio.drawn()).toBe(grouped);
  await panel.getByRole("button", { name: "Fold Group 1" }).click();
  await expect.poll(names).toEqual(["Group 1", "Sketch"]);

  await row("Group 1").click();
  await page.keyboard.press("Control+Shift+g");
  await expect.poll(names).toEqual(["Layer 3", "Layer 2", "Sketch"]);
});
