import type { Browser, BrowserContext, WebSocketRoute } from "@playwright/test";
import { WebsocketProvider } from "y-websocket";
import { Doc } from "yjs";
import { faults } from "./axe";
import { expect, StudioPage, test } from "./studio";

/** Another person: a browser of their own, which opens the address that they were given. */
async function join(browser: Browser, url: string) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const net = await cable(context);
  const studio = new StudioPage(await context.newPage());
  await studio.open(url);
  return { context, studio, net };
}

/** The room's socket, which can be cut. (Chromium that is set offline keeps the sockets that it has.) */
async function cable(context: BrowserContext) {
  const sockets = new Set<WebSocketRoute>();
  let whole = true;
  await context.routeWebSocket(/\/rooms\//, (socket) => {
    if (whole) {
      socket.connectToServer();
      sockets.add(socket);
    } else void socket.close({ code: 1001 });
  });
  return {
    async cut() {
      whole = false;
      await Promise.all([...sockets].map((socket) => socket.close({ code: 1001 })));
      sockets.clear();
    },
    mend() {
      whole = true;
    },
  };
}

/** Share the document -> a link for that role. */
async function invite(studio: StudioPage, role: "Draw" | "Look"): Promise<string> {
  const { page } = studio;
  await page.getByTestId("share").click();
  const begin = page.getByRole("button", { name: "Share this document" });
  if (await begin.isVisible()) await begin.click();
  await page.getByRole("button", { name: role, exact: true }).click();
  await page.getByRole("button", { name: "Create the link" }).click();
  const url = await page.getByRole("textbox", { name: "The link" }).inputValue();
  await page.getByRole("dialog", { name: "Share" }).getByRole("button", { name: "Close" }).click();
  return url;
}

const open = (studio: StudioPage) =>
  expect(studio.page.getByTestId("share")).toHaveAttribute("data-state-of", "open");

/** On a busy machine the last picture may come after what seemed to be it. */
const sameRender = (one: StudioPage, other: StudioPage) =>
  expect.poll(async () => (await one.pixels()) === (await other.pixels())).toBe(true);

test("two draw in one document, and see each other's strokes, pointers, names and the same render", async ({
  studio: ada,
  browser,
}) => {
  await ada.settled();
  const { context, studio: bob } = await join(browser, await invite(ada, "Draw"));
  await open(bob);
  const example = await ada.drawn();
  await expect.poll(bob.drawn).toBe(example);

  await ada.stroke([0.2, 0.2], [0.5, 0.3], [0.4, 0.6]);
  const byAda = await ada.drawn();
  expect(byAda).not.toBe(example);
  await expect.poll(bob.drawn).toBe(byAda);
  await ada.settled();
  await sameRender(ada, bob);
  const render = await ada.pixels();

  await bob.stroke([0.7, 0.2], [0.6, 0.5]);
  const both = await bob.drawn();
  await expect.poll(ada.drawn).toBe(both);
  await expect.poll(ada.pixels).not.toBe(render);
  await ada.settled();
  await sameRender(ada, bob);
  const again = await ada.pixels();

  const box = await bob.sketch.locator("canvas").first().boundingBox();
  if (box === null) throw new Error("no sketch");
  await bob.page.mouse.move(box.x + box.width * 0.25, box.y + box.height * 0.75);
  const cursor = ada.page.getByTestId("cursor");
  await expect(cursor).toHaveCount(1);
  const name = await bob.page.evaluate(
    () => JSON.parse(localStorage.getItem("lightbrush.person") ?? "").name,
  );
  await expect(cursor).toHaveText(name);
  const here = await ada.sketch.locator("canvas").first().boundingBox();
  if (here === null) throw new Error("no sketch");
  await expect
    .poll(async () => {
      const at = await cursor.boundingBox();
      return at === null
        ? 1e9
        : Math.hypot(at.x - here.x - here.width * 0.25, at.y - here.y - here.height * 0.75);
    })
    .toBeLessThan(12);
  await expect(ada.page.getByTestId("avatars")).toHaveText(name.slice(0, 1).toUpperCase());

  // What he selects, moves and has in hand is seen, and limits nobody else.
  await bob.page.keyboard.press("q");
  await bob.stroke([0.1, 0.1], [0.4, 0.4]);
  const held = ada.page.getByTestId("held").locator("path");
  await expect(held).toHaveCount(2);
  await ada.page.getByRole("button", { name: "Layers", exact: true }).click();
  await expect(ada.page.getByRole("img", { name: `In hand: ${name}` })).toBeVisible();
  await bob.page.keyboard.press("Control+d");
  await expect(held).toHaveCount(0);
  await bob.page.keyboard.press("v");
  await expect(held).toHaveCount(2);
  await bob.page.keyboard.press("b");
  await expect(held).toHaveCount(0);
  await ada.page.getByRole("button", { name: "Layers", exact: true }).click();

  // Whoever rendered leaves: the other one's page goes on.
  await ada.page.goto("about:blank");
  await bob.stroke([0.1, 0.9], [0.9, 0.9]);
  await expect.poll(bob.pixels).not.toBe(again);
  await context.close();
});

