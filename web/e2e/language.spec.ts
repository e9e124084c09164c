/** The page speaks the browser's language, and the one that a person chooses. */

import { faults } from "./axe";
import { expect, test } from "./studio";

test.use({ locale: "de-DE" });

test("a German browser has the page in German; English is one press away, everywhere at once, and stays", async ({
  page,
  studio,
}) => {
  const html = page.locator("html");
  await expect(html).toHaveAttribute("lang", "de");
  await expect(page.getByText("Links zeichnen")).toBeVisible();
  await expect(page.getByRole("button", { name: "Rückgängig" })).toBeVisible();

  // 1. A person's words stay theirs; figures are written as one writes them there.
  await page.getByRole("button", { name: /^Prompt bearbeiten: / }).click();
  await page.getByRole("textbox", { name: "Prompt-Text" }).fill("autumn colours");
  await page.keyboard.press("Enter");
  await page.keyboard.press("p");
  const settings = page.getByRole("complementary", { name: "Einstellungen" });
  await expect(settings.getByRole("slider", { name: "Stärke" })).toHaveAttribute("aria-valuetext", "0,85");
  await expect(settings.getByText("Licht und Jahreszeit")).toBeVisible();
  expect(await faults(page, settings)).toEqual([]);
  await studio.pulse.hover();
  for (const stage of ["Dekodieren", "Text", "Schritte", "Kodieren"])
    await expect(page.getByRole("term").filter({ hasText: new RegExp(`^${stage}$`) })).toBeVisible();

  // 2. The list of commands finds them by their German names.
  await page.keyboard.press("Control+k");
  await page.keyboard.type("ausblenden");
  await expect(page.getByRole("option", { name: /Ebene aus- oder einblenden/ })).toBeVisible();
  await page.keyboard.press("Escape");

  // 3. Another language: what is open, the bars and the canvases' names change where they stand.
  await settings.getByRole("button", { name: "English" }).click();
  await expect(html).toHaveAttribute("lang", "en");
  const english = page.getByRole("complementary", { name: "Settings" });
  await expect(english.getByText("Light and season")).toBeVisible();
  await expect(page.getByRole("button", { name: "Undo", exact: true })).toBeVisible();
  await expect(page.getByRole("img", { name: "Render of the sketch" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Edit prompt: autumn colours" })).toBeVisible();

  // 4. It is remembered.
  await page.reload();
  await studio.connected();
  await expect(html).toHaveAttribute("lang", "en");
  await expect(page.getByRole("button", { name: "Undo", exact: true })).toBeVisible();
});
