import { describe, expect, test } from "vitest";
import { frameOf } from "../doc/frame";
import { HISTORY_PX, HISTORY_STACKED_PX, isStacked, type Layout, layout, snapDivider } from "./layout";
import { FIT, frameTransform, MAX_ZOOM, panBy, place, toDocument, zoomAt } from "./view";

const document = { width: 1024, height: 1024 };
const pane = { width: 700, height: 800 };
const insets = { top: 40, right: 0, bottom: 60, left: 0 };

describe("view", () => {
  test("a fitted document is centred in the space that controls leave", () => {
    const p = place(FIT, pane, insets, 0.5);
    expect(toDocument(p, 350, 390)).toEqual({ x: 512, y: 512 });
  });

  test("zooming holds the point under the pointer", () => {
    let view = FIT;
    for (const factor of [1.3, 2, 0.6]) {
      const before = toDocument(place(view, pane, insets, 0.6), 123, 456);
      view = zoomAt(view, place(view, pane, insets, 0.6), 123, 456, factor);
      const after = toDocument(place(view, pane, insets, 0.6), 123, 456);
      expect(after.x).toBeCloseTo(before.x, 6);
      expect(after.y).toBeCloseTo(before.y, 6);
    }
    expect(zoomAt(view, place(view, pane, insets, 0.6), 0, 0, 1e9).zoom).toBe(MAX_ZOOM);
  });

  test("panning moves the picture with the hand", () => {
    const view = FIT;
    const before = place(view, pane, insets, 0.6);
    const after = place(panBy(view, before, 30, -12), pane, insets, 0.6);
    expect(after.dx - before.dx).toBeCloseTo(30, 6);
    expect(after.dy - before.dy).toBeCloseTo(-12, 6);
  });
});

describe("layout", () => {
  const wide = {
    window: { width: 1440, height: 900 },
    document,
    divider: 0.5,
    panelOpen: false,
    chromeHidden: false,
    dockHeight_px: 46,
    filming: false,
    historyOpen: false,
    timeline_px: 0,
  };

  test("both panes show the document at one scale", () => {
    for (const divider of [0.2, 0.5, 0.73]) {
      const { sketch, render } = layout({ ...wide, divider });
      expect(sketch.fit).toBe(render.fit);
      expect(sketch.box.width + render.box.width).toBe(1440);
    }
  });

  test("controls cover no part of a fitted picture", () => {
    const { render, sketch } = layout({ ...wide, panelOpen: true });
    const view = FIT;
    const right = place(view, render.box, render.insets, render.fit);
    expect(render.box.x + right.dx + 1024 * right.scale).toBeLessThanOrEqual(1440 - 276);
    const left = place(view, sketch.box, sketch.insets, sketch.fit);
    expect(left.dx).toBeGreaterThanOrEqual(64);
    expect(left.dy).toBeGreaterThanOrEqual(40);
  });

  test("at an end one pane has the window and the other is small", () => {
    expect(layout({ ...wide, divider: 0 })).toMatchObject({
      sketch: { small: true },
      render: { small: false },
    });
    expect(layout({ ...wide, divider: 1 })).toMatchObject({
      sketch: { small: false },
      render: { small: true },
    });
    expect([0.03, 0.5, 0.97].map(snapDivider)).toEqual([0, 0.5, 1]);
  });

  test("an upright phone has the render above the canvas, without overlap", () => {
    const window = { width: 390, height: 844 };
    expect(isStacked(window)).toBe(true);
    const { render, sketch, divider } = layout({ ...wide, window });
    expect(divider).toBeNull();
    expect(render.box.y + render.box.height).toBeLessThanOrEqual(sketch.box.y);
    expect(sketch.fit * 1024).toBeGreaterThan(300);
    const filming = layout({ ...wide, window, filming: true });
    expect(sketch.box.y + sketch.box.height - filming.sketch.box.y - filming.sketch.box.height).toBe(56);
  });

  describe("on an upright tablet", () => {
    const tablet = { ...wide, window: { width: 820, height: 1180 } };

    test("the render is above the canvas, and both are larger than beside one another, controls open or not", () => {
      for (const [panelOpen, least] of [
        [false, 480],
        [true, 420],
      ] as const) {
        const { stacked, upright, sketch, render, divider } = layout({ ...tablet, panelOpen });
        expect([stacked, upright, divider]).toEqual([false, true, sketch.box.y]);
        expect(render.box.height).toBe(sketch.box.y);
        expect(sketch.fit).toBe(render.fit);
        expect(sketch.fit * 1024).toBeGreaterThan(least);
      }
    });

    test("a finger on the divider finds where it is, and its ends leave one pane", () => {
      const { divider, dividerFrom, dividerSpan } = layout({ ...tablet, divider: 0.3 });
      expect(((divider ?? 0) - dividerFrom) / dividerSpan).toBeCloseTo(0.3, 2);
      const [below, above] = [0, 1].map((divider) => layout({ ...tablet, divider }));
      expect(below).toMatchObject({ sketch: { small: true }, render: { small: false } });
      expect(above).toMatchObject({ sketch: { small: false }, render: { small: true } });
      expect(above?.divider).toBeGreaterThan(40);
      expect(below?.divider).toBeLessThan(1180 - 46);
    });

    test("an upright picture is beside its render, and so is any in a window that is wider than high", () => {
      const document = { width: 576, height: 1024 };
      expect(layout({ ...tablet, document }).upright).toBe(false);
      expect(layout({ ...wide, document: { width: 1024, height: 288 } }).upright).toBe(false);
    });
  });

  test("the filmstrip has its room under the panes, and none while it is closed", () => {
    const upright = { ...wide, window: { width: 390, height: 844 } };
    const [closed, open] = [layout(upright), layout({ ...upright, historyOpen: true })];
    const bottom = ({ sketch }: Layout) => sketch.box.y + sketch.box.height;
    expect(bottom(closed) - bottom(open)).toBe(HISTORY_STACKED_PX);
    const window = { width: 1440, height: 900 };
    const below = (historyOpen: boolean) => layout({ ...wide, window, historyOpen }).render.insets.bottom;
    expect(below(true) - below(false)).toBe(HISTORY_PX);
  });
});

