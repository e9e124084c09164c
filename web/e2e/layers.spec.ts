import { readFileSync } from "node:fs";
import type { Locator, Page } from "@playwright/test";
import { expect, type StudioPage, test } from "./studio";

const LAVA = "Lava";
const SNOW = "Snow";

/** The panel and the canvas, in the words of someone who uses them. */
class Layers {
  readonly panel: Locator;
  readonly rows: Locator;

  constructor(
    private readonly page: Page,
    private readonly studio: StudioPage,
  ) {
    this.panel = page.getByRole("complementary", { name: "Layers" });
    this.rows = this.panel.getByRole("listitem");
  }

  async open(): Promise<void> {
    await this.page.getByRole("button", { name: "Layers", exact: true }).click();
    await expect(this.panel).toBeVisible();
  }

  row = (name: string) => this.rows.getByRole("button", { name: new RegExp(`^${name}, `) });
  names = () =>
    this.rows
      .locator("[data-layer]")
      .evaluateAll((rows) => rows.map((row) => row.getAttribute("aria-label")?.split(",")[0] ?? ""));
  active = () => this.rows.locator("[aria-current]").getAttribute("aria-label");

  /** What is seen at a point of the sketch, fractions of it: "#rrggbb", or "" where nothing is drawn. */
  at = (x: number, y: number): Promise<string> =>
    this.studio.sketch
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

  /** A material's own colour, taken in hand. */
  async pick(material: string): Promise<string> {
    const swatch = this.page
      .getByRole("group", { name: "Materials" })
      .getByRole("button", { name: material });
    await swatch.click();
    const color = await swatch.evaluate((button) => getComputedStyle(button).backgroundColor);
    const [r = 0, g = 0, b = 0] = (color.match(/\d+/g) ?? []).map(Number);
    return `#${((r << 16) | (g << 8) | b).toString(16).padStart(6, "0")}`;
  }

  async add(): Promise<void> {
    const before = await this.rows.count();
    await this.panel.getByRole("button", { name: "New paint layer" }).click();
    await expect(this.rows).toHaveCount(before + 1);
  }

  /** By mouse: take a row and let it go over another one. */
  async drag(name: string, onto: string): Promise<void> {
    const [from, to] = await Promise.all([this.row(name).boundingBox(), this.row(onto).boundingBox()]);
    if (from === null || to === null) throw new Error("no such rows");
    await this.page.mouse.move(from.x + 80, from.y + from.height / 2);
    await this.page.mouse.down();
    await this.page.mouse.move(to.x + 80, to.y + to.height / 2, { steps: 8 });
    await this.page.mouse.up();
  }

  /** A picture of 200 x 100: red, with a white square at its left. */
  async paste(): Promise<void> {
    await this.page.evaluate(async () => {
      const canvas = new OffscreenCanvas(200, 100);
      const context = canvas.getContext("2d");
      if (context === null) throw new Error("no canvas");
      context.fillStyle = "#c02040";
      context.fillRect(0, 0, 200, 100);
      context.fillStyle = "#ffffff";
      context.fillRect(10, 30, 40, 40);
      const data = new DataTransfer();
      data.items.add(new File([await canvas.convertToBlob()], "flag.png", { type: "image/png" }));
      window.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data }));
    });
    await expect(this.handle("se")).toBeVisible();
  }

  handle = (name: string) => this.page.locator(`[data-handle=${name}]`);

  /** Drag from a place on the page by so many fractions of the sketch. */
  async pull(from: { x: number; y: number }, dx: number, dy: number, keys: string[] = []): Promise<void> {
    const box = await this.studio.sketch.locator("canvas").first().boundingBox();
    if (box === null) throw new Error("no sketch");
    for (const key of keys) await this.page.keyboard.down(key);
    await this.page.mouse.move(from.x, from.y);
    await this.page.mouse.down();
    await this.page.mouse.move(from.x + dx * box.width, from.y + dy * box.height, { steps: 8 });
    await this.page.mouse.up();
    for (const key of keys) await this.page.keyboard.up(key);
  }

  async middleOf(locator: Locator): Promise<{ x: number; y: number }> {
    const box = await locator.boundingBox();
    if (box === null) throw new Error("not on the screen");
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }

  async point(x: number, y: number): Promise<{ x: number; y: number }> {
    const box = await this.studio.sketch.locator("canvas").first().boundingBox();
    if (box === null) throw new Error("no sketch");
    return { x: box.x + x * box.width, y: box.y + y * box.height };
  }
}

