import { readFileSync } from "node:fs";
import { i18n } from "@lingui/core";
import { afterEach, expect, test } from "vitest";
import { messages as german } from "./de.po";
import { formatsOf, shownLanguage } from "./language";
import { fixed, percent, signed } from "./numbers";

afterEach(() => i18n.activate("en"));

test("what was chosen wins over the browser, and what the page does not speak is passed over", () => {
  expect(shownLanguage("", ["de-CH", "en"])).toBe("de");
  expect(shownLanguage("", ["fr", "DE", "en"])).toBe("de");
  expect(shownLanguage("en", ["de"])).toBe("en");
  expect(shownLanguage("", ["fr-FR"])).toBe("en");
  expect(shownLanguage("tlh", ["de"])).toBe("de");
});

test("numbers and dates are the browser's own where it speaks the page's language", () => {
  expect(formatsOf("en", ["de", "en-GB", "en"])).toEqual(["en-GB", "en"]);
  expect(formatsOf("de", ["en-GB"])).toEqual(["de"]);
});

test("figures have their language's point and sign", () => {
  expect([fixed(0.5, 2), signed(-0.3, 2), signed(0.3, 2), signed(-0.001, 2)]).toEqual([
    "0.50",
    "−0.30",
    "+0.30",
    "0.00",
  ]);
  i18n.load("de", german);
  i18n.activate("de");
  expect([fixed(0.5, 2), signed(-0.3, 2), percent(0.5)]).toEqual(["0,50", "−0,30", "50\u00a0%"]);
});

/** What stands in braces in a message, or is numbered in angle brackets. */
const holes = (text: string) => (text.match(/\{\w+(?=\}|, plural)|<\/?\d+\/?>/g) ?? []).sort();

test("each German message has the values and the elements of the English one", () => {
  const po = readFileSync(new URL("./de.po", import.meta.url), "utf8");
  const entries = [...po.matchAll(/^msgid ((?:".*"\n)+)msgstr ((?:".*"\n?)+)/gm)].map(([, id, str]) =>
    [id, str].map((lines = "") =>
      lines
        .split("\n")
        .filter(Boolean)
        .map((line): string => JSON.parse(line))
        .join(""),
    ),
  );
  expect(entries.length).toBeGreaterThan(400);
  // What is not translated yet is `lingui check`'s to say.
  for (const [english = "", translated = ""] of entries.filter(([id, str]) => id && str))
    expect([english, [...new Set(holes(translated))]]).toEqual([english, [...new Set(holes(english))]]);
});

test("a tag that is none says nothing about formats", () => {
  expect(formatsOf("en", ["en-US@posix"])).toEqual(["en"]);
  expect(formatsOf("en", ["en-US@posix", "en-GB"])).toEqual(["en-GB"]);
});
