import { readFileSync } from "node:fs";
import { expect, test } from "./studio";

test("the first visit opens on an example that is rendering, and can be saved; a file that is no picture is named", async ({
  studio,
  page,
}) => {
  await studio.settled();
  await expect(page.getByText("Draw on the left")).toBeVisible();
  await expect(page.getByTestId("chip")).toHaveText(/alpine lake, clear sky/);
  await expect(page.getByRole("button", { name: "Undo" })).toBeDisabled();
  const colors = await studio.canvas.evaluate((c) => {
    const canvas = c as HTMLCanvasElement;
    const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    const seen = new Set<number>();
    for (let i = 0; i < data.length; i += 4) seen.add(((data[i] ?? 0) << 8) | (data[i + 1] ?? 0));
    return seen.size;
  });
  expect(colors).toBeGreaterThan(50);

  // The download is a PNG of the size that was asked for.
  const waiting = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download the render", exact: true }).click();
  const download = await waiting;
  expect(download.suggestedFilename()).toBe("alpine-lake-clear-sky-seed-1.png");
  const file = readFileSync(await download.path());
  expect(file.subarray(1, 4).toString()).toBe("PNG");
  const shown = await studio.canvas.evaluate((c) => [
    (c as HTMLCanvasElement).width,
    (c as HTMLCanvasElement).height,
  ]);
  expect([file.readUInt32BE(16), file.readUInt32BE(20)]).toEqual(shown);

  // A file that is no picture, dropped on the sketch, is named and changes nothing.
  const before = await studio.drawn();
  await studio.sketch.evaluate((element) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(["hello"], "notes.txt", { type: "text/plain" }));
    element.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
  });
  await expect(page.getByText("This file cannot be read as a picture")).toBeVisible();
  await expect(page.getByText(/^Got notes\.txt\./)).toBeVisible();
  expect(await studio.drawn()).toBe(before);
});

test("a stroke changes the render while the pen is still down", async ({ studio, page }) => {
  const before = await studio.settled();
  const box = await studio.sketch.locator("canvas").first().boundingBox();
  if (box === null) throw new Error("no sketch");
  await page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.4, { steps: 12 });
  await expect.poll(studio.pixels).not.toBe(before);
  await page.mouse.up();
  await expect(page.getByText("Draw on the left")).toBeHidden();
  await expect(studio.pulse).toHaveText(/\d (ms|s)/);
});

test("a moon that is drawn on the first visit makes it night", async ({ studio, page }) => {
  await studio.settled();
  const sky = () =>
    studio.canvas.evaluate((element) => {
      const canvas = element as HTMLCanvasElement;
      const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height / 4).data;
      return [...(data ?? [])].reduce((sum, value) => sum + value, 0) / (data?.length ?? 1);
    });
  const day = await sky();
  await page.getByRole("group", { name: "Materials" }).getByRole("button", { name: "Moon" }).click();
  await studio.stroke([0.82, 0.25], [0.87, 0.25], [0.84, 0.27]);
  await expect.poll(sky).toBeLessThan(0.85 * day);
});

test("every tool draws, and undo takes each back", async ({ studio, page }) => {
  await studio.settled();
  const states = [await studio.drawn()];
  await page.keyboard.press("x");
  for (const key of ["b", "a", "u", "u", "u", "e"]) {
    await page.keyboard.press(key);
    await studio.stroke([0.2, 0.2], [0.5, 0.3], [0.4, 0.6]);
    states.push(await studio.drawn());
  }
  await page.keyboard.press("g");
  await studio.stroke([0.9, 0.1]);
  states.push(await studio.drawn());
  expect(new Set(states).size).toBe(states.length);
  for (const state of states.slice(0, -1).reverse()) {
    await page.keyboard.press("z");
    expect(await studio.drawn()).toBe(state);
  }
});

test("a reload loses nothing, and undo and redo go on across it", async ({ studio, page }) => {
  const example = await studio.drawn();
  await studio.stroke([0.2, 0.2], [0.6, 0.5]);
  const one = await studio.drawn();
  await studio.stroke([0.7, 0.2], [0.3, 0.7]);
  const two = await studio.drawn();
  await page.getByRole("button", { name: "Add a prompt" }).click();
  await page.keyboard.type("deep snow");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("chip")).toHaveCount(2);
  const render = await studio.settled();

  await page.reload();
  await studio.connected();
  await expect(page.getByTestId("chip")).toHaveCount(2);
  expect(await studio.drawn()).toBe(two);
  expect(await studio.settled()).toBe(render);

  for (let i = 0; i < 2; i++) await page.keyboard.press("z");
  expect(await studio.drawn()).toBe(one);
  await expect(page.getByTestId("chip")).toHaveCount(1);
  await page.reload();
  await studio.connected();
  await page.keyboard.press("z");
  expect(await studio.drawn()).toBe(example);
  for (let i = 0; i < 3; i++) await page.keyboard.press("Shift+Z");
  expect(await studio.drawn()).toBe(two);
  await expect(page.getByTestId("chip")).toHaveCount(2);
});

test("a chip's weight is dragged, and restored by a double-click; the seed is rerolled, locked and undone", async ({
  studio,
  page,
}) => {
  const before = await studio.settled();
  const chip = page.getByTestId("chip");
  const weight = chip.getByRole("slider");
  const box = await chip.boundingBox();
  if (box === null) throw new Error("no chip");
  await page.mouse.move(box.x + 30, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x - 105, box.y + box.height / 2, { steps: 10 });
  await expect(weight).toHaveAttribute("aria-valuenow", "-0.5");
  await expect(chip).toHaveText(/less of/);
  await page.mouse.up();
  await studio.changedFrom(before);
  await chip.dblclick({ position: { x: 30, y: 12 } });
  await page.keyboard.press("Escape");
  await expect(weight).toHaveAttribute("aria-valuenow", "1");
  await expect.poll(studio.pixels).toBe(before);
  await weight.focus();
  await page.keyboard.press("ArrowLeft");
  await expect(weight).toHaveAttribute("aria-valuenow", "0.95");
  await chip.getByRole("button", { name: /^Edit prompt/ }).dblclick();
  await expect(weight).toHaveAttribute("aria-valuenow", "1");
  await expect(page.getByRole("textbox", { name: "Prompt text" })).toBeHidden();

  // The seed is rerolled, locked and undone.
  await expect.poll(studio.pixels).toBe(before);
  await page.keyboard.press("p");
  const seed = page.getByRole("textbox", { name: "Seed" });
  await expect(seed).toHaveValue("1");
  await page.keyboard.press("r");
  await studio.changedFrom(before);
  const rolled = await seed.inputValue();
  await page.keyboard.press("l");
  await page.keyboard.press("r");
  await expect(seed).toHaveValue(rolled);
  await page.keyboard.press("z");
  await page.keyboard.press("z");
  await expect(seed).toHaveValue("1");
  await expect.poll(studio.pixels).toBe(before);
});

test("a pasted image becomes a layer that survives a reload", async ({ studio, page }) => {
  const before = await studio.drawn();
  await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(40, 20);
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("no canvas");
    context.fillStyle = "#c02040";
    context.fillRect(0, 0, 40, 20);
    const data = new DataTransfer();
    data.items.add(new File([await canvas.convertToBlob()], "red.png", { type: "image/png" }));
    window.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data }));
  });
  await expect.poll(studio.drawn).not.toBe(before);
  const after = await studio.drawn();
  await page.reload();
  await studio.connected();
  await expect.poll(studio.drawn).toBe(after);
});
