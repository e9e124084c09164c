/** Another size, whose first picture would take long: the one before goes on until the server is ready for it. */

import { Server } from "./server";
import { expect, test as studioTest } from "./studio";

const test = studioTest.extend<object, { server: Server }>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's dependencies from this pattern.
    async ({}, use) => {
      const server = new Server(["tests.stand_in:gradual"]);
      await server.start();
      await use(server);
      await server.end();
    },
    { scope: "worker", timeout: 60_000 },
  ],
});

test("a size is prepared for while pictures go on in the one before", async ({ page, studio }) => {
  const { canvas } = studio;
  const width = () => canvas.evaluate((it: HTMLCanvasElement) => it.width);
  const seq = async () => Number(await canvas.getAttribute("data-seq"));
  const progress = page.getByRole("progressbar", { name: "Preparing 256 × 256" });
  await studio.settled();
  expect(await width()).toBe(64);

  await page.keyboard.press("p");
  await page.getByRole("button", { name: "256 × 256" }).click();
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await expect(progress).toBeVisible();
  const before = await seq();
  await page.keyboard.press("r");
  await expect.poll(seq).toBeGreaterThan(before);
  expect(await width()).toBe(64);
  await expect.poll(async () => Number(await progress.getAttribute("aria-valuenow"))).toBeGreaterThan(10);

  for (let more = 1; more < 3; more++) {
    const last = await seq();
    await page.keyboard.press("r");
    await expect.poll(seq).toBeGreaterThan(last);
  }
  await expect.poll(width).toBe(256);
  await expect(progress).toBeHidden();
});
