/** The page under test, in the words of someone who uses it. */

import { test as base, type Locator, type Page, expect as patient } from "@playwright/test";
import { Server } from "./server";

/** Playwright's, but that it looks again soon: after a second it would look once a second only. */
const poll: typeof patient.poll = (actual, options) =>
  patient.poll(actual, {
    intervals: [30, 60, 120],
    ...(typeof options === "string" ? { message: options } : options),
  });

export const expect = new Proxy(patient, {
  get: (target, name) => (name === "poll" ? poll : Reflect.get(target, name)),
});

export class StudioPage {
  readonly sketch: Locator;
  readonly render: Locator;
  readonly canvas: Locator;
  readonly pulse: Locator;

  constructor(readonly page: Page) {
    this.sketch = page.getByRole("region", { name: "Sketch" });
    this.render = page.getByRole("region", { name: "Render", exact: true });
    this.canvas = page.getByTestId("render");
    this.pulse = page.getByTestId("pulse");
  }

  /** sharpens: else renders stay as they came, for tests that compare pixels. */
  async open(url: string, { sharpens = false } = {}): Promise<void> {
    if (!sharpens) await this.page.addInitScript(doNotSharpen);
    await this.page.goto(url);
    await this.connected();
  }

  connected = () => expect(this.pulse).toHaveAttribute("data-link", "open");

  /** The render's pixels, as a short string that is equal when they are. */
  pixels = (): Promise<string> => this.canvas.evaluate(digest);

  /** What is drawn, likewise. */
  drawn = (): Promise<string> => this.sketch.locator("canvas").first().evaluate(digest);

  /** Wait until the newest shot has its picture on the screen. */
  async settled(): Promise<string> {
    await expect(this.canvas).toHaveAttribute("data-seq", /\d+/);
    await expect(this.render).toHaveAttribute("aria-busy", "false");
    let last = "";
    await expect
      .poll(async () => {
        const now = await this.pixels();
        const same = now === last;
        last = now;
        return same;
      })
      .toBe(true);
    return last;
  }

  /** Wait until the render is what it is when the hand rests. */
  async sharpened(): Promise<void> {
    await this.settled();
    await expect(this.canvas).toHaveJSProperty("width", 512);
    await this.settled();
  }

  async changedFrom(before: string): Promise<string> {
    await expect.poll(this.pixels).not.toBe(before);
    return this.settled();
  }

  /** Whatever can be pressed and has no name for a screen reader. */
  nameless = (): Promise<string[]> =>
    this.page.evaluate(() => {
      const controls = document.querySelectorAll<HTMLElement>(
        "button, input, select, a[href], [role=slider], [role=switch], [role=separator]",
      );
      const text = (element: Element | null) => element?.textContent?.trim() ?? "";
      return [...controls]
        .filter((e) => {
          const by = (e.getAttribute("aria-labelledby") ?? "")
            .split(" ")
            .map((id) => text(document.getElementById(id)))
            .join("");
          const label =
            e instanceof HTMLInputElement || e instanceof HTMLSelectElement
              ? text(e.labels?.[0] ?? null)
              : "";
          return !(e.getAttribute("aria-label") || by || label || text(e));
        })
        .map((e) => e.outerHTML.slice(0, 160));
    });

  /** A stroke across the sketch; coordinates are fractions of the pane's picture. */
  async stroke(...at: readonly (readonly [number, number])[]): Promise<void> {
    const box = await this.sketch.locator("canvas").first().boundingBox();
    if (box === null) throw new Error("the sketch is not on the screen");
    const to = ([x, y]: readonly [number, number]) =>
      [box.x + x * box.width, box.y + y * box.height] as const;
    const [first, ...rest] = at.map(to);
    if (first === undefined) return;
    await this.page.mouse.move(...first);
    await this.page.mouse.down();
    for (const [x, y] of rest) await this.page.mouse.move(x, y, { steps: 8 });
    await this.page.mouse.up();
  }
}

/** Runs in the page before its own code. */
function doNotSharpen(): void {
  if (!location.protocol.startsWith("http")) return;
  const [key, kept] = ["lightbrush.desk", localStorage.getItem("lightbrush.desk")];
  localStorage.setItem(key, JSON.stringify({ ...JSON.parse(kept ?? "{}"), sharpens: false }));
}

/** Runs in the page: a canvas's size, and a hash of its pixels after FNV-1a. */
function digest(element: Element): string {
  const canvas = element as HTMLCanvasElement;
  const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data;
  const words = new Uint32Array(data?.buffer ?? []); // a pixel at a time: a canvas has millions of bytes
  let hash = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) {
    hash = Math.imul(hash ^ (words[i] ?? 0), 0x01000193);
    hash ^= hash >>> 15; // the highest bits count below, too
  }
  return `${canvas.width}x${canvas.height}:${(hash >>> 0).toString(16)}`;
}

export const test = base.extend<{ studio: StudioPage; sharpens: boolean }, { server: Server }>({
  sharpens: [false, { option: true }],
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's dependencies from this pattern.
    async ({}, use) => {
      const server = new Server();
      await server.start();
      await use(server);
      await server.end();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  studio: async ({ page, server, sharpens }, use) => {
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    const studio = new StudioPage(page);
    await studio.open(server.url, { sharpens });
    await use(studio);
    expect(errors, "errors that the page threw").toEqual([]);
  },
});
