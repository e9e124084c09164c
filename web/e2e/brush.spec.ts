import { expect, type StudioPage, test } from "./studio";

/** What is seen at a point of the sketch, fractions of it: "#rrggbb". */
const at = (studio: StudioPage, x: number, y: number): Promise<string> =>
  studio.sketch
    .locator("canvas")
    .first()
    .evaluate(
      (element, [u, v]) => {
        const canvas = element as HTMLCanvasElement;
        const pixel = canvas.getContext("2d")?.getImageData(u * canvas.width, v * canvas.height, 1, 1).data;
        const [r = 0, g = 0, b = 0] = pixel ?? [];
        return `#${((r << 16) | (g << 8) | b).toString(16).padStart(6, "0")}`;
      },
      [x, y] as const,
    );

test("a brush in a mirror paints both sides; what is undone and redone is the same to the pixel; the brush is kept", async ({
  studio,
  page,
}) => {
  const dials = page.getByRole("button", { name: /^Brush size/ });
  await dials.click();
  const brushes = page.getByRole("group", { name: "Brushes" });
  await expect(brushes.getByRole("button", { name: "Smooth" })).toHaveAttribute("aria-pressed", "true");
  await brushes.getByRole("button", { name: "Charcoal" }).click();
  await page.getByRole("combobox", { name: "Mirror" }).selectOption("Left and right");
  await page.getByText("Adjust this brush").click();
  await page.getByRole("textbox", { name: "Name of your brush" }).fill("Burnt stick");
  await page.getByRole("button", { name: "Keep it as mine" }).click();
  await expect(brushes.getByRole("button", { name: "Burnt stick" })).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press("Escape");
  await expect(brushes).toBeHidden();

  const before = await studio.drawn();
  const [left, right] = [await at(studio, 0.2, 0.12), await at(studio, 0.8, 0.12)];
  await studio.stroke([0.1, 0.12], [0.3, 0.12]);
  await expect.poll(() => at(studio, 0.2, 0.12)).not.toBe(left);
  await expect.poll(() => at(studio, 0.8, 0.12)).not.toBe(right);
  const after = await studio.drawn();
  await page.keyboard.press("z");
  await expect.poll(studio.drawn).toBe(before);
  await page.keyboard.press("Shift+Z");
  await expect.poll(studio.drawn).toBe(after);

  // The eraser erases with a brush of its own: under the pen as afterwards.
  await page.keyboard.press("e");
  await dials.click();
  const erasers = page.getByRole("group", { name: "Erasers" });
  await expect(erasers.getByRole("button", { name: "Smooth" })).toHaveAttribute("aria-pressed", "true");
  await erasers.getByRole("button", { name: "Charcoal" }).click();
  await page.keyboard.press("Escape");
  await expect(erasers).toBeHidden();
  const sketch = await studio.sketch.locator("canvas").first().boundingBox();
  if (sketch === null) throw new Error("no sketch");
  await page.mouse.move(sketch.x + 0.25 * sketch.width, sketch.y + 0.12 * sketch.height);
  await page.mouse.down();
  await page.mouse.move(sketch.x + 0.4 * sketch.width, sketch.y + 0.12 * sketch.height, { steps: 6 });
  // What the pen did is drawn with a frame soon after: until two looks are alike.
  let erasing = after;
  await expect
    .poll(async () => {
      const seen = erasing;
      erasing = await studio.drawn();
      return erasing !== after && erasing === seen;
    })
    .toBe(true);
  await page.mouse.up();
  await expect.poll(studio.drawn).toBe(erasing);
  await page.keyboard.press("z");
  await expect.poll(studio.drawn).toBe(after);
  await page.keyboard.press("b");

  await page.getByRole("button", { name: "Move the mirror's axis left or right" }).focus();
  const axis = await page.locator("[data-mirror-handle]").boundingBox();
  await page.keyboard.press("ArrowRight");
  await expect
    .poll(async () => (await page.locator("[data-mirror-handle]").boundingBox())?.x)
    .toBeGreaterThan(axis?.x ?? 0);
  await page.reload();
  await studio.connected();
  await dials.click();
  await expect(brushes.getByRole("button", { name: "Burnt stick" })).toBeVisible();
});

