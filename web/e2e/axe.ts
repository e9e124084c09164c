/** What axe finds on the page, against WCAG 2.2 A and AA. */

import { AxeBuilder } from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];
const MARK = "data-looked-at";

/**
 * Within one element, in the light and in the dark, as the system asks for them: the rule, and each part that breaks it.
 * What is no matter of colour is looked at once.
 */
export async function faults(page: Page, panel: Locator): Promise<string[]> {
  const found: string[] = [];
  await panel.evaluate((element, mark) => element.setAttribute(mark, ""), MARK);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    // Without a page of its own for the report: there are no frames to gather it from.
    const axe = new AxeBuilder({ page }).setLegacyMode(true).include(`[${MARK}]`);
    const { violations } = await (colorScheme === "light"
      ? axe.withTags(RULES)
      : axe.withRules(["color-contrast"])
    ).analyze();
    for (const { id, nodes } of violations)
      for (const { html, failureSummary = "" } of nodes)
        found.push(`${colorScheme}, ${id}: ${html.slice(0, 160)} ${failureSummary.replace(/\s+/g, " ")}`);
  }
  await panel.evaluate((element, mark) => element.removeAttribute(mark), MARK);
  await page.emulateMedia({ reducedMotion: "no-preference" });
  return found;
}
