import { expect, test } from "./studio";

test("the sheet of shortcuts, what Tab hides, letters in a list, and C held", async ({ studio, page }) => {
  await studio.settled();
  await page.keyboard.press("?");
  const sheet = page.getByRole("dialog", { name: "Shortcuts" });
  await expect(sheet).toBeVisible();
  for (const label of [
    "Swap the two colours",
    "Delete what is selected", // though nothing is
    "Mask: render only here",
    "Keep a snapshot",
    "The filmstrip: go back to any moment",
    "Record video, or stop and save it",
  ])
    await expect(sheet.getByText(label)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(sheet).toBeHidden();

  // Holding C shows the sketch in the render's place.
  const sketch = studio.render.locator("canvas").last();
  await expect(sketch).toBeHidden();
  await page.keyboard.down("c");
  await expect(sketch).toBeVisible();
  await page.keyboard.up("c");
  await expect(sketch).toBeHidden();

  // Tab hides every control and brings them back; Shift Tab walks into them.
  await page.keyboard.press("Tab");
  await expect(page.getByRole("toolbar", { name: "Tools" })).toBeHidden();
  await expect(page.getByRole("banner")).toBeHidden();
  await expect(page.getByText("shows the controls again")).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("toolbar", { name: "Tools" })).toBeVisible();
  await page.keyboard.press("Shift+Tab");
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe("BUTTON");

  // Letters pick from a list that has the focus, and are no shortcuts there.
  await page.keyboard.press("p");
  await page.getByRole("combobox", { name: "Size" }).focus();
  await page.keyboard.press("e");
  await expect(page.getByRole("button", { name: "Brush", exact: true })).toHaveAttribute(
    "aria-pressed",
    "true",
  );

  // Everything that can be pressed has a name.
  await expect(page.getByRole("complementary", { name: "Settings" })).toBeVisible();
  await page.getByRole("button", { name: /^Colour:/ }).click();
  expect(await studio.nameless()).toEqual([]);
});

test("Space is the hand, also after a click; the rail has one button for the shapes, and keeps the last one", async ({
  page,
  studio,
}) => {
  await studio.settled();
  await page.getByRole("button", { name: "Fill", exact: true }).click();
  await page.keyboard.down(" ");
  await expect(studio.sketch).toHaveCSS("cursor", "grab");
  await page.keyboard.up(" ");
  await expect(studio.sketch).toHaveCSS("cursor", "crosshair");
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("button", { name: "Draw a shape" })).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press(" ");
  await expect(page.getByRole("button", { name: "Select a part" })).toHaveAttribute("aria-pressed", "true");

  const rail = page.getByRole("toolbar", { name: "Tools" }).getByRole("button", { name: "Draw a shape" });
  await rail.click();
  const bar = page.getByRole("group", { name: "Shape", exact: true });
  await expect(bar.getByRole("button", { name: "Rectangle" })).toHaveAttribute("aria-pressed", "true");
  await bar.getByRole("button", { name: "Arrow" }).click();
  // A box that was ticked takes no letters.
  await bar.getByRole("checkbox", { name: "Stays editable" }).check();
  await page.keyboard.press("b");
  await expect(bar).toBeHidden();
  await rail.click();
  await expect(bar.getByRole("button", { name: "Arrow" })).toHaveAttribute("aria-pressed", "true");
});

test("in a low window and above the timeline every material is in sight; in a small one the prompts are in reach", async ({
  page,
  studio,
}) => {
  await page.setViewportSize({ width: 1280, height: 700 });
  await studio.settled();
  const materials = page.getByRole("group", { name: "Materials" }).getByRole("button");
  await expect(materials.last()).toBeInViewport({ ratio: 1 });
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.keyboard.press("Shift+T");
  const timeline = page.getByRole("region", { name: "Timeline" });
  await expect(timeline).toBeVisible();
  await expect(materials.last()).toBeInViewport({ ratio: 1 });
  await page.keyboard.press("Shift+T");
  await expect(timeline).toBeHidden();

  await page.setViewportSize({ width: 900, height: 700 });
  for (const text of ["a valley with a river", "birches in the mist", "early in spring"]) {
    await page.getByRole("button", { name: "Add a prompt" }).click();
    await page.keyboard.type(text);
    await page.keyboard.press("Enter");
  }
  await page.keyboard.press("p");
  const settings = await page.getByRole("complementary", { name: "Settings" }).boundingBox();
  const pictures = page.getByRole("button", { name: "Add a picture as a prompt" });
  await expect
    .poll(async () => {
      const boxes = await Promise.all(
        [...(await page.getByTestId("chip").all()), pictures].map((e) => e.boundingBox()),
      );
      return Math.max(...boxes.map((box) => (box === null ? Number.NaN : box.x + box.width)));
    })
    .toBeLessThan(settings?.x ?? 0);
});