const near = (a: string, b: string, by = 12) =>
  [1, 3, 5].every(
    (i) => Math.abs(Number.parseInt(a.slice(i, i + 2), 16) - Number.parseInt(b.slice(i, i + 2), 16)) <= by,
  );

const layersTest = test.extend<{ layers: Layers }>({
  layers: async ({ page, studio }, use) => {
    await studio.settled();
    await use(new Layers(page, studio));
  },
});

layersTest(
  "a newcomer sees one more button and nothing else of layers; a layer multiplies what is beneath it",
  async ({ layers, page, studio }) => {
    await expect(layers.panel).toBeHidden();
    await expect(page.getByText("Draw on the left")).toBeVisible();
    await layers.open();
    expect(await layers.names()).toEqual(["Sketch"]);
    await expect(layers.panel.getByRole("button", { name: "Delete the layer" })).toHaveAttribute(
      "aria-disabled",
      "true",
    );

    // A layer multiplies what is beneath it.
    const sky = await layers.at(0.5, 0.05);
    await layers.add();
    await page.getByRole("button", { name: /^Colour: / }).click();
    await page.getByRole("textbox", { name: "Colour as hex" }).fill("#808080");
    await page.keyboard.press("Escape");
    await studio.stroke([0.4, 0.05], [0.6, 0.05]);
    expect(await layers.at(0.5, 0.05)).toBe("#808080");
    await layers.panel.getByRole("combobox", { name: "Blend" }).selectOption("multiply");
    const half = [1, 3, 5].map((i) => Math.round((Number.parseInt(sky.slice(i, i + 2), 16) * 128) / 255));
    const wanted = `#${half.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
    expect(near(await layers.at(0.5, 0.05), wanted, 2)).toBe(true);
  },
);

layersTest(
  "two layers: drawn on, put in another order by drag, hidden, made clear, undone, reloaded",
  async ({ layers, page, studio }) => {
    await layers.open();
    await layers.add();
    const lava = await layers.pick(LAVA);
    await studio.stroke([0.2, 0.5], [0.8, 0.5]);
    expect(await layers.at(0.5, 0.5)).toBe(lava);
    await layers.add();
    const snow = await layers.pick(SNOW);
    await studio.stroke([0.5, 0.2], [0.5, 0.8]);
    expect(await layers.at(0.5, 0.5)).toBe(snow);
    const asDrawn = await studio.drawn();

    await layers.drag("Layer 3", "Layer 2");
    expect(await layers.names()).toEqual(["Layer 2", "Layer 3", "Sketch"]);
    expect(await layers.at(0.5, 0.5)).toBe(lava);
    await page.getByRole("button", { name: "Hide Layer 2" }).click();
    expect(await layers.at(0.5, 0.5)).toBe(snow);
    expect(await layers.at(0.3, 0.5)).not.toBe(lava);
    await page.getByRole("button", { name: "Show Layer 2" }).click();

    await layers.row("Layer 2").click();
    const opacity = layers.panel.getByRole("slider", { name: "Opacity" });
    await opacity.focus();
    await page.keyboard.press("Home");
    expect(await layers.at(0.5, 0.5)).toBe(snow);
    await page.keyboard.press("End");
    expect(await layers.at(0.5, 0.5)).toBe(lava);
    await page.keyboard.press("Home");
    const clear = await studio.drawn();
    const render = await studio.settled();

    await page.reload();
    await studio.connected();
    expect(await studio.drawn()).toBe(clear);
    expect(await studio.settled()).toBe(render);
    expect(await layers.names()).toEqual(["Layer 2", "Layer 3", "Sketch"]);
    await expect.poll(layers.active).toMatch(/^Layer 2/);

    // Back through the opacity, the two presses on the eye, and the drag.
    for (let i = 0; i < 6 && (await studio.drawn()) !== asDrawn; i++) await page.keyboard.press("z");
    expect(await studio.drawn()).toBe(asDrawn);
    expect(await layers.names()).toEqual(["Layer 3", "Layer 2", "Sketch"]);
    await page.keyboard.press("Shift+Z");
    expect(await layers.names()).toEqual(["Layer 2", "Layer 3", "Sketch"]);
  },
);

layersTest(
  "what is drawn on a lower layer stays below, also while the pen is down",
  async ({ layers, page, studio }) => {
    await layers.open();
    await layers.add();
    const lava = await layers.pick(LAVA);
    await studio.stroke([0.3, 0.4], [0.7, 0.4]);
    await layers.row("Sketch").click();
    const snow = await layers.pick(SNOW);
    const [from, to] = [await layers.point(0.5, 0.3), await layers.point(0.5, 0.6)];
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(to.x, to.y, { steps: 10 });
    expect(await layers.at(0.5, 0.33)).toBe(snow);
    expect(await layers.at(0.5, 0.4)).toBe(lava);
    const shown = await studio.drawn();
    await page.mouse.up();
    expect(await layers.at(0.5, 0.4)).toBe(lava);
    expect(await layers.at(0.5, 0.33)).toBe(snow);
    expect(shown).not.toBe("");
    // The eraser takes from its own layer only, and shows what is beneath.
    await layers.row("Layer 2").click();
    const under = await layers.at(0.6, 0.45);
    await page.keyboard.press("e");
    await studio.stroke([0.5, 0.4], [0.65, 0.4]);
    expect(await layers.at(0.5, 0.4)).toBe(snow);
    expect(await layers.at(0.35, 0.4)).toBe(lava);
    expect(await layers.at(0.6, 0.45)).toBe(under);
  },
);

layersTest(
  "what was painted part by part is what a reload paints whole",
  async ({ layers, page, studio }) => {
    await layers.open();
    await layers.add();
    await layers.pick(LAVA);
    await studio.stroke([0.1, 0.3], [0.9, 0.35]);
    await layers.panel.getByRole("combobox", { name: "Blend" }).selectOption("overlay");
    await layers.panel.getByRole("slider", { name: "Opacity" }).focus();
    for (let i = 0; i < 30; i++) await page.keyboard.press("ArrowLeft");
    await layers.row("Sketch").click();
    await layers.pick(SNOW);
    // Each of these is painted under another layer, in parts that do not end on whole pixels.
    for (const key of ["b", "a", "u", "u", "u", "e"]) {
      await page.keyboard.press(key);
      await studio.stroke([0.2, 0.2], [0.5, 0.3], [0.4, 0.6]);
    }
    await page.keyboard.press("z");
    await page.keyboard.press("z");
    await layers.row("Layer 2").click();
    await layers.row("Layer 2").blur();
    await page.keyboard.press("v");
    await page.keyboard.press("Shift+ArrowDown");
    await page.getByRole("textbox", { name: "Turn" }).fill("13");
    await page.keyboard.press("Enter");
    const parts = await studio.drawn();
    await page.reload();
    await studio.connected();
    expect(await studio.drawn()).toBe(parts);
  },
);

layersTest(
  "a pasted picture is moved, scaled, turned, nudged and flipped by hand",
  async ({ layers, page, studio }) => {
    await layers.open();
    await layers.paste();
    expect(await layers.names()).toEqual(["flag.png", "Sketch"]);
    // As wide as the sketch, in its middle; the white square is at its left.
    expect(near(await layers.at(0.9, 0.5), "#c02040")).toBe(true);
    expect(near(await layers.at(0.15, 0.5), "#ffffff")).toBe(true);
    const pasted = await studio.drawn();

    await layers.pull(await layers.middleOf(layers.handle("se")), -0.5, -0.25);
    const size = page.getByRole("textbox", { name: "Size" });
    await expect(size).toHaveValue(/^(49|50)/);
    expect(near(await layers.at(0.9, 0.5), "#c02040")).toBe(false);
    expect(near(await layers.at(0.4, 0.3), "#c02040")).toBe(true);

    // Let go near the middle, it lies in the middle.
    await layers.pull(await layers.point(0.4, 0.45), 0.247, 0.122);
    expect(near(await layers.at(0.32, 0.5), "#ffffff")).toBe(true);
    expect(near(await layers.at(0.7, 0.5), "#c02040")).toBe(true);
    const middle = await studio.drawn();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    expect(await studio.drawn()).not.toBe(middle);
    await page.keyboard.press("z");
    expect(await studio.drawn()).toBe(middle);

    await page.getByRole("button", { name: "Flip left and right" }).click();
    expect(near(await layers.at(0.68, 0.5), "#ffffff")).toBe(true);
    await page.keyboard.press("z");

    const turn = await layers.middleOf(layers.handle("rotate"));
    const center = await layers.point(0.5, 0.5);
    const quarter = { x: center.x + (center.y - turn.y), y: center.y };
    const box = await studio.sketch.locator("canvas").first().boundingBox();
    if (box === null) throw new Error("no sketch");
    await layers.pull(turn, (quarter.x - turn.x) / box.width, (quarter.y - turn.y) / box.height, ["Shift"]);
    await expect(page.getByRole("textbox", { name: "Turn" })).toHaveValue("90");
    expect(near(await layers.at(0.5, 0.32), "#ffffff")).toBe(true);
    expect(near(await layers.at(0.5, 0.7), "#c02040")).toBe(true);
    const turned = await studio.drawn();

    await page.reload();
    await studio.connected();
    await expect.poll(studio.drawn).toBe(turned);
    for (let i = 0; i < 3; i++) await page.keyboard.press("z");
    expect(await studio.drawn()).toBe(pasted);
    await page.keyboard.press("z");
    await expect(layers.rows).toHaveCount(1);
  },
);

layersTest(
  "a picture is cropped by its handles, aligned to the canvas, and drawn to another layer's edge",
  async ({ layers, page, studio }) => {
    await layers.open();
    await page.keyboard.press("Shift+Delete");
    await layers.paste();
    const red = await layers.at(0.9, 0.5);
    expect(await layers.at(0.1, 0.5)).not.toBe(red);
    await page.getByRole("button", { name: "Crop the picture" }).click();
    await layers.pull(await layers.middleOf(layers.handle("w")), 0.5, 0);
    expect(await layers.at(0.1, 0.5)).toBe("");
    expect(await layers.at(0.6, 0.5)).toBe(red);
    await layers.pull(await layers.middleOf(layers.handle("w")), -0.45, 0);
    expect(await layers.at(0.1, 0.5)).not.toBe("");
    await page.keyboard.press("z");
    await page.getByRole("button", { name: "Crop the picture" }).click();

    await page.getByRole("button", { name: "Align to the canvas" }).click();
    await page.getByRole("button", { name: "Left edges" }).click();
    await page.keyboard.press("Escape");
    expect(await layers.at(0.02, 0.5)).toBe(red);
    expect(await layers.at(0.52, 0.5)).toBe("");

    // A copy's lower edge goes to the other's upper edge, though it is let go a little beside it.
    await page.keyboard.press("Control+j");
    await layers.pull(await layers.point(0.2, 0.5), 0, -0.507);
    expect(await layers.at(0.2, 0.245)).toBe(red);
    expect(await layers.at(0.2, 0.252)).toBe(red);

    // Both are picked, the other one with Shift, and move together.
    const lower = await layers.point(0.2, 0.6);
    await page.keyboard.down("Shift");
    await page.mouse.click(lower.x, lower.y);
    await page.keyboard.up("Shift");
    await layers.pull(lower, 0.3, 0);
    expect(await layers.at(0.75, 0.1)).toBe(red);
    expect(await layers.at(0.75, 0.6)).toBe(red);
    expect(await layers.at(0.2, 0.6)).toBe("");

    // The handles of the box around them scale both, each in its place to the other, and turn both.
    const apart = await studio.drawn();
    await layers.pull(await layers.middleOf(layers.handle("nw")), 0.25, 0.5);
    expect(await layers.at(0.75, 0.1)).toBe("");
    const small = await studio.drawn();
    await layers.pull(await layers.middleOf(layers.handle("rotate")), 0.3, 0.3, ["Shift"]);
    await expect.poll(studio.drawn).not.toBe(small);
    for (const before of [small, apart]) {
      await page.keyboard.press("z");
      await expect.poll(studio.drawn).toBe(before);
    }
  },
);

layersTest(
  "a stroke on a turned and scaled layer lands where the pen was",
  async ({ layers, page, studio }) => {
    await layers.open();
    await layers.add();
    await layers.pick(LAVA);
    await studio.stroke([0.4, 0.4], [0.6, 0.6]);
    await page.keyboard.press("v");
    await page.getByRole("textbox", { name: "Turn" }).fill("40");
    await page.keyboard.press("Enter");
    await page.getByRole("textbox", { name: "Size" }).fill("50");
    await page.keyboard.press("Enter");
    await page.keyboard.press("b");
    const snow = await layers.pick(SNOW);
    await studio.stroke([0.05, 0.1], [0.95, 0.1], [0.95, 0.9]);
    expect(near(await layers.at(0.5, 0.1), snow)).toBe(true);
    expect(near(await layers.at(0.95, 0.5), snow)).toBe(true);
    await page.keyboard.press("g");
    const lava = await layers.pick(LAVA);
    await page.keyboard.press("g");
    await studio.stroke([0.5, 0.1]);
    expect(near(await layers.at(0.7, 0.1), lava)).toBe(true);
  },
);

layersTest(
  "the render becomes a layer with one press, and can be painted on",
  async ({ layers, page, studio }) => {
    await studio.render.hover();
    await page.getByRole("button", { name: "Make the render a layer" }).click();
    await layers.open();
    await expect.poll(layers.names).toEqual(["Render", "Sketch"]);
    // What the render shows now came from the layer; what the layer shows was the render.
    const applied = await studio.drawn();
    const lava = await layers.pick(LAVA);
    await studio.stroke([0.2, 0.2], [0.8, 0.2]);
    expect(await layers.names()).toEqual(["Layer 3", "Render", "Sketch"]);
    expect(await layers.at(0.5, 0.2)).toBe(lava);
    // The stroke and the layer that was made for it are one step.
    await page.keyboard.press("z");
    expect(await studio.drawn()).toBe(applied);
    expect(await layers.names()).toEqual(["Render", "Sketch"]);
    await page.keyboard.press("z");
    expect(await layers.names()).toEqual(["Sketch"]);
  },
);

layersTest(
  "the layer made of the render has the render's colours, and so has the eyedropper",
  async ({ layers, page, studio }) => {
    const colorOf = (x: number, y: number) =>
      studio.canvas.evaluate(
        (element, [u, v]) => {
          const canvas = element as HTMLCanvasElement;
          const [r = 0, g = 0, b = 0] =
            canvas.getContext("2d")?.getImageData(u * canvas.width, v * canvas.height, 1, 1).data ?? [];
          return `#${((r << 16) | (g << 8) | b).toString(16).padStart(6, "0")}`;
        },
        [x, y] as const,
      );
    const sky = await colorOf(0.7, 0.05);
    const before = await studio.drawn();
    await page.keyboard.press("Shift+A");
    await expect.poll(studio.drawn).not.toBe(before);
    expect(near(await layers.at(0.7, 0.05), sky, 16)).toBe(true);

    // The eyedropper takes colours from the render too.
    await page.keyboard.press("z");
    await expect.poll(studio.drawn).toBe(before);
    await studio.settled();
    await page.keyboard.press("i");
    const box = await studio.canvas.boundingBox();
    if (box === null) throw new Error("no render");
    await page.mouse.click(box.x + box.width * 0.3, box.y + box.height * 0.05);
    const shown = await colorOf(0.3, 0.05);
    await page.keyboard.press("b");
    await studio.stroke([0.2, 0.2], [0.5, 0.2]);
    expect(near(await layers.at(0.35, 0.2), shown, 8)).toBe(true);
  },
);

