import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, type StudioPage, test } from "./studio";

/** What is seen at a point of the sketch, fractions of it: which of red, green and blue is the strongest there. */
const hueAt = (studio: StudioPage, x: number, y: number): Promise<string> =>
  studio.sketch
    .locator("canvas")
    .first()
    .evaluate(
      (element, [u, v]) => {
        const canvas = element as HTMLCanvasElement;
        const [r = 0, g = 0, b = 0] =
          canvas.getContext("2d")?.getImageData(u * canvas.width, v * canvas.height, 1, 1).data ?? [];
        return g > r && g > b ? "green" : r > b ? "red" : "blue";
      },
      [x, y] as const,
    );

const panel = (page: Page) => page.getByRole("complementary", { name: "Layers" });
const row = (page: Page, name: string) => panel(page).getByRole("button", { name: new RegExp(`^${name}, `) });

async function bring(page: Page, what: string): Promise<void> {
  await page.getByRole("button", { name: "Bring a picture, a video, a camera or a screen" }).click();
  await page.getByRole("button", { name: what, exact: true }).click();
}

/** Two seconds of 160 x 120, red and then blue, as a browser records it: it does not say how long it is. */
const redThenBlue = (page: Page): Promise<number[]> =>
  page.evaluate(async () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [160, 120];
    const context = canvas.getContext("2d");
    const recorder = new MediaRecorder(canvas.captureStream(), { mimeType: "video/webm" });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const stopped = new Promise((resolve) => {
      recorder.onstop = resolve;
    });
    recorder.start();
    // However late a frame comes, blue begins with one that was painted so, and lasts.
    for (const [color, lasts_ms] of [
      ["#ff0000", 500],
      ["#0000ff", 1500],
    ] as const) {
      const until_ms = performance.now() + lasts_ms;
      while (context !== null && performance.now() < until_ms) {
        context.fillStyle = color;
        context.fillRect(0, 0, 160, 120);
        await new Promise(requestAnimationFrame);
      }
    }
    recorder.stop();
    await stopped;
    return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
  });

test("a camera is a layer: seen, rendered, with a light; it ends when it is hidden, and a reload asks again", async ({
  page,
  studio,
}) => {
  const before = await studio.settled();
  await page.getByRole("button", { name: "Layers", exact: true }).click();
  await bring(page, "Camera");
  const light = page.getByRole("status").filter({ hasText: "Camera on" });
  await expect(light).toBeVisible();
  // Chromium's stand-in for a camera is green, and moves.
  await expect.poll(() => hueAt(studio, 0.3, 0.35)).toBe("green");
  await expect.poll(studio.pixels).not.toBe(before);
  const drawn = await studio.drawn();
  await expect.poll(studio.drawn).not.toBe(drawn);

  await panel(page).getByRole("button", { name: "Hide Camera" }).click();
  await expect(light).toBeHidden();
  await expect.poll(() => hueAt(studio, 0.3, 0.35)).not.toBe("green");
  await panel(page).getByRole("button", { name: "Show Camera" }).click();
  await expect.poll(() => hueAt(studio, 0.3, 0.35)).toBe("green"); // its last picture
  await expect(light).toBeHidden();

  await page.reload();
  await studio.connected();
  const start = studio.sketch.getByRole("button", { name: "Start the camera" });
  await expect(start).toBeVisible();
  await expect(light).toBeHidden();
  await start.click();
  await expect(light).toBeVisible();
  expect(await studio.nameless()).toEqual([]);
  await light.getByRole("button", { name: "Stop" }).click();
  await expect(light).toBeHidden();
});

