import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext } from "@playwright/test";
import { expect, StudioPage, test } from "./studio";

test("when the server is killed and comes back, the page reconnects and nothing is lost", async ({
  studio,
  page,
  server,
}) => {
  test.skip(server.borrowed, "a borrowed server is not killed");
  const before = await studio.settled();
  await server.stop("SIGKILL");
  await expect(studio.pulse).not.toHaveAttribute("data-link", "open");
  await expect(page.getByText("Connection lost")).toBeVisible();
  await page.keyboard.press("e");
  await studio.stroke([0.1, 0.1], [0.9, 0.5]);
  const drawn = await studio.drawn();
  await server.start();
  await studio.connected();
  await studio.changedFrom(before);
  expect(await studio.drawn()).toBe(drawn);
  await expect(page.getByText("Connection lost")).toBeHidden();
});

test("when a worker is killed, the session goes on", async ({ studio, page, server }) => {
  test.skip(server.borrowed, "a borrowed server's worker is not killed");
  const before = await studio.settled();
  server.killWorkers();
  await page.keyboard.press("e");
  await studio.stroke([0.1, 0.1], [0.9, 0.5]);
  await studio.changedFrom(before);
  await studio.connected();
  await expect(page.getByTestId("chip")).toHaveCount(1);
});

test("killed in the middle of a stroke, a tab, the gateway and the whole browser lose that stroke at most", async ({
  server,
  playwright,
}, { project }) => {
  test.skip(server.borrowed, "a borrowed server is not killed");
  const { launchOptions, viewport = null } = project.use;
  const profile = mkdtempSync(join(tmpdir(), "lightbrush-e2e-"));
  const start = () => playwright.chromium.launchPersistentContext(profile, { ...launchOptions, viewport });
  const visit = async (context: BrowserContext) => {
    const studio = new StudioPage(await context.newPage());
    await studio.open(server.url);
    return studio;
  };
  const half = async ({ sketch, page }: StudioPage, y: number) => {
    const box = await sketch.locator("canvas").first().boundingBox();
    if (box === null) throw new Error("no sketch");
    await page.mouse.move(box.x + 0.1 * box.width, box.y + y * box.height);
    await page.mouse.down();
    await page.mouse.move(box.x + 0.5 * box.width, box.y + y * box.height, { steps: 8 });
  };

  let context = await start();
  let studio = await visit(context);
  await studio.stroke([0.1, 0.1], [0.9, 0.1]);
  const first = await studio.drawn();

  // The tab.
  await half(studio, 0.3);
  expect(await studio.drawn()).not.toBe(first);
  const crashed = studio.page.waitForEvent("crash");
  void (await context.newCDPSession(studio.page)).send("Page.crash").catch(() => {});
  await crashed;
  studio = await visit(context);
  expect(await studio.drawn()).toBe(first);

  // The gateway: not even that stroke.
  await half(studio, 0.5);
  await server.stop("SIGKILL");
  await expect(studio.pulse).not.toHaveAttribute("data-link", "open");
  await studio.page.mouse.up();
  const second = await studio.drawn();
  expect(second).not.toBe(first);
  await server.start();
  await studio.connected();

  // The browser, as when the machine goes.
  await half(studio, 0.7);
  expect(await studio.drawn()).not.toBe(second);
  const devtools = await context.browser()?.newBrowserCDPSession();
  const { processInfo } = (await devtools?.send("SystemInfo.getProcessInfo")) ?? { processInfo: [] };
  const browser = processInfo.find(({ type }) => type === "browser");
  const closed = context.waitForEvent("close");
  if (browser === undefined) throw new Error("the browser says no process of its own");
  process.kill(browser.id, "SIGKILL");
  await closed;
  context = await start();
  studio = await visit(context);
  expect(await studio.drawn()).toBe(second);
  await context.close();
  rmSync(profile, { recursive: true, force: true });
});
