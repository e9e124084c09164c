import { createHash } from "node:crypto";
import type { Locator, Page } from "@playwright/test";
import { expect, type StudioPage, test } from "./taught";

/** A real PNG, encoded by the browser. */
const picture = async (page: Page, color: string, side = 64): Promise<Buffer> =>
  Buffer.from(
    await page.evaluate(
      async ([fill, size]) => {
        const canvas = new OffscreenCanvas(size, size);
        const context = canvas.getContext("2d");
        if (context === null) throw new Error("no canvas");
        context.fillStyle = fill;
        context.fillRect(0, 0, size, size);
        const blob = await canvas.convertToBlob({ type: "image/png" });
        return [...new Uint8Array(await blob.arrayBuffer())];
      },
      [color, side] as const,
    ),
  );
const hashOf = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

const dropOn = (target: Locator, files: readonly { name: string; bytes: Buffer }[]) =>
  target.evaluate(
    (element, dropped) => {
      const data = new DataTransfer();
      for (const { name, bytes } of dropped)
        data.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
      const at = { bubbles: true, cancelable: true, dataTransfer: data };
      element.dispatchEvent(new DragEvent("dragover", at));
      element.dispatchEvent(new DragEvent("drop", at));
    },
    files.map(({ name, bytes }) => ({ name, bytes: [...bytes] })),
  );

/** Remember what the render shows, in the page. */
const remember = (studio: StudioPage): Promise<void> =>
  studio.canvas.evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const shown = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height);
    (window as unknown as { shown: ImageData | undefined }).shown = shown;
  });

/** How many pixels are not as remembered, inside and outside of a square in the middle, given in fractions. */
const difference = (studio: StudioPage, low: number, high: number) =>
  studio.canvas.evaluate(
    (element, [from, to]) => {
      const canvas = element as HTMLCanvasElement;
      const { width, height } = canvas;
      const now = new Uint32Array(
        canvas.getContext("2d")?.getImageData(0, 0, width, height).data.buffer ?? [],
      );
      const then = new Uint32Array((window as unknown as { shown: ImageData }).shown.data.buffer);
      const count = { inside: 0, outside: 0 };
      now.forEach((pixel, i) => {
        const x = (i % width) / width;
        const y = Math.floor(i / width) / height;
        const within = x >= from && x <= to && y >= from && y <= to;
        if (pixel !== then[i]) count[within ? "inside" : "outside"] += 1;
      });
      return count;
    },
    [low, high] as const,
  );

const dock = (page: Page) => page.getByRole("region", { name: "Prompts" }).getByRole("list");
const bar = (page: Page) => page.getByRole("group", { name: "Mask" });

test.describe("pictures as prompts", () => {
  test("a picture dropped onto the prompts is sent once and weighs in; what was lost is sent again, what is large is made smaller", async ({
    page,
    studio,
    taught,
  }) => {
    await studio.settled();
    const bytes = await picture(page, "#c04020");
    const sha256 = hashOf(bytes);
    await dropOn(dock(page), [{ name: "sunset.png", bytes }]);
    const weight = page.getByRole("slider", { name: "Weight of sunset.png" });
    await expect(weight).toHaveAttribute("aria-valuenow", "1");
    await expect.poll(async () => (await taught.last())?.references).toEqual([{ sha256, weight: 1 }]);
    await weight.focus();
    await page.keyboard.press("Home");
    await expect.poll(async () => (await taught.last())?.references).toEqual([{ sha256, weight: -2 }]);
    await page.reload();
    await studio.connected();
    await expect(weight).toHaveAttribute("aria-valuetext", "less of, 2");
    await expect.poll(async () => (await taught.last())?.references).toEqual([{ sha256, weight: -2 }]);
    await page.getByRole("button", { name: "Remove picture prompt: sunset.png" }).click();
    await expect.poll(async () => (await taught.last())?.references).toEqual([]);
    await page.keyboard.press("z");
    await expect(weight).toBeVisible();
    expect(taught.sent.get(sha256)).toBe(1);

    // What the server lost is sent again, and the shot after it.
    await expect.poll(async () => (await taught.last())?.references).toEqual([{ sha256, weight: -2 }]);
    const before = (await taught.shots()).length;
    await taught.forget(sha256);
    await expect.poll(() => taught.sent.get(sha256)).toBe(2);
    await expect.poll(async () => (await taught.shots()).length).toBe(before + 1);
    await expect(page.getByText("no such asset")).toBeHidden();

    // A large picture is scaled down before it travels.
    const broad = await picture(page, "#208040", 2048);
    await dropOn(dock(page), [{ name: "large.png", bytes: broad }]);
    await expect.poll(async () => (await taught.last())?.references.length).toBe(2);
    expect((await taught.last())?.references[1]?.sha256).not.toBe(hashOf(broad));
    const shown = page.getByRole("listitem").filter({ has: page.getByRole("slider", { name: /large/ }) });
    await expect
      .poll(() => shown.locator("img").evaluate((image) => (image as HTMLImageElement).naturalWidth))
      .toBe(1024);
  });

  test("what cannot be used is said at the prompts", async ({ page, studio, taught }) => {
    await studio.settled();
    const input = page.getByLabel("Picture file");
    await input.setInputFiles({ name: "notes.png", mimeType: "image/png", buffer: Buffer.from("hello") });
    await expect(page.getByText("This file cannot be read as a picture")).toBeVisible();
    await page.getByRole("button", { name: "Dismiss" }).click();
    const files = await Promise.all(["#f00", "#0f0", "#00f"].map((color) => picture(page, color)));
    await dropOn(
      dock(page),
      files.map((bytes, i) => ({ name: `${i}.png`, bytes })),
    );
    await expect(page.getByText("This engine takes at most 2 pictures")).toBeVisible();
    await expect(page.getByTestId("chip")).toHaveCount(3);
    await page.getByRole("button", { name: "Dismiss" }).click();
    await page.getByRole("button", { name: "Remove picture prompt: 1.png" }).click();
    taught.refusal = { code: "pixels.format", message: "the picture is damaged" };
    await dropOn(dock(page), [{ name: "odd.png", bytes: await picture(page, "#123456") }]);
    await expect(page.getByText("The picture is damaged")).toBeVisible();
    await expect.poll(async () => (await taught.last())?.references.length).toBe(1);
  });
});

