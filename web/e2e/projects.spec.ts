/** Many projects in one browser: made, renamed, copied, thrown away, taken away as a file and brought back; two tabs with one. */

import { readFile } from "node:fs/promises";
import type { Download, Locator, Page } from "@playwright/test";
import * as Y from "yjs";
import { LightDocument } from "../src/doc/document";
import { fill } from "../src/projects/everything.fixture";
import { packProject } from "../src/projects/file";
import { newProject } from "../src/projects/project";
import { type PixelLayer, readTree, type TreeLayer } from "../src/psd/model";
import { expect, StudioPage, test } from "./studio";

test.describe.configure({ timeout: 120_000 });

const bar = (page: Page, name: string) =>
  page.getByRole("button", { name: `Projects: ${name}`, exact: true });
const card = (page: Page, name: string) => page.getByRole("link", { name: `Open ${name}`, exact: true });

async function more(page: Page, name: string, what: string): Promise<void> {
  await page.getByRole("button", { name: `More for ${name}`, exact: true }).click();
  await page.getByRole("menuitem", { name: what }).click();
}

async function gallery(page: Page): Promise<Locator> {
  await page.getByRole("button", { name: /^Projects:/ }).click();
  const shelf = page.getByRole("dialog", { name: "Projects" });
  await expect(shelf).toBeVisible();
  return shelf;
}

/** Drops a file on the page, as from another program. */
async function drop(page: Page, name: string, bytes: Buffer): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([name, text]) => {
      const data = new DataTransfer();
      const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      data.items.add(new File([bytes], name));
      return data;
    },
    [name, bytes.toString("base64")] as const,
  );
  await page.dispatchEvent("[data-pane=sketch]", "drop", { dataTransfer: transfer });
}

const fileOf = async (download: Download) => readFile(await download.path());

test("projects are made, found, copied, thrown away and opened again as they were", async ({
  page,
  studio,
}) => {
  await studio.settled();
  await studio.stroke([0.2, 0.2], [0.5, 0.7]);
  const drawn = await studio.drawn();
  await gallery(page);
  await more(page, "Untitled", "Rename");
  await page.keyboard.type("Snowy peaks");
  await page.keyboard.press("Enter");
  await more(page, "Snowy peaks", "Duplicate");
  await expect(card(page, "Snowy peaks 2")).toBeVisible();
  // A new one is empty; the old one is as it was.
  await page.getByRole("button", { name: "New project" }).click();
  await expect(bar(page, "Untitled")).toBeVisible();
  await studio.connected();
  await expect.poll(studio.drawn).not.toBe(drawn);
  await studio.stroke([0.8, 0.2], [0.3, 0.7]);
  await page.keyboard.press("Control+o");
  await page.getByRole("searchbox", { name: "Search projects" }).fill("peaks");
  await expect(card(page, "Untitled")).toBeHidden();
  await card(page, "Snowy peaks").click();
  await expect(bar(page, "Snowy peaks")).toBeVisible();
  await expect.poll(studio.drawn).toBe(drawn);
  await page.goBack();
  await expect(bar(page, "Untitled")).toBeVisible();
  // Thrown away, another one opens; given back it is whole; deleted for good it is gone.
  await studio.connected();
  await gallery(page);
  await more(page, "Untitled", "Move to the trash");
  await expect(page.getByRole("button", { name: /^Projects: Snowy peaks/ })).toBeVisible();
  await studio.connected();
  await gallery(page);
  await page.getByRole("button", { name: /^Trash/ }).click();
  await page.getByRole("button", { name: "Restore Untitled" }).click();
  await page.getByRole("button", { name: /^Trash/ }).click();
  await more(page, "Untitled", "Move to the trash");
  await page.getByRole("button", { name: /^Trash/ }).click();
  await page.getByRole("button", { name: "Empty the trash…" }).click();
  await page.getByRole("button", { name: /^Delete for good \(frees [\d.]+ [KM]?B\)/ }).click();
  await expect(page.getByText("The trash is empty")).toBeVisible();
  await page.getByRole("button", { name: /^Trash/ }).click();
  await expect(page.getByRole("list", { name: "Projects" }).getByRole("listitem")).toHaveCount(2);
  expect(await studio.nameless()).toEqual([]);
});

