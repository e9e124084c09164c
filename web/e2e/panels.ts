/** Every panel of the studio: its name in docs/guide.md, how a person opens it and closes it again. */

import type { Locator, Page } from "@playwright/test";
import { expect, type StudioPage } from "./studio";

export interface Panel {
  /** Of its picture, docs/images/guide/NAME.webp. */
  readonly name: string;
  /** Resolves when it is on the screen. */
  readonly open: (studio: StudioPage) => Promise<Locator>;
  readonly close?: (studio: StudioPage) => Promise<void>;
}

const dialog = (page: Page, name: string) => page.getByRole("dialog", { name, exact: true });
const popover = (page: Page) => page.locator("[data-radix-popper-content-wrapper] > .popover");
const group = (page: Page, name: string) => page.getByRole("group", { name, exact: true });
const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true });
const settings = (page: Page) => page.getByRole("complementary", { name: "Settings" });
const layers = (page: Page) => page.getByRole("complementary", { name: "Layers" });

const pressEscape = ({ page }: StudioPage) => page.keyboard.press("Escape");
const press =
  (key: string) =>
  ({ page }: StudioPage) =>
    page.keyboard.press(key);

async function shown(panel: Locator): Promise<Locator> {
  await expect(panel).toBeVisible();
  return panel;
}

/** By a key, which closes it too. */
const byKey = (name: string, key: string, panel: (page: Page) => Locator): Panel => ({
  name,
  open: async ({ page }) => {
    await page.keyboard.press(key);
    return shown(panel(page));
  },
  close: press(key),
});

/** A tool that has a bar of its own. */
const byTool = (name: string, key: string, bar: string): Panel => ({
  ...byKey(name, key, (page) => group(page, bar)),
  close: press("b"),
});

/** By a button that is in sight; Escape closes it. */
const byButton = (name: string, label: string | RegExp, panel: (page: Page) => Locator): Panel => ({
  name,
  open: async ({ page }) => {
    await button(page, label).click();
    return shown(panel(page));
  },
  close: pressEscape,
});

async function openShare({ page }: StudioPage): Promise<Locator> {
  await page.getByTestId("share").click();
  return shown(dialog(page, "Share"));
}

/** In an order in which one leaves what the next needs. */
export const PANELS: readonly Panel[] = [
  { name: "studio", open: async ({ page }) => page.locator("body") },
  byButton("brushes", /^Brush size/, popover),
  byButton("colours", /^Colour: /, popover),
  byTool("shapes", "u", "Shape"),
  byTool("select", "w", "Selection"),
  byTool("move", "v", "Move the layer"),
  {
    name: "mask",
    open: async (studio) => {
      await studio.page.keyboard.press("m");
      await studio.stroke([0.5, 0.6], [0.7, 0.7]);
      return shown(group(studio.page, "Mask"));
    },
    close: async ({ page }) => {
      await page.keyboard.press("z");
      await page.keyboard.press("b");
    },
  },
  {
    name: "text",
    open: async (studio) => {
      await studio.page.keyboard.press("t");
      await studio.stroke([0.34, 0.2]);
      await shown(group(studio.page, "Text"));
      await studio.page.keyboard.type("north");
      return group(studio.page, "Text");
    },
    close: async ({ page }) => {
      await button(page, "Done").click();
      await page.keyboard.press("v");
      await page.keyboard.press("Delete");
      await page.keyboard.press("b");
    },
  },
  { name: "prompts", open: ({ page }) => shown(page.getByRole("region", { name: "Prompts" })) },
  byKey("settings", "p", settings),
  {
    name: "morph",
    open: async ({ page }) => {
      await page.keyboard.press("p");
      await settings(page).getByRole("button", { name: "Morph" }).click();
      await settings(page).getByRole("switch", { name: "Cross-fade" }).scrollIntoViewIfNeeded();
      return shown(settings(page));
    },
    close: async ({ page }) => {
      await settings(page).getByRole("button", { name: "Morph" }).click();
      await page.keyboard.press("p");
    },
  },
  byKey("layers", "Shift+L", layers),
  {
    name: "region",
    open: async ({ page }) => {
      await page.keyboard.press("Shift+L");
      await layers(page)
        .getByRole("button", { name: /^New region/ })
        .click();
      await expect(page.getByRole("textbox", { name: "Prompt text" })).toBeFocused();
      await page.keyboard.type("deep snow");
      await page.keyboard.press("Enter");
      return shown(layers(page));
    },
    close: press("Shift+L"),
  },
  byKey("board", "Shift+B", (page) => page.getByRole("region", { name: "Reference board" })),
  byKey("timeline", "Shift+T", (page) => page.getByRole("region", { name: "Timeline" })),
  byKey("perform", "Shift+P", (page) => page.getByRole("complementary", { name: "Perform" })),
  {
    name: "timeline-render",
    open: async ({ page }) => {
      await page.keyboard.press("Shift+T");
      await button(page, "Render the timeline").click();
      return shown(popover(page));
    },
    close: async ({ page }) => {
      await page.keyboard.press("Escape");
      await page.keyboard.press("Shift+T");
    },
  },
  {
    name: "history",
    open: async ({ page }) => {
      await page.keyboard.press("s");
      await page.keyboard.press("Shift+H");
      return shown(page.getByRole("region", { name: "History" }));
    },
  },
  byButton("snapshots", /^Snapshots: [1-9]/, (page) => dialog(page, "Snapshots")),
  {
    ...byButton("time-lapse", "Time-lapse", (page) => dialog(page, "Time-lapse")),
    close: async ({ page }) => {
      await page.keyboard.press("Escape");
      await page.keyboard.press("Shift+H");
    },
  },
  { ...byKey("projects", "Control+o", (page) => dialog(page, "Projects")), close: pressEscape },
  {
    name: "enhance",
    open: async ({ page, render }) => {
      await render.hover();
      await button(page, "Size and format of what is enhanced").first().click();
      return shown(dialog(page, "Enhance"));
    },
    close: pressEscape,
  },
  byKey("jobs", "j", (page) => dialog(page, "Jobs")),
  { name: "share", open: openShare, close: pressEscape },
  byKey("palette", "Control+k", (page) => dialog(page, "Commands")),
  byKey("shortcuts", "?", (page) => dialog(page, "Shortcuts")),
];

/** What takes more than a press to be there: the guide has them too, and axe sees them in the tests of what they show. */
export const ELSEWHERE = [
  "light",
  "phone",
  "latency",
  "before-and-after",
  "premiere",
  "versions",
  "video",
] as const;