test("while a link is made, the last one cannot be taken for it", async ({ studio: ada }) => {
  const { page } = ada;
  const toDraw = await invite(ada, "Draw");
  let go = () => {};
  const asked = new Promise<void>((resolve) => {
    go = resolve;
  });
  await page.route(/\/rooms\/[^/]+\/links$/, async (route) => {
    if (route.request().method() === "POST") await asked;
    await route.continue();
  });
  await page.getByTestId("share").click();
  const link = page.getByRole("textbox", { name: "The link" });
  await expect(link).toHaveValue(toDraw);
  await page.getByRole("button", { name: "Look", exact: true }).click();
  await page.getByRole("button", { name: "Create the link" }).click();
  await expect(link).toHaveCount(0);
  go();
  await expect(page.getByText("Whoever has it can look.")).toBeVisible();
  await expect(link).not.toHaveValue(toDraw);
});

test("a place that is laid out is sketched by whoever draws, for everybody; who looks on is not offered it", async ({
  studio: ada,
  browser,
}) => {
  const sketchIt = ({ page }: StudioPage) => page.getByRole("button", { name: "Sketch it for me" });
  await ada.settled();
  await ada.page.keyboard.press("Shift+Delete");
  const [bob, eve] = [
    await join(browser, await invite(ada, "Draw")),
    await join(browser, await invite(ada, "Look")),
  ];
  await Promise.all([bob, eve].map(({ studio }) => open(studio)));
  await sketchIt(ada).waitFor();
  const blank = await ada.drawn();
  await sketchIt(bob.studio).click();
  for (const { drawn } of [ada, eve.studio]) await expect.poll(drawn).not.toBe(blank);
  await expect.poll(ada.drawn).toBe(await bob.studio.drawn());
  await expect(sketchIt(ada)).toHaveCount(0);
  await bob.studio.page.keyboard.press("z");
  await expect.poll(ada.drawn).toBe(blank);
  await sketchIt(ada).waitFor();
  await eve.studio.settled();
  await expect(sketchIt(eve.studio)).toHaveCount(0);
  await Promise.all([bob, eve].map(({ context }) => context.close()));
});