test.describe("masks", () => {
  const paint = async (studio: StudioPage, page: Page, on: "sketch" | "render") => {
    await page.keyboard.press("m");
    const box = await (on === "sketch"
      ? studio.sketch.locator("canvas").first()
      : studio.canvas
    ).boundingBox();
    if (box === null) throw new Error("no pane");
    await page.mouse.move(box.x + box.width * 0.45, box.y + box.height * 0.5);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.55, box.y + box.height * 0.5, { steps: 6 });
    await page.mouse.up();
  };

  test("only what is masked renders anew, in the mask's own words", async ({ page, studio, taught }) => {
    await studio.settled();
    await remember(studio);
    await paint(studio, page, "render");
    await expect(bar(page)).toBeVisible();
    await expect.poll(async () => (await taught.last())?.masked).toBeGreaterThan(0.002);
    const { base, prompts, masked } = (await taught.last()) ?? {};
    expect(taught.sent.get(String(base))).toBe(1);
    expect(masked).toBeLessThan(0.05);
    expect(prompts).toEqual([["alpine lake, clear sky", 1]]);
    await bar(page).getByRole("textbox", { name: "Only here" }).fill("deep snow, night");
    await expect.poll(async () => (await taught.last())?.prompts).toEqual([["deep snow, night", 1]]);
    await expect.poll(async () => (await difference(studio, 0.4, 0.6)).inside).toBeGreaterThan(50);
    await studio.settled();
    expect((await difference(studio, 0.4, 0.6)).outside).toBe(0);
    await bar(page).getByRole("button", { name: "Invert the mask" }).click();
    await expect.poll(async () => (await taught.last())?.masked).toBeGreaterThan(0.9);
  });

  test("what is selected becomes the mask, and the mask what is selected", async ({
    page,
    studio,
    taught,
  }) => {
    await studio.settled();
    await remember(studio);
    await page.keyboard.press("q");
    await studio.stroke([0.4, 0.4], [0.6, 0.6]);
    await page.keyboard.press("Shift+m");
    await expect(bar(page)).toBeVisible();
    await expect.poll(async () => (await taught.last())?.masked).toBeCloseTo(0.04, 2);
    await bar(page).getByRole("textbox", { name: "Only here" }).fill("snow");
    await expect.poll(async () => (await taught.last())?.prompts).toEqual([["snow", 1]]);
    await expect.poll(async () => (await difference(studio, 0.39, 0.61)).inside).toBeGreaterThan(50);
    await studio.settled();
    expect((await difference(studio, 0.39, 0.61)).outside).toBe(0);
    await expect(page.getByTestId("ants")).toBeHidden();
    await bar(page).getByRole("button", { name: "Select what the mask covers" }).click();
    await expect(page.getByTestId("ants")).toBeVisible();
  });

  test("strokes are undone one by one, and with the last one the mask is gone", async ({
    page,
    studio,
    taught,
  }) => {
    const before = await studio.settled();
    await paint(studio, page, "sketch");
    await expect.poll(async () => (await taught.last())?.base).not.toBe("");
    await page.keyboard.press("Shift+Z");
    await page.keyboard.press("z");
    await expect(bar(page)).toBeHidden();
    await expect.poll(async () => (await taught.last())?.base).toBe("");
    await expect.poll(studio.pixels).toBe(before);
    await page.keyboard.press("Shift+Z");
    await expect(bar(page)).toBeVisible();
    await bar(page)
      .getByRole("button", { name: /^Clear the mask/ })
      .click();
    await expect(bar(page)).toBeHidden();
  });

  test("a picture that is done stays, across a reload, until the sketch is edited", async ({
    page,
    studio,
    taught,
  }) => {
    const before = await studio.settled();
    await paint(studio, page, "render");
    await bar(page).getByRole("textbox", { name: "Only here" }).fill("deep snow, night");
    await expect.poll(async () => (await taught.last())?.prompts).toEqual([["deep snow, night", 1]]);
    const composed = await studio.changedFrom(before);
    await bar(page).getByRole("button", { name: "Done" }).click();
    await expect(page.getByText("This picture is kept")).toBeVisible();
    expect(await studio.pixels()).toBe(composed);
    await page.reload();
    await studio.connected();
    await expect(page.getByText("This picture is kept")).toBeVisible();
    await expect.poll(studio.pixels).toBe(composed);
    expect(await taught.shots()).toEqual([]);
    await page.keyboard.press("e");
    await studio.stroke([0.1, 0.1], [0.9, 0.5]);
    await expect(bar(page)).toBeHidden();
    await expect.poll(async () => (await taught.last())?.base).toBe("");
    await studio.changedFrom(composed);
    await page.keyboard.press("z");
    await expect.poll(studio.pixels).toBe(composed);
    await page.getByRole("button", { name: "Let it go" }).click();
    await expect.poll(studio.pixels).toBe(before);
  });
});

