import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CROSS_FADE, RenderView, SHARPEN_FADE } from "./render";

const frames: ((now_ms: number) => void)[] = [];

/** A canvas that remembers what was drawn on it, by name. */
function canvas() {
  const drawn: string[] = [];
  const context = {
    drawImage: ({ name }: { name?: string }) => drawn.push(name ?? "canvas"),
    clearRect: () => {},
  };
  return { width: 0, height: 0, drawn, getContext: () => context };
}

const picture = (name: string, width = 8) =>
  ({ name, width, height: 8, close: () => {} }) as unknown as ImageBitmap;

const copy = (render: RenderView) => (render.snapshot() as unknown as ReturnType<typeof canvas>)?.drawn;

beforeEach(() => {
  vi.stubGlobal("document", { createElement: canvas });
  vi.stubGlobal("requestAnimationFrame", (act: (now_ms: number) => void) => frames.push(act));
  frames.length = 0;
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const open = () => new RenderView(canvas() as unknown as HTMLCanvasElement);

test("a copy is of the picture that came last, also before its frame", () => {
  const render = open();
  expect(render.snapshot()).toBeNull();
  render.show(picture("first"), null, null, () => {});
  expect(copy(render)).toEqual(["first"]);
  frames.shift()?.(0);
  render.show(picture("second"), null, null, () => {});
  expect(copy(render)).toEqual(["second"]);
});

test("a picture that is held is what a copy shows, until another one comes", () => {
  const render = open();
  render.show(picture("first"), null, null, () => {});
  render.hold(picture("kept"));
  expect(copy(render)).toEqual(["kept"]);
  render.show(picture("second"), null, null, () => {});
  expect(copy(render)).toEqual(["second"]);
});

test("there is no copy for a frame of another shape", () => {
  const render = open();
  render.show(picture("square"), null, null, () => {});
  expect(render.snapshotOf({ x: 0, y: 0, width: 1024, height: 1024 })).not.toBeNull();
  expect(render.snapshotOf({ x: -256, y: 0, width: 1536, height: 1024 })).toBeNull();
});

test("the same picture in more pixels fades in over the one that is shown, of another shape it does not", () => {
  const shown = canvas();
  const render = new RenderView(shown as unknown as HTMLCanvasElement);
  const show = (picture: ImageBitmap, fade = SHARPEN_FADE) => {
    render.show(picture, null, fade, () => {});
    shown.drawn.length = 0;
    frames.shift()?.(1000);
    return { drawn: [...shown.drawn], size: [shown.width, shown.height] };
  };
  show(picture("live"), CROSS_FADE);
  const sharp = { ...picture("sharp", 16), height: 16 };
  expect(show(sharp)).toEqual({ drawn: ["live", "sharp"], size: [16, 16] });
  shown.drawn.length = 0;
  frames.shift()?.(1000 + SHARPEN_FADE.ms);
  expect([shown.drawn, frames.length]).toEqual([["sharp"], 0]);
  expect(show(picture("wide", 16))).toEqual({ drawn: ["wide"], size: [16, 8] });
});