layersTest(
  "text is written on the canvas, written again, and gone when it is empty",
  async ({ layers, page, studio }) => {
    await layers.open();
    const snow = await layers.pick(SNOW);
    const before = await studio.drawn();
    await page.keyboard.press("t");
    const where = await layers.point(0.2, 0.5);
    await page.mouse.click(where.x, where.y);
    await expect(page.getByRole("textbox", { name: "Text of the layer" })).toBeFocused();
    await page.keyboard.type("IIIIIIII");
    expect(await layers.names()).toEqual(["IIIIIIII", "Sketch"]);
    const lit = async () => {
      const seen = await Promise.all(Array.from({ length: 60 }, (_, i) => layers.at(0.2 + i * 0.004, 0.5)));
      return seen.filter((color) => near(color || "#000000", snow)).length;
    };
    expect(await lit()).toBeGreaterThan(5);
    const small = await studio.drawn();
    await page.getByRole("textbox", { name: "Size", exact: true }).fill("160");
    await page.keyboard.press("Enter");
    expect(await studio.drawn()).not.toBe(small);
    const lava = await layers.pick(LAVA);
    expect(await lit()).toBe(0);
    await page.getByRole("button", { name: "Done" }).click();
    await expect(page.getByRole("textbox", { name: "Text of the layer" })).toBeHidden();
    const written = await studio.drawn();

    // With the text tool on its words: into the same text.
    await page.mouse.click(where.x + 10, where.y);
    await expect(page.getByRole("textbox", { name: "Text of the layer" })).toBeFocused();
    await page.keyboard.press("Control+A");
    await page.keyboard.type("O");
    await page.keyboard.press("Escape");
    expect(await layers.names()).toEqual(["O", "Sketch"]);
    await page.keyboard.press("z");
    expect(await studio.drawn()).toBe(written);
    // All that was typed, sized and coloured in one go is one step.
    await page.keyboard.press("z");
    expect(await studio.drawn()).toBe(before);
    expect(lava).not.toBe(snow);

    await page.mouse.click(where.x, where.y);
    await expect(layers.rows).toHaveCount(2);
    await page.keyboard.press("Escape");
    await expect(layers.rows).toHaveCount(1);
  },
);