test("tweaks are said when they are moved, and a double-click takes them back; a wide size loses nothing", async ({
  page,
  studio,
  taught,
}) => {
  await studio.settled();
  expect((await taught.last())?.parameters).not.toHaveProperty("season");
  await page.keyboard.press("p");
  const season = page.getByRole("slider", { name: "Season" });
  await expect(season).toHaveAccessibleDescription("Winter to autumn");
  await season.focus();
  await page.keyboard.press("ArrowLeft");
  await expect.poll(async () => (await taught.last())?.parameters.season).toBe(-0.01);
  await season.dblclick();
  await expect(season).toHaveAttribute("aria-valuenow", "0");
  await expect.poll(async () => (await taught.last())?.parameters.season).toBeUndefined();

  // A wide size shows more at both sides, and going back loses nothing.
  await studio.stroke([0.1, 0.1], [0.5, 0.5]);
  const square = await studio.drawn();
  const sizeOf = () =>
    studio.sketch
      .locator("canvas")
      .first()
      .evaluate((c) => [(c as HTMLCanvasElement).width, (c as HTMLCanvasElement).height]);
  const size = page.getByRole("combobox", { name: /^Size/ });
  const before = await size.inputValue();
  await size.selectOption("448x256");
  await expect.poll(sizeOf).toEqual([1792, 1024]);
  await expect.poll(taught.last).toMatchObject({ width: 448, height: 256 });
  const box = await studio.sketch.locator("canvas").first().boundingBox();
  expect((box?.width ?? 0) / (box?.height ?? 1)).toBeCloseTo(1.75, 1);
  await size.selectOption(before);
  await expect.poll(studio.drawn).toBe(square);
});