describe("wide pictures", () => {
  const wide = frameOf([448, 256]);
  const desktop = {
    window: { width: 1440, height: 900 },
    document: wide,
    divider: 0.5,
    panelOpen: true,
    chromeHidden: false,
    dockHeight_px: 46,
    filming: false,
    historyOpen: false,
    timeline_px: 0,
  };

  test("the whole frame is inside both panes, in their middle", () => {
    const { sketch, render } = layout(desktop);
    for (const { box, insets, fit } of [sketch, render]) {
      const p = place(FIT, box, insets, fit);
      const left = p.dx + wide.x * p.scale;
      const right = left + wide.width * p.scale;
      expect(left).toBeGreaterThanOrEqual(insets.left - 0.5);
      expect(right).toBeLessThanOrEqual(box.width - insets.right + 0.5);
      expect((left + right) / 2).toBeCloseTo((insets.left + box.width - insets.right) / 2, 6);
    }
  });

  test("an element of the frame's size is put where the frame is", () => {
    expect(frameTransform(wide, { scale: 0.5, dx: 100, dy: 10 })).toBe("translate(-92px, 10px) scale(0.5)");
  });

  test("a phone shows it across its width, and a small picture has the area of a square one", () => {
    const phone = layout({ ...desktop, window: { width: 390, height: 844 } });
    expect(phone.sketch.fit * wide.width).toBeCloseTo(382, 0);
    const wideCorner = layout({ ...desktop, divider: 0 }).sketch.box;
    const squareCorner = layout({ ...desktop, divider: 0, document }).sketch.box;
    const area = ({ width, height }: { width: number; height: number }) => width * height;
    expect(wideCorner.width / wideCorner.height).toBeCloseTo(1.75, 1);
    expect(area(wideCorner) / area(squareCorner)).toBeCloseTo(1, 1);
  });
});
