import { expect, test } from "./studio";

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