test("a morph travels between two looks, and a chip that is touched leads again", async ({
  page,
  studio,
  taught,
}) => {
  await studio.settled();
  await page.keyboard.press("p");
  await page.getByRole("button", { name: "Morph" }).click();
  await page.getByRole("button", { name: "Set A" }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "New seed" }).click();
  await page.getByRole("button", { name: "Add a prompt" }).click();
  await page.keyboard.type("deep snow");
  await page.keyboard.press("Enter");
  const own = (await taught.last()) ?? { seed: -1 };
  await page.getByRole("button", { name: "Set B" }).click();
  const slider = page.getByRole("slider", { name: "Morph from A to B" });
  await expect(slider).toHaveAttribute("aria-valuenow", "1");
  await slider.focus();
  await page.keyboard.press("Home");
  await expect.poll(taught.last).toMatchObject({
    prompts: [["alpine lake, clear sky", 1]],
    seed: 1,
    seedTo: own.seed,
    seedMix: 0,
  });
  for (let i = 0; i < 5; i++) await page.keyboard.press("PageUp");
  await expect.poll(taught.last).toMatchObject({ seed: 1, seedTo: own.seed, seedMix: 0.5 });
  expect((await taught.last())?.prompts).toEqual([
    ["alpine lake, clear sky", 1],
    ["deep snow", 0.5],
  ]);
  await expect(dock(page)).toContainText("Morph50%");
  const weight = page.getByRole("slider", { name: "Weight of deep snow" });
  await weight.focus();
  await page.keyboard.press("ArrowLeft");
  await expect(dock(page)).not.toContainText("Morph");
  await expect.poll(taught.last).toMatchObject({ seed: own.seed, seedMix: 0 });
});

test("a picture dropped on the sketch is a layer; all that can be pressed has a name, and its key is in the sheet", async ({
  page,
  studio,
}) => {
  await studio.settled();
  // A picture is a layer where it is dropped on the sketch, and a prompt where on the prompts.
  const before = await studio.drawn();
  await dropOn(studio.sketch, [{ name: "red.png", bytes: await picture(page, "#ff0000") }]);
  await expect.poll(studio.drawn).not.toBe(before);
  await expect(page.getByTestId("chip")).toHaveCount(1);
  await dropOn(dock(page), [{ name: "red.png", bytes: await picture(page, "#ff0000") }]);
  await expect(page.getByTestId("chip")).toHaveCount(2);
  await page.keyboard.press("m");
  await studio.stroke([0.4, 0.4], [0.6, 0.5]);
  await expect(bar(page)).toBeVisible();
  await page.keyboard.press("p");
  await page.getByRole("button", { name: "Morph" }).click();
  await page.getByRole("button", { name: "Set A" }).click();
  await page.getByRole("button", { name: "Set B" }).click();
  await expect(page.getByRole("slider", { name: "Morph from A to B" })).toBeVisible();
  expect(await studio.nameless()).toEqual([]);
  await page.getByRole("button", { name: "Shortcuts" }).click();
  await expect(page.getByRole("dialog").getByText("Mask: render only here")).toBeVisible();
});

test("a morph plays while drawing goes on, and not where less motion is asked for", async ({
  page,
  studio,
  taught,
}) => {
  await studio.settled();
  await page.keyboard.press("p");
  await page.getByRole("button", { name: "Morph" }).click();
  await page.getByRole("button", { name: "Set A" }).click();
  await expect(page.getByRole("button", { name: "Forget look A" })).toBeVisible();
  await page.getByRole("button", { name: "New seed" }).click();
  await page.getByRole("button", { name: "Set B" }).click();
  await page.getByRole("slider", { name: "Morph from A to B" }).focus();
  await page.keyboard.press("Home");
  await page.getByRole("button", { name: /^Play/ }).click();
  const mixes = async () => new Set((await taught.shots()).map((shot) => shot.seedMix)).size;
  await expect.poll(mixes).toBeGreaterThan(4);
  const before = await studio.drawn();
  await studio.stroke([0.2, 0.2], [0.5, 0.4]);
  expect(await studio.drawn()).not.toBe(before);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByRole("button", { name: /^Play/ })).toBeEnabled();
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.reload();
  await studio.connected();
  await expect(page.getByRole("button", { name: /^Play: off/ })).toBeDisabled();
});

test.describe("on an upright phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test("the mask's bar takes the prompts' place and fits", async ({ page, studio }) => {
    await studio.settled();
    await page.getByRole("button", { name: "Mask: render only here" }).tap();
    const box = await studio.sketch.boundingBox();
    if (box === null) throw new Error("no sketch");
    await page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2);
    await expect(bar(page)).toBeInViewport({ ratio: 1 });
    await expect(page.getByTestId("chip")).toBeHidden();
    const buttons = await bar(page)
      .getByRole("button")
      .evaluateAll((all) =>
        all
          .map((e) => e.getBoundingClientRect())
          .filter(({ right, width, height }) => right > window.innerWidth || Math.min(width, height) < 44),
      );
    expect(buttons).toEqual([]);
    await bar(page).getByRole("button", { name: "Done" }).tap();
    await page.getByRole("button", { name: "Let it go" }).tap();
    await expect(page.getByTestId("chip")).toBeVisible();
  });
});