layersTest(
  "a locked or hidden layer takes no stroke, and says so with the way out",
  async ({ layers, page, studio }) => {
    await layers.open();
    await layers.pick(LAVA);
    const before = await studio.drawn();
    await page.keyboard.press("/");
    await studio.stroke([0.2, 0.2], [0.6, 0.2]);
    expect(await studio.drawn()).toBe(before);
    await expect(page.getByText("“Sketch” is locked")).toBeVisible();
    await studio.sketch.getByRole("button", { name: "Unlock" }).click();
    await studio.stroke([0.2, 0.2], [0.6, 0.2]);
    expect(await studio.drawn()).not.toBe(before);
    await page.keyboard.press("Control+,");
    expect(await layers.at(0.5, 0.5)).toBe("");
    await studio.stroke([0.2, 0.4], [0.6, 0.4]);
    await expect(page.getByText("“Sketch” is hidden")).toBeVisible();
    expect(await layers.at(0.4, 0.4)).toBe("");
  },
);

layersTest(
  "layers are walked, moved, renamed, copied and deleted by keyboard",
  async ({ layers, page, studio }) => {
    await layers.open();
    await page.keyboard.press("n");
    await layers.pick(LAVA);
    await studio.stroke([0.2, 0.5], [0.8, 0.5]);
    const drawn = await studio.drawn();
    await page.keyboard.press("Control+j");
    expect(await layers.names()).toEqual(["Layer 2 copy", "Layer 2", "Sketch"]);
    await layers.row("Layer 2 copy").focus();
    await page.keyboard.press("F2");
    await page.getByRole("textbox", { name: "Name of the layer" }).fill("Mist");
    await page.keyboard.press("Enter");
    expect(await layers.names()).toEqual(["Mist", "Layer 2", "Sketch"]);
    await layers.row("Mist").focus();
    await page.keyboard.press("Alt+ArrowDown");
    expect(await layers.names()).toEqual(["Layer 2", "Mist", "Sketch"]);
    await expect(layers.panel.getByRole("status")).toHaveText("Mist, 2 of 3");
    await expect(layers.row("Mist")).toBeFocused();
    await page.keyboard.press("ArrowUp");
    await expect(layers.row("Layer 2")).toBeFocused();
    await page.keyboard.press("Delete");
    expect(await layers.names()).toEqual(["Mist", "Sketch"]);
    expect(await studio.drawn()).toBe(drawn);
    await page.keyboard.press("z");
    expect(await layers.names()).toEqual(["Layer 2", "Mist", "Sketch"]);
    expect(await studio.nameless()).toEqual([]);
  },
);

