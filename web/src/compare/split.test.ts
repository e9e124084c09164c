import { expect, test } from "vitest";
import { clamped, FITTED, inLens, lensAt, lineAt, partAt, pixelZoom, placed, spanOf } from "./split";

const AT = { pane: { width: 1000, height: 600 }, picture: { width: 4000, height: 4000 }, dpr: 2 };

test("fitted, the whole picture is seen, in the middle", () => {
  expect(spanOf(placed(AT, FITTED(AT)), AT)).toEqual({ left: 200, top: 0, right: 800, bottom: 600 });
});

test("at the zoom of pixels one of the result is one of the screen", () => {
  expect(placed(AT, { ...FITTED(AT), zoom: pixelZoom(AT) }).scale).toBeCloseTo(1 / AT.dpr);
});

test("a view has no room beside the picture that it could fill", () => {
  const far = clamped(AT, { zoom: 4, cx: -500, cy: 9000 });
  const span = spanOf(placed(AT, far), AT);
  expect(span).toEqual({ left: 0, top: 0, right: 1000, bottom: 600 });
  const narrow = clamped(AT, { zoom: 1.2, cx: 0, cy: 2000 });
  expect(narrow.cx).toBe(2000);
});

test("a small picture is seen pixel by pixel too", () => {
  const small = { ...AT, picture: { width: 400, height: 400 }, dpr: 1 };
  expect(clamped(small, { zoom: pixelZoom(small), cx: 200, cy: 200 }).zoom).toBeCloseTo(400 / 600);
});

test("a large view is not smaller than fitted, and none blows pixels up without end", () => {
  expect(clamped(AT, { zoom: 0.1, cx: 0, cy: 0 })).toEqual(FITTED(AT));
  expect(clamped(AT, { zoom: 1e6, cx: 2000, cy: 2000 }).zoom).toBeCloseTo(8 * pixelZoom(AT));
});

test("the line stays on what is seen of the picture", () => {
  const span = { left: 200, top: 0, right: 800, bottom: 600 };
  expect([0, 0.5, 1].map((part) => lineAt(part, span))).toEqual([200, 500, 800]);
  expect([0, 350, 999].map((x) => partAt(x, span))).toEqual([0, 0.25, 1]);
  expect(partAt(5, { ...span, right: 200 })).toBe(0.5);
});

test("the lens is above the point, below it at the top, and never outside", () => {
  const lens = { width: 321, height: 160 };
  expect(lensAt({ x: 500, y: 400 }, lens, AT.pane, 20)).toEqual({ x: 339.5, y: 220 });
  expect(lensAt({ x: 500, y: 30 }, lens, AT.pane, 20).y).toBe(50);
  expect(lensAt({ x: 0, y: 400 }, lens, AT.pane, 20).x).toBe(20);
  expect(lensAt({ x: 999, y: 400 }, lens, AT.pane, 20).x).toBe(659);
  expect(lensAt({ x: 180, y: 100 }, lens, { width: 330, height: 600 }, 20).x).toBe(20);
});

test("the lens shows the point in its middle, on whole pixels of the screen", () => {
  const { x, y } = inLens({ x: 1000.3, y: 80 }, { width: 160, height: 160 }, 2);
  expect([x, y]).toEqual([-420, 40]);
});