test("a project leaves as a file, and as a PSD, and comes back; a damaged one is refused", async ({
  page,
  studio,
}) => {
  await studio.settled();
  await studio.stroke([0.2, 0.2], [0.5, 0.7]);
  await page.keyboard.press("s");
  const drawn = await studio.drawn();
  await gallery(page);
  const [project] = await Promise.all([
    page.waitForEvent("download"),
    more(page, "Untitled", "Export .lightbrush"),
  ]);
  const [psd] = await Promise.all([page.waitForEvent("download"), more(page, "Untitled", "Export .psd")]);
  await page.keyboard.press("Escape");
  const bytes = await fileOf(project);
  await drop(page, "broken.lightbrush", bytes.subarray(0, bytes.length - 99));
  await expect(page.getByText("The file is damaged")).toBeVisible();
  await drop(page, "brought.lightbrush", bytes);
  await expect(bar(page, "Untitled 2")).toBeVisible();
  await expect.poll(studio.drawn).toBe(drawn);
  await page.keyboard.press("Shift+H");
  await expect(page.getByRole("button", { name: "Snapshots: 1" })).toBeVisible();
  await drop(page, "From Photoshop.psd", await fileOf(psd));
  await expect(bar(page, "From Photoshop")).toBeVisible();
  await page.keyboard.press("Shift+L");
  await expect(page.getByRole("button", { name: "Sketch, picture" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Paint, paint" })).toBeVisible();
});

/** A project's file with one of each thing. */
async function everything(): Promise<Buffer> {
  const y = new Y.Doc();
  let ids = 0;
  const doc = new LightDocument({ newId: () => `id${ids++}`, author: "a" }, y);
  const name = "0".repeat(64);
  fill(doc, { reference: name, undone: name, look: name, thumbnail: name, kept: name });
  const document = Y.encodeStateAsUpdate(y).slice();
  const nothing = { kept: { moments: [], pieces: [] }, pictures: new Map(), assets: new Map() };
  const file = await packProject(newProject("p-1", "Everything", Date.now()), null, { document, ...nothing });
  return Buffer.from(await file.arrayBuffer());
}

/** In pixels of the file; null where its pixels do not reach. */
function colorAt({ left, top, pixels: { width, height, data } }: PixelLayer, x: number, y: number) {
  const [col, row] = [x - left, y - top];
  if (col < 0 || row < 0 || col >= width || row >= height) return null;
  const at = 4 * (row * width + col);
  return data[at + 3] === 0 ? null : [...data.slice(at, at + 4)];
}

const inTree = (layers: readonly TreeLayer[]): TreeLayer[] =>
  layers.flatMap((layer) => (layer.kind === "group" ? [layer, ...inTree(layer.layers)] : layer));

test("groups, crops, selections and shapes go into a PSD and come out of it; regions stay at home", async ({
  page,
  studio,
}) => {
  await studio.settled();
  await drop(page, "everything.lightbrush", await everything());
  await expect(bar(page, "Everything")).toBeVisible();
  await studio.connected();
  const shelf = await gallery(page);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    more(page, "Everything", "Export .psd"),
  ]);
  await expect(shelf.getByText("Regions are not in the file")).toBeVisible();
  const file = await fileOf(download);
  const { width, height, layers, notes } = readTree(Uint8Array.from(file));
  expect([width, height, notes]).toEqual([1024, 1024, []]);
  const all = inTree(layers);
  expect(all.map(({ name, opacity, blend }) => [name, Math.round(opacity * 10) / 10, blend])).toEqual([
    ["Sketch", 1, "normal"],
    ["Outer", 0.5, "multiply"],
    ["Inner", 1, "normal"],
    ["Picture", 1, "normal"],
    ["Shape", 1, "normal"],
    ["Text", 1, "normal"],
  ]);
  const find = (name: string) => all.find((layer) => layer.name === name) as PixelLayer;
  // What was cut away of the picture is not there; what is there has its own colour, not the group's.
  expect(colorAt(find("Picture"), 200, 500)).toEqual([255, 0, 0, 255]);
  expect(colorAt(find("Picture"), 330, 500)).toBeNull();
  expect(colorAt(find("Sketch"), 650, 200)).toEqual([0, 255, 0, 255]);
  expect(colorAt(find("Sketch"), 710, 200)).toBeNull();
  expect(colorAt(find("Shape"), 75, 75)).toEqual([0, 0, 255, 255]);
  expect(find("Text").text).toMatchObject({ text: "Hi", color: "#102030" });
  await page.keyboard.press("Escape");
  await drop(page, "From Photoshop.psd", file);
  await expect(bar(page, "From Photoshop")).toBeVisible();
  await page.keyboard.press("Shift+L");
  const rows = page.getByRole("complementary", { name: "Layers" });
  for (const row of ["Outer, group", "Inner, group", "Picture, picture", "Text, text", "Paint, paint"])
    await expect(rows.getByRole("button", { name: row })).toBeVisible();
});

test("two tabs with one project show the same, and nothing of either is lost", async ({
  page,
  studio,
  server,
}) => {
  await studio.settled();
  const other = new StudioPage(await page.context().newPage());
  await other.open(server.url);
  await expect.poll(other.drawn).toBe(await studio.drawn());
  const before = await other.drawn();
  await studio.stroke([0.2, 0.2], [0.5, 0.7]);
  await expect.poll(other.drawn).not.toBe(before);
  await other.page.bringToFront();
  await other.stroke([0.8, 0.2], [0.6, 0.7]);
  await expect.poll(studio.drawn).toBe(await other.drawn());
  const both = await other.drawn();
  await other.page.close();
  await page.reload();
  await expect.poll(studio.drawn).toBe(both);
});