test("undo takes back one's own strokes and prompts only, and what others write is text, whatever it holds", async ({
  studio: ada,
  browser,
}) => {
  await ada.settled();
  const { context, studio: bob } = await join(browser, await invite(ada, "Draw"));
  await open(bob);
  await ada.stroke([0.2, 0.2], [0.5, 0.3]);
  const byAda = await ada.drawn();
  await expect.poll(bob.drawn).toBe(byAda);
  await bob.stroke([0.7, 0.7], [0.6, 0.5]);
  const both = await bob.drawn();
  await expect.poll(ada.drawn).toBe(both);
  await ada.page.keyboard.press("z");
  await expect.poll(ada.drawn).not.toBe(both);
  const byBob = await ada.drawn();
  await expect.poll(bob.drawn).toBe(byBob);
  await ada.page.keyboard.press("Shift+Z");
  await bob.page.keyboard.press("z");
  await expect.poll(bob.drawn).toBe(byAda);
  await expect.poll(ada.drawn).toBe(byAda);
  await expect(bob.page.getByRole("button", { name: "Undo" })).toHaveAttribute("aria-disabled", "true");

  // An undone prompt leaves the one that the other added meanwhile.
  for (const [who, text] of [
    [ada, "deep snow"],
    [bob, "red sun"],
  ] as const) {
    await who.page.getByRole("button", { name: "Add a prompt" }).click();
    await who.page.keyboard.type(text);
    await who.page.keyboard.press("Enter");
    await expect(ada.page.getByTestId("chip").filter({ hasText: text })).toHaveCount(1);
    await expect(bob.page.getByTestId("chip").filter({ hasText: text })).toHaveCount(1);
  }
  await ada.page.locator("body").press("z");
  await expect(ada.page.getByTestId("chip").filter({ hasText: "deep snow" })).toHaveCount(0);
  await expect(bob.page.getByTestId("chip")).toHaveText([/alpine lake/, /red sun/]);

  // Names and prompts of others are text, whatever they hold.
  const evil = `<img src=x onerror="window.hit=1">`;
  await bob.page.getByTestId("share").click();
  const name = bob.page.getByRole("textbox", { name: "Your name" });
  await name.fill(evil.slice(0, 40));
  await name.press("Enter");
  await bob.page.keyboard.press("Escape");
  await bob.page.getByRole("button", { name: "Add a prompt" }).click();
  await bob.page.keyboard.type(evil);
  await bob.page.keyboard.press("Enter");
  await expect(ada.page.getByTestId("chip").last()).toContainText("<img src=x onerror");
  await ada.page.getByTestId("share").click();
  await expect(ada.page.getByRole("region", { name: "Here now" })).toContainText("<img src=x onerror");
  for (const { page } of [ada, bob]) {
    expect(await page.evaluate(() => "hit" in window)).toBe(false);
    expect(await page.locator("img[src=x]").count()).toBe(0);
  }
  await context.close();
});

test("a viewer sees everything and changes nothing", async ({ studio: ada, browser }) => {
  await ada.settled();
  const { context, studio: eve } = await join(browser, await invite(ada, "Look"));
  await open(eve);
  await expect(eve.page.getByText("View only")).toBeVisible();
  const before = await ada.drawn();
  await expect.poll(eve.drawn).toBe(before);
  await eve.stroke([0.2, 0.2], [0.6, 0.6]);
  for (const key of ["g", "r", "Shift+Delete", "z"]) await eve.page.keyboard.press(key);
  await eve.stroke([0.5, 0.5]);
  await expect(eve.page.getByRole("toolbar", { name: "Tools" })).toHaveAttribute("inert", "");
  await ada.stroke([0.3, 0.7], [0.7, 0.7]);
  const after = await ada.drawn();
  await expect.poll(eve.drawn).toBe(after);
  await ada.settled();
  await sameRender(ada, eve);
  await context.close();
});

test("who is offline draws on, and it comes together when they are back; what it became stays when sharing ends", async ({
  studio: ada,
  browser,
}) => {
  await ada.settled();
  const { context, studio: bob, net } = await join(browser, await invite(ada, "Draw"));
  await open(bob);
  await net.cut();
  await expect(bob.page.getByTestId("share")).toHaveAttribute("data-state-of", "offline");
  await bob.stroke([0.2, 0.8], [0.5, 0.9]);
  await ada.stroke([0.8, 0.2], [0.5, 0.1]);
  const [alone, apart] = [await bob.drawn(), await ada.drawn()];
  expect(alone).not.toBe(apart);
  net.mend();
  await open(bob);
  await expect.poll(async () => (await ada.drawn()) === (await bob.drawn())).toBe(true);
  const together = await ada.drawn();
  expect([alone, apart]).not.toContain(together);
  await bob.page.reload();
  await open(bob);
  await expect.poll(bob.drawn).toBe(together);

  // Sharing ends for everybody, and each keeps what they have.
  const drawn = await ada.drawn();
  await expect.poll(bob.drawn).toBe(drawn);
  await ada.page.getByTestId("share").click();
  await ada.page.getByRole("button", { name: "Stop sharing" }).click();
  await ada.page.getByRole("button", { name: "End it" }).click();
  await expect(ada.page.getByTestId("share")).toHaveAttribute("data-state-of", "alone");
  await expect(bob.page.getByTestId("share")).toHaveAttribute("data-state-of", "refused");
  await expect.poll(ada.drawn).toBe(drawn);
  await expect.poll(bob.drawn).toBe(drawn);
  await ada.page.reload();
  await ada.connected();
  await expect.poll(ada.drawn).toBe(drawn);
  await context.close();
});