test("what can do nothing now says what it is; the divider snaps and returns; a chip passes the focus on", async ({
  page,
  studio,
}) => {
  await studio.settled();
  const undo = page.getByRole("button", { name: "Undo" });
  await undo.hover({ force: true });
  await expect(page.getByRole("tooltip", { name: /^Undo/ })).toBeVisible();
  await studio.stroke([0.3, 0.3], [0.6, 0.6]);
  await undo.press("Enter");
  await expect(undo).toBeDisabled();
  await expect(undo).toBeFocused();

  const divider = page.getByRole("separator", { name: /Divider/ });
  const box = await divider.boundingBox();
  if (box === null) throw new Error("no divider");
  await page.mouse.move(box.x + box.width / 2, 300);
  await page.mouse.down();
  await page.mouse.move(1278, 300, { steps: 6 });
  await page.mouse.up();
  await expect(divider).toHaveAttribute("aria-valuenow", "100");
  await studio.stroke([0.3, 0.3], [0.6, 0.6]);
  await expect(page.getByRole("button", { name: "Undo" })).toBeEnabled();
  await divider.dblclick();
  await expect(divider).toHaveAttribute("aria-valuenow", "50");

  const add = page.getByRole("button", { name: "Add a prompt" });
  await add.click();
  await page.keyboard.type("rain");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: /^Remove prompt: alpine/ }).press("Enter");
  await expect(page.getByRole("button", { name: "Edit prompt: rain" })).toBeFocused();
  await page.getByRole("button", { name: "Remove prompt: rain" }).press("Enter");
  await expect(add).toBeFocused();
});

test.describe("on a tablet", () => {
  test.use({ viewport: { width: 1024, height: 768 }, hasTouch: true, isMobile: true });

  test("every tool is in sight and large", async ({ page, studio }) => {
    await studio.settled();
    for (const button of await page.getByRole("toolbar").getByRole("button").all()) {
      await expect(button).toBeInViewport({ ratio: 1 });
      const box = await button.boundingBox();
      expect(Math.min(box?.width ?? 0, box?.height ?? 0), await button.ariaSnapshot()).toBeGreaterThanOrEqual(
        44,
      );
    }
  });
});

test.describe("on an upright tablet", () => {
  test.use({ viewport: { width: 820, height: 1180 }, hasTouch: true, isMobile: true });

  test("the render is above the canvas, and the divider between them is dragged to its ends and back", async ({
    page,
    studio,
  }) => {
    await studio.settled();
    await expect(page.getByText("Draw down here")).toBeVisible();
    const above = await studio.render.boundingBox();
    const below = await studio.sketch.boundingBox();
    expect((above?.y ?? 0) + (above?.height ?? 0)).toBe(below?.y);
    const divider = page.getByRole("separator", { name: /Divider/ });
    await expect(divider).toHaveAttribute("aria-orientation", "horizontal");
    for (const [y, value] of [
      [60, "100"],
      [1100, "0"],
    ] as const) {
      const box = await divider.boundingBox();
      await page.mouse.move(600, (box?.y ?? 0) + (box?.height ?? 0) / 2);
      await page.mouse.down();
      await page.mouse.move(600, y, { steps: 6 });
      await page.mouse.up();
      await expect(divider).toHaveAttribute("aria-valuenow", value);
    }
    await divider.press("ArrowUp");
    await expect(divider).toHaveAttribute("aria-valuenow", "5");
    await divider.dblclick({ position: { x: 600, y: 8 } });
    await expect(divider).toHaveAttribute("aria-valuenow", "50");
  });

  test("the bar and what is done with layers stay inside the window", async ({ page, studio }) => {
    await studio.settled();
    await page.getByRole("button", { name: "Layers", exact: true }).tap();
    const layers = page.getByRole("complementary", { name: "Layers" });
    await expect(layers.getByRole("button", { name: "Delete the layer" })).toBeInViewport({ ratio: 1 });
    await expect(page.getByRole("button", { name: "Settings" })).toBeInViewport({ ratio: 1 });
    await page.keyboard.press("w");
    for (const button of await page.getByRole("group", { name: "Selection" }).getByRole("button").all())
      await expect(button).toBeInViewport({ ratio: 1 });
    await page.keyboard.press("m");
    await studio.stroke([0.3, 0.3], [0.5, 0.4]);
    const mask = await page.getByRole("group", { name: "Mask" }).boundingBox();
    const panel = await layers.boundingBox();
    expect(mask?.x).toBeGreaterThanOrEqual(80);
    expect((mask?.x ?? 0) + (mask?.width ?? Number.NaN)).toBeLessThanOrEqual(panel?.x ?? 0);
  });
});