layersTest(
  "a document that was kept before there were layers opens as it was",
  async ({ layers, page, studio }) => {
    const stored = [...readFileSync(new URL("../src/doc/before-layers.fixture.bin", import.meta.url))];
    await page.evaluate(
      (bytes) =>
        new Promise<void>((resolve) => {
          const opening = indexedDB.open("lightbrush");
          opening.onsuccess = () => {
            const updates = opening.result.transaction("updates", "readwrite").objectStore("updates");
            updates.clear();
            updates.add(Uint8Array.from(bytes)).onsuccess = () => resolve();
          };
        }),
      stored,
    );
    await page.reload();
    await studio.connected();
    await expect(page.getByTestId("chip")).toHaveCount(2);
    await layers.open();
    expect(await layers.names()).toEqual(["Sketch"]);
    // The rectangle that was drawn last; the sky where it was erased is bare.
    expect(await layers.at(0.2, 0.7)).toBe(await layers.at(0.15, 0.65));
    expect(await layers.at(0.5, 0.2)).toBe("");
    await layers.add();
    await layers.pick(LAVA);
    await studio.stroke([0.4, 0.2], [0.6, 0.2]);
    expect(await layers.at(0.5, 0.2)).not.toBe("");
  },
);

layersTest(
  "on a phone the panel lies over the render, and one draws below it",
  async ({ layers, page, studio }) => {
    await page.setViewportSize({ width: 360, height: 740 });
    await layers.open();
    const [panel, sketch] = await Promise.all([
      layers.panel.boundingBox(),
      studio.sketch.locator("canvas").first().boundingBox(),
    ]);
    expect((panel?.y ?? 0) + (panel?.height ?? 0)).toBeLessThanOrEqual((sketch?.y ?? 0) + 1);
    await layers.add();
    const before = await studio.drawn();
    await studio.stroke([0.2, 0.3], [0.8, 0.3]);
    expect(await studio.drawn()).not.toBe(before);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBe(360);
  },
);
