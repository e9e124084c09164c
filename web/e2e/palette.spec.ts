/** Every command by its name, and the page in the light and in the dark. */

import type { Page } from "@playwright/test";
import { expect, test } from "./studio";

const palette = (page: Page) => page.getByRole("dialog", { name: "Commands" });
const options = (page: Page) => palette(page).getByRole("option");
const surface = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

test("a few letters and Enter do it, and it is first the next time; the theme is the system's until it is picked, and stays", async ({
  page,
  studio,
}) => {
  await studio.settled();
  const dark = await surface(page);
  await page.emulateMedia({ colorScheme: "light" });
  await expect.poll(() => surface(page)).not.toBe(dark);
  const light = await surface(page);

  await page.keyboard.press("Control+k");
  await expect(palette(page).getByRole("combobox")).toBeFocused();
  await page.keyboard.type("drk thm");
  await expect(options(page).first()).toHaveText(/Dark theme/);
  await page.keyboard.press("Enter");
  await expect(palette(page)).toBeHidden();
  await expect.poll(() => surface(page)).toBe(dark);

  // It lists what cannot be done now, and does not do it; it reaches layers and engines.
  await page.keyboard.press("Control+k");
  await expect(options(page).first()).toHaveText(/Dark theme/);
  await expect(options(page).first()).toHaveAttribute("aria-disabled", "true");
  await expect(options(page).filter({ hasText: "Delete what is selected" })).toHaveAttribute(
    "aria-disabled",
    "true",
  );
  await expect(options(page).filter({ hasText: /^Undo/ })).toHaveAttribute("aria-disabled", "true");
  await expect(options(page).filter({ hasText: /^Layer: / })).not.toHaveCount(0);
  await expect(options(page).filter({ hasText: /^Engine: / })).not.toHaveCount(0);
  await page.keyboard.type("no such thing");
  await expect(palette(page)).toContainText("Nothing is called “no such thing”");
  await page.keyboard.press("Escape");
  await expect(palette(page)).toBeHidden();

  // What a command opens has the keys.
  await page.keyboard.press("Control+k");
  await page.keyboard.type("timeline");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "Timeline" })).toBeVisible();
  await page.keyboard.press("e");
  await expect(page.getByRole("button", { name: "Eraser", exact: true })).toHaveAttribute(
    "aria-pressed",
    "true",
  );

  await page.keyboard.press("p");
  const settings = page.getByRole("complementary", { name: "Settings" });
  await settings.getByRole("button", { name: "Light", exact: true }).click();
  await expect.poll(() => surface(page)).toBe(light);
  await page.emulateMedia({ colorScheme: "dark" });
  await expect
    .poll(() => page.evaluate(() => JSON.parse(localStorage.getItem("lightbrush.desk") ?? "{}").theme))
    .toBe("light");
  await page.reload();
  await studio.connected();
  expect(await surface(page)).toBe(light);
  await settings.getByRole("group", { name: "Theme" }).getByRole("button", { name: "System" }).click();
  await expect.poll(() => surface(page)).toBe(dark);
});
