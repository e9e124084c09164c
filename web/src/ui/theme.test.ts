import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { shownTheme, themeOf } from "./theme";

const source = (path: string) => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), "utf8");
const styles = source("styles.css");

/** Of each colour of styles.css, its two sides as they stand there. */
const COLOURS = new Map(
  [...styles.matchAll(/--color-([a-z]+): light-dark\((#[0-9a-f]+), (#[0-9a-f]+)\);/g)].map(
    ([, name = "", light = "", dark = ""]) => [name, { light, dark }] as const,
  ),
);

/** WCAG 2's relative luminance, 0 to 1, of "#rrggbb". */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** `part` of the veil over a surface, "#rrggbb". */
function veiled(surface: string, veil: string, part: number): string {
  const at = (hex: string, i: number) => Number.parseInt(hex.slice(i, i + 2), 16);
  const mixed = [1, 3, 5].map((i) => Math.round(at(surface, i) * (1 - part) + at(veil, i) * part));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

test("what is stored and is no theme is the system's", () => {
  expect(themeOf("light")).toBe("light");
  expect(themeOf("pink")).toBe("system");
  expect([shownTheme("system", true), shownTheme("system", false), shownTheme("dark", true)]).toEqual([
    "light",
    "dark",
    "dark",
  ]);
});

/** How much veil lies under text: fields have 8 %, rows that are picked 12 %. */
const VEILS: Readonly<Record<string, readonly number[]>> = { raised: [0], surface: [0, 0.08, 0.12] };

test.each(["light", "dark"] as const)(
  "%s: every text is readable on every surface and on its fields",
  (side) => {
    const of = (name: string) => COLOURS.get(name)?.[side] ?? "";
    const low: string[] = [];
    for (const surface of ["page", "bar", "surface", "raised"])
      for (const text of ["ink", "soft", "faint", "accent", "slow", "bad", "good"])
        for (const part of VEILS[surface] ?? [0, 0.08])
          if (contrast(of(text), veiled(of(surface), of("veil"), part)) < 4.5)
            low.push(`${text} on ${surface}, veil ${part}`);
    expect(low).toEqual([]);
    for (const ground of ["accent", "ink"]) expect(contrast(of("onaccent"), of(ground))).toBeGreaterThan(4.5);
  },
);

test.each(["light", "dark"] as const)("%s: what surrounds pictures and controls has no hue", (side) => {
  for (const name of [
    "ground",
    "page",
    "bar",
    "surface",
    "raised",
    "empty",
    "ink",
    "soft",
    "faint",
    "good",
  ]) {
    const hex = COLOURS.get(name)?.[side] ?? "";
    expect(new Set([hex.slice(1, 3), hex.slice(3, 5), hex.slice(5, 7)]).size, `${name} ${hex}`).toBe(1);
  }
});

test("controls take their colours from the theme: white and black are for what lies on pictures", () => {
  const files = [
    "App.tsx",
    ...["panels", "panels/timeline", "ui"].flatMap((folder) =>
      readdirSync(fileURLToPath(new URL(`../${folder}`, import.meta.url)))
        .filter((name) => name.endsWith(".tsx"))
        .map((name) => `${folder}/${name}`),
    ),
  ];
  const fixed = files.flatMap((file) =>
    source(file)
      .split("\n")
      .filter(
        (line) => /-white\/\d|-\[#[0-9a-f]{3,8}\]/.test(line) && !/bg-black|ON_PICTURE|on-picture/.test(line),
      )
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(fixed).toEqual([]);
});
