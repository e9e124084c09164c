import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bare, isBare } from "./bare";

const bytesOf = (...parts: readonly (string | readonly number[])[]) =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === "string" ? [...part].map((c) => c.charCodeAt(0)) : [...part])),
  );
const be = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const le = (value: number) => be(value).reverse();

const pngChunk = (kind: string, body = "") => [...bytesOf(be(body.length), kind, body, [1, 2, 3, 4])];
const png = (...chunks: number[][]) => bytesOf([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10], ...chunks);
const webpChunk = (kind: string, body: readonly number[]) => [
  ...bytesOf(kind, le(body.length), body, body.length % 2 === 1 ? [0] : []),
];
const webp = (...chunks: number[][]) => {
  const body = chunks.flat();
  return bytesOf("RIFF", le(body.length + 4), "WEBP", body);
};
const segment = (kind: number, body: string) => [
  ...bytesOf([0xff, kind, (body.length + 2) >> 8, (body.length + 2) & 255], body),
];
const jpeg = (...segments: number[][]) => bytesOf([0xff, 0xd8], ...segments, [0xff, 0xd9]);

const cases = {
  png: [
    png(
      pngChunk("IHDR"),
      pngChunk("tEXt", "where"),
      pngChunk("IDAT", "rows"),
      pngChunk("eXIf"),
      pngChunk("IEND"),
    ),
    png(pngChunk("IHDR"), pngChunk("IDAT", "rows"), pngChunk("IEND")),
  ],
  webp: [
    webp(
      webpChunk("VP8X", [0x3c, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
      webpChunk("ICCP", [1, 2, 3]),
      webpChunk("VP8 ", [7, 8, 9]),
      webpChunk("EXIF", [4]),
    ),
    webp(webpChunk("VP8X", [0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0]), webpChunk("VP8 ", [7, 8, 9])),
  ],
  jpeg: [
    jpeg(
      segment(0xe0, `JFIF\0${"\x01".repeat(9)}`),
      segment(0xe1, "Exif\0\0where"),
      segment(0xfe, "note"),
      segment(0xdb, "table"),
      [...segment(0xda, "scan"), 1, 0xff, 0, 2, 0xff, 0xd0, 3],
    ),
    jpeg(segment(0xe0, `JFIF\0${"\x01".repeat(9)}`), segment(0xdb, "table"), [
      ...segment(0xda, "scan"),
      1,
      0xff,
      0,
      2,
      0xff,
      0xd0,
      3,
    ]),
  ],
} as const;

describe.each(Object.entries(cases))("a %s", (_, [full, wanted]) => {
  test("loses what is no part of the picture, and keeps every byte that is", () => {
    expect(isBare(full)).toBe(false);
    expect(bare(full)).toEqual(wanted);
    expect(isBare(wanted)).toBe(true);
  });

  test("ends where it says", () => {
    const longer = bytesOf([...wanted], "PK and more");
    expect(isBare(longer)).toBe(false);
    expect(bare(longer)).toEqual(wanted);
  });

  test("cut off or changed anywhere it is bare, or cannot be made so", () => {
    for (let at = 0; at < full.length; at++) {
      bare(full.slice(0, at));
      const other = full.slice();
      other[at] = (other[at] ?? 0) ^ 0xff;
      const made = bare(other);
      if (made !== null) expect(isBare(made)).toBe(true);
    }
  });
});

test("a picture of another kind cannot be made bare", () => {
  expect(bare(bytesOf("GIF89a"))).toBeNull();
  expect(isBare(bytesOf(""))).toBe(false);
});

test("what is checked here is what the server checks", () => {
  const python = readFileSync(new URL("../../../src/lightbrush/gateway/bare.py", import.meta.url), "utf8");
  for (const chunk of [
    "IHDR",
    "PLTE",
    "tRNS",
    "gAMA",
    "cHRM",
    "sRGB",
    "sBIT",
    "pHYs",
    "VP8 ",
    "VP8L",
    "VP8X",
    "ALPH",
  ])
    expect(python).toContain(`b"${chunk}"`);
});