test.describe("on a phone that lies on its side", () => {
  test.use({ viewport: { width: 844, height: 390 }, hasTouch: true, isMobile: true });

  test("the colours fit", async ({ page, studio }) => {
    await studio.settled();
    await page.getByRole("button", { name: /^Colour:/ }).tap();
    await expect(page.getByRole("dialog")).toBeInViewport({ ratio: 1 });
    const hex = page.getByRole("textbox", { name: "Colour as hex" });
    await hex.scrollIntoViewIfNeeded();
    await expect(hex).toBeInViewport({ ratio: 1 });
  });
});

test.describe("on an upright phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test("a finger draws below, the render is above, and targets are large", async ({ page, studio }) => {
    const before = await studio.settled();
    const above = await studio.render.boundingBox();
    const below = await studio.sketch.boundingBox();
    if (above === null || below === null) throw new Error("panes are missing");
    expect(above.y + above.height).toBeLessThanOrEqual(below.y);
    // The line that invites is where they meet, whatever stands below: it covers no more of the sketch than its edge.
    const invitation = page.getByText("Draw down here");
    const seam = async () => {
      const [line, canvas] = [await invitation.boundingBox(), await studio.sketch.boundingBox()];
      return (line?.y ?? 0) + (line?.height ?? 0) - (canvas?.y ?? 0);
    };
    expect(await seam()).toBeLessThan(20);
    await page.keyboard.press("Shift+T");
    await expect(page.getByRole("region", { name: "Timeline" })).toBeVisible();
    expect(await seam()).toBeLessThan(20);
    await page.keyboard.press("Shift+T");
    await page.getByRole("button", { name: "Eraser" }).tap();
    await page.touchscreen.tap(below.x + below.width / 2, below.y + below.height / 2);
    await studio.changedFrom(before);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    const small = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>("header button, [role=toolbar] button")]
        .map((e) => ({ label: e.getAttribute("aria-label"), box: e.getBoundingClientRect() }))
        .filter(({ box }) => Math.min(box.width, box.height) < 44)
        .map(({ label }) => label),
    );
    expect(small).toEqual([]);
    await page.getByRole("button", { name: "Settings" }).tap();
    await expect(page.getByRole("complementary", { name: "Settings" })).toBeInViewport({ ratio: 1 });
  });

  test("a finger turns a chip's figure and leaves the rest to the row, and more can be added", async ({
    page,
    studio,
  }) => {
    await studio.settled();
    const add = page.getByRole("button", { name: "Add a prompt" });
    for (const text of ["a valley with a river", "birches in the mist"]) {
      await add.tap();
      await page.keyboard.type(text);
      await expect(page.getByRole("button", { name: `Remove prompt: ${text}` })).toBeInViewport({ ratio: 1 });
      await expect(page.getByRole("tooltip")).toBeHidden();
      await page.keyboard.press("Enter");
    }
    await expect(add).toBeInViewport({ ratio: 1 });
    await expect(page.getByRole("button", { name: "Add a picture as a prompt" })).toBeInViewport({
      ratio: 1,
    });
    const row = page.getByRole("region", { name: "Prompts" }).getByRole("list");
    await row.evaluate((list) => list.scrollTo(0, 0));
    const weight = page.getByRole("slider", { name: "Weight of alpine lake, clear sky" });
    const pull = async (x: number, y: number, xDistance: number) => {
      const session = await page.context().newCDPSession(page);
      await session.send("Input.synthesizeScrollGesture", { x, y, xDistance, gestureSourceType: "touch" });
    };
    const figure = await weight.boundingBox();
    if (figure === null) throw new Error("no weight");
    const y = figure.y + figure.height / 2;
    await pull(figure.x + 4, y, 60);
    await expect(weight).not.toHaveAttribute("aria-valuenow", "1");
    const turned = await weight.getAttribute("aria-valuenow");
    await pull(figure.x - 20, y, -80);
    await expect(page.getByTestId("chip").first()).toHaveCSS("touch-action", "auto");
    await expect(weight).toHaveAttribute("aria-valuenow", turned ?? "");
  });
});

test("a tooltip takes no stroke, and goes with the pointer", async ({ page, studio }) => {
  await studio.settled();
  await page.getByRole("button", { name: /^Brush size/ }).hover();
  const box = await page.locator(".tip").boundingBox();
  if (box === null) throw new Error("there is no tooltip");
  const under = await page.evaluate(
    ([x, y]) => document.elementFromPoint(x, y)?.closest("section")?.getAttribute("aria-label"),
    [box.x + box.width - 8, box.y + box.height / 2] as const,
  );
  expect(under).toBe("Sketch: draw here");
  // It goes with the pointer, also for those who asked for less motion.
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.mouse.move(640, 300, { steps: 6 });
  await expect(page.locator(".tip")).toBeHidden();
  await page.getByRole("button", { name: /^Brush size/ }).hover();
  await expect(page.locator(".tip")).toBeVisible();
  await page.mouse.move(640, 300, { steps: 6 });
  await expect(page.locator(".tip")).toBeHidden();
});