test("a revoked link shows its guests out, and says so", async ({ studio: ada, browser }) => {
  await ada.settled();
  const { context, studio: bob } = await join(browser, await invite(ada, "Draw"));
  await open(bob);
  await ada.page.getByTestId("share").click();
  await ada.page.getByRole("button", { name: "Revoke" }).click();
  await expect(bob.page.getByTestId("share")).toHaveAttribute("data-state-of", "refused");
  await bob.page.getByTestId("share").click();
  await expect(bob.page.getByRole("dialog", { name: "Share" })).toContainText("this link was revoked");
  await context.close();
});

test("clients of y-websocket work as they are", async ({ studio: ada, server }) => {
  await ada.settled();
  const given = new URLSearchParams(new URL(await invite(ada, "Draw")).hash.slice(1));
  const root = `ws://${new URL(server.url).host}/rooms`;
  const join = () =>
    new WebsocketProvider(root, given.get("room") ?? "", new Doc(), {
      params: { link: given.get("link") ?? "" },
      disableBc: true,
    });
  const [one, two] = [join(), join()];
  await expect.poll(() => one.synced && two.synced).toBe(true);
  one.doc.getMap("notes").set("by", "a client of its own");
  one.awareness.setLocalStateField("user", { name: "Robot", color: "#4fcf9a" });
  await expect.poll(() => two.doc.getMap("notes").get("by")).toBe("a client of its own");
  await expect.poll(() => two.awareness.getStates().size).toBe(3);
  await ada.page.getByTestId("share").click();
  await expect(ada.page.getByRole("region", { name: "Here now" })).toContainText("Robot");
  one.destroy();
  await expect(ada.page.getByRole("region", { name: "Here now" })).not.toContainText("Robot");
  two.destroy();
});

test("how the room was is looked at by all, and brought back, as a step of undo, by who may draw", async ({
  studio: ada,
  browser,
}) => {
  await ada.settled();
  const example = await ada.drawn();
  const { context, studio: eve } = await join(browser, await invite(ada, "Look"));
  await open(eve);
  await ada.stroke([0.2, 0.2], [0.5, 0.3], [0.4, 0.6]);
  const byAda = await ada.drawn();
  await expect.poll(eve.drawn).toBe(byAda);
  const versions = async ({ page }: StudioPage) => {
    await page.getByTestId("share").click();
    await page.getByRole("button", { name: "Versions…" }).click();
    const shelf = page.getByRole("dialog", { name: "Versions of this room" });
    await expect(shelf.getByRole("img", { name: "The sketch as it was" })).toBeVisible();
    await expect(shelf.getByText("How it began")).toBeVisible();
    return shelf;
  };
  const hers = await versions(eve);
  await expect(hers.getByRole("button", { name: "Bring it back" })).toHaveCount(0);
  await eve.page.keyboard.press("Escape");
  const shelf = await versions(ada);
  expect(await faults(ada.page, shelf)).toEqual([]);
  await shelf.getByRole("button", { name: "Bring it back" }).click();
  await expect(shelf).toBeHidden();
  await expect.poll(ada.drawn).toBe(example);
  await expect.poll(eve.drawn).toBe(example);
  await ada.page.keyboard.press("z");
  await expect.poll(ada.drawn).toBe(byAda);
  await expect.poll(eve.drawn).toBe(byAda);
  await context.close();
});