test("a shape that stays editable gets another colour and other corners; a line's end is moved", async ({
  studio,
  page,
}) => {
  await page.keyboard.press("u");
  const bar = page.getByRole("group", { name: "Shape", exact: true });
  await bar.getByRole("checkbox", { name: "Stays editable" }).check();
  await bar.getByRole("button", { name: "Polygon" }).click();
  const sky = await at(studio, 0.3, 0.15);
  await studio.stroke([0.2, 0.05], [0.4, 0.25]);
  await expect.poll(() => at(studio, 0.3, 0.15)).not.toBe(sky);
  await page.keyboard.press("v");
  const moving = page.getByRole("group", { name: "Move the layer" });
  await moving.getByRole("button", { name: /^Fill/ }).click();
  await page.getByRole("textbox", { name: "Colour as hex" }).fill("#12ab34");
  await expect.poll(() => at(studio, 0.3, 0.15)).toBe("#12ab34");
  await page.getByRole("slider", { name: "Hue" }).press("ArrowRight");
  await expect.poll(() => at(studio, 0.3, 0.15)).not.toBe("#12ab34");
  await page.keyboard.press("Escape");
  await moving.getByRole("textbox", { name: "Sides" }).fill("3");
  await moving.getByRole("textbox", { name: "Sides" }).press("Enter");
  await expect.poll(() => at(studio, 0.22, 0.1)).toBe(await at(studio, 0.19, 0.04));

  await page.keyboard.press("u");
  await page.keyboard.press("u");
  await page.keyboard.press("u");
  await page.keyboard.press("u");
  await studio.stroke([0.5, 0.9], [0.7, 0.9]);
  await page.keyboard.press("v");
  const end = page.getByRole("button", { name: "Move the line's end" });
  const box = await end.boundingBox();
  const water = await at(studio, 0.7, 0.6);
  const sketch = await studio.sketch.locator("canvas").first().boundingBox();
  if (box === null || sketch === null) throw new Error("no line in hand");
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(sketch.x + 0.7 * sketch.width, sketch.y + 0.6 * sketch.height, { steps: 5 });
  await page.mouse.up();
  await expect.poll(() => at(studio, 0.7, 0.6)).not.toBe(water);
});

test("colours: by keys on the wheel, in harmony, from the render into the document's palette", async ({
  studio,
  page,
}) => {
  await studio.settled();
  const well = page.getByRole("button", { name: /^Colour:/ });
  await well.click();
  const hex = page.getByRole("textbox", { name: "Colour as hex" });
  await hex.fill("#3366cc");
  await page.getByRole("slider", { name: "Hue" }).press("Shift+ArrowRight");
  await expect(hex).not.toHaveValue("#3366cc");
  await expect(page.getByRole("slider", { name: "Hue" })).toHaveAttribute("aria-valuetext", /degrees, blue/);
  await page.getByRole("slider", { name: "Saturation and brightness" }).press("ArrowDown");
  await page.getByRole("combobox", { name: "Harmony" }).selectOption("Triad");
  await expect(page.getByRole("group", { name: "Triad colours" }).getByRole("button")).toHaveCount(3);
  await page.getByRole("button", { name: "Add the colours of the render" }).click();
  const palette = page.getByRole("group", { name: "Palette", exact: true }).getByRole("button");
  await expect.poll(() => palette.count()).toBeGreaterThan(3);
  const first = (await palette.first().getAttribute("aria-label")) ?? "";
  await palette.first().click();
  await expect(hex).toHaveValue(first);
  expect(await studio.nameless()).toEqual([]);
  await page.keyboard.press("Escape");
  await page.keyboard.press("z");
  await well.click();
  await expect(palette).toHaveCount(0);
});

test("the board: a picture that is dropped can be moved, gives its colours, and is a prompt with one press", async ({
  studio: { page },
}) => {
  await page.keyboard.press("Shift+B");
  const board = page.getByRole("region", { name: "Reference board" });
  await expect(board).toContainText("Drop or paste pictures here");
  await board.evaluate(async (element) => {
    const canvas = new OffscreenCanvas(300, 200);
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("no canvas");
    context.fillStyle = "#d02040";
    context.fillRect(0, 0, 300, 200);
    const data = new DataTransfer();
    data.items.add(new File([await canvas.convertToBlob()], "red.png", { type: "image/png" }));
    const { left, top } = element.getBoundingClientRect();
    const at = { clientX: left + 150, clientY: top + 150 };
    element.dispatchEvent(
      new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data, ...at }),
    );
  });
  const picture = board.getByRole("button", { name: "red.png, picture on the board" });
  const before = await picture.boundingBox();
  if (before === null) throw new Error("no picture on the board");
  await page.mouse.move(before.x + 60, before.y + 60);
  await page.mouse.down();
  await page.mouse.move(before.x + 100, before.y + 80, { steps: 4 });
  await page.mouse.up();
  await expect
    .poll(async () => Math.round((await picture.boundingBox())?.x ?? 0))
    .toBe(Math.round(before.x + 40));
  await board.getByRole("button", { name: "Use this picture as a prompt" }).click();
  await expect(page.getByRole("region", { name: "Prompts" }).locator("img")).toHaveCount(1);
  await page.keyboard.press("i");
  await page.mouse.click(before.x + 100, before.y + 80);
  await expect(page.getByRole("button", { name: /^Colour: #d[0-9a-f]2[0-9a-f]4/ })).toBeVisible();
  await picture.focus();
  await page.keyboard.press("Delete");
  await expect(board.getByRole("listitem")).toHaveCount(0);
});