test("a video file is a layer: it plays, stands where it is put, follows the timeline and its film", async ({
  page,
  studio,
}) => {
  await studio.settled();
  await page.getByRole("button", { name: "Layers", exact: true }).click();
  const buffer = Buffer.from(await redThenBlue(page));
  await page
    .getByLabel("Video for a layer")
    .setInputFiles({ name: "two.webm", mimeType: "video/webm", buffer });
  const middle = () => hueAt(studio, 0.5, 0.5);
  await expect(row(page, "two.webm")).toBeVisible();
  await expect.poll(middle).toBe("red");
  await panel(page).getByRole("button", { name: "Play the video" }).click();
  await expect.poll(middle).toBe("blue");
  await panel(page).getByRole("button", { name: "Pause the video" }).click();
  const position = panel(page).getByRole("slider", { name: "Position" });
  await position.press("End");
  await expect.poll(middle).toBe("blue");
  await position.press("Home");
  await expect.poll(middle).toBe("red");
  await page.reload();
  await studio.connected();
  await expect.poll(middle).toBe("red");

  await page.keyboard.press("Shift+T");
  await page.getByRole("button", { name: "Length, pace and files" }).click();
  await page.getByRole("textbox", { name: "Length", exact: true }).fill("2");
  await page.keyboard.press("Enter");
  await page.getByRole("textbox", { name: "Frames a second" }).fill("2");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Render the timeline", exact: true }).click();
  await page.getByRole("button", { name: "GIF", exact: true }).click();
  await page.getByRole("button", { name: "Sketch and render", exact: true }).click();
  const [film] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Start rendering" }).click(),
  ]);
  const bytes = [...(await readFile(await film.path()))];
  const hues = await page.evaluate(async (data) => {
    const decoder = new ImageDecoder({ data: new Uint8Array(data), type: "image/gif" });
    await Promise.all([decoder.completed, decoder.tracks.ready]);
    const { frameCount } = decoder.tracks.selectedTrack ?? { frameCount: 0 };
    const found: string[] = [];
    for (let frameIndex = 0; frameIndex < frameCount; frameIndex++) {
      const { image } = await decoder.decode({ frameIndex });
      const canvas = new OffscreenCanvas(image.displayWidth, image.displayHeight);
      const context = canvas.getContext("2d");
      context?.drawImage(image, 0, 0);
      const [r = 0, , b = 0] = context?.getImageData(canvas.width / 4, canvas.height / 2, 1, 1).data ?? [];
      found.push(r > b ? "red" : "blue");
    }
    return found;
  }, bytes);
  expect(hues).toHaveLength(4);
  expect(hues.join(" ")).toMatch(/^red( red)*( blue)+$/);
});

test("another site's picture comes by its address, and what the site refuses is said", async ({
  page,
  studio,
}) => {
  await studio.settled();
  await page.getByRole("button", { name: "Layers", exact: true }).click();
  const png = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(40, 40);
    const context = canvas.getContext("2d");
    if (context !== null) context.fillStyle = "#ff0000";
    context?.fillRect(0, 0, 40, 40);
    return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())];
  });
  const asked: Record<string, string>[] = [];
  await page.route("https://pictures.example/**", (route) => {
    asked.push(route.request().headers());
    // Of a site that lets no other page read, a page learns as much as of one that is not there.
    if (route.request().url().endsWith("closed.png")) return route.abort("accessdenied");
    return route.fulfill({
      contentType: "image/png",
      headers: { "access-control-allow-origin": "*" },
      body: Buffer.from(png),
    });
  });
  const paste = (text: string) =>
    page.evaluate((pasted) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", pasted);
      window.dispatchEvent(new ClipboardEvent("paste", { clipboardData }));
    }, text);
  await paste("https://pictures.example/a/closed.png");
  await expect(
    page.getByText(/Pictures\.example cannot be reached, or does not let other pages/),
  ).toBeVisible();
  await paste("https://pictures.example/a/open.png");
  await expect(row(page, "open.png")).toBeVisible();
  await expect.poll(() => hueAt(studio, 0.5, 0.5)).toBe("red");
  for (const headers of asked) expect([headers.cookie, headers.referer]).toEqual([undefined, undefined]);
});

test("the wand pressed on the render selects what has that colour there, or what is seen there", async ({
  page,
  studio,
}) => {
  await studio.settled();
  await page.keyboard.press("w");
  const press = async (x: number, y: number) => {
    const box = await studio.canvas.boundingBox();
    if (box === null) throw new Error("no render");
    await page.mouse.click(box.x + x * box.width, box.y + y * box.height);
  };
  const outline = () => page.getByTestId("ants").locator("path").first().getAttribute("d");
  await press(0.1, 0.1);
  await expect(page.getByTestId("ants")).toBeVisible();
  const byColour = await outline();
  // The example's sky, less its cloud and its sun.
  await page.getByRole("button", { name: "Thing", exact: true }).click();
  await press(0.1, 0.1);
  await expect.poll(outline).not.toBe(byColour);
  const sky = await outline();
  await press(0.5, 0.65);
  await expect.poll(outline).not.toBe(sky);
  await page.getByRole("button", { name: "Render only what is selected" }).click();
  await expect(page.getByTestId("ants")).toBeHidden();
});
