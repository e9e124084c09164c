import { beforeAll, describe, expect, test, vi } from "vitest";
import { boardKey, boardOf, MAX_BOARD } from "../doc/board";
import { LightDocument } from "../doc/document";
import type { PicturePrompts } from "../picture-prompts";
import type { Problem } from "../wire/shots";
import { Board, MAX_ZOOM, placeBeside } from "./board";

// Node decodes no pictures: a file's name says how large it is, and its bytes are its name.
beforeAll(() => {
  vi.stubGlobal("createImageBitmap", async (file: File) => {
    const [, width, height] = /(\d+)x(\d+)/.exec(file.name) ?? [];
    if (width === undefined) throw new Error("no picture");
    return { width: Number(width), height: Number(height), name: file.name, close() {} };
  });
  vi.stubGlobal(
    "OffscreenCanvas",
    class {
      private said = "";
      constructor(
        readonly width: number,
        readonly height: number,
      ) {}
      getContext() {
        return { drawImage: (bitmap: { name: string }) => (this.said = `${bitmap.name} at ${this.width}`) };
      }
      async convertToBlob() {
        return new Blob([this.said], { type: "image/webp" });
      }
    },
  );
});

function open() {
  let ids = 0;
  const doc = new LightDocument({ newId: () => `i${++ids}`, author: "me" });
  const kept: Record<string, string> = {};
  const said: Problem[] = [];
  const prompts: File[] = [];
  const make = () =>
    new Board({
      doc,
      pictures: { add: async (files: File[]) => void prompts.push(...files) } as unknown as PicturePrompts,
      storage: {
        getItem: (key) => kept[key] ?? null,
        setItem: (key, value) => Object.assign(kept, { [key]: value }),
      },
      snapshot: () => null,
      say: (problem) => said.push(problem),
    });
  return { doc, make, board: make(), said, prompts, kept };
}

const file = (name: string) => new File([name], name, { type: "image/png" });

describe("the reference board", () => {
  test("takes pictures, each with its shape, beside one another; adding one is a step of undo", async () => {
    const { board, doc } = open();
    await board.add([file("wide 400x200.png"), file("tall 100x300.png")], null);
    expect(board.pictures).toMatchObject([
      { name: "wide 400x200.png", aspect: 0.5, x: 0, y: 0 },
      { name: "tall 100x300.png", aspect: 3 },
    ]);
    expect(board.pictures[1]?.x).toBeGreaterThan(board.pictures[0]?.width ?? 0);
    expect(doc.image(board.pictures[0]?.image ?? "")?.mime).toBe("image/webp");
    doc.undo();
    expect(board.pictures.length).toBe(1);
    doc.redo();
    expect(board.pictures.length).toBe(2);
  });

  test("what is dropped lies under the pointer", async () => {
    const { board } = open();
    await board.add([file("a 100x100")], { x: 500, y: 300 });
    const [picture] = board.pictures;
    expect((picture?.x ?? 0) + (picture?.width ?? 0) / 2).toBe(500);
  });

  test("a drag is one step of undo, and brings its picture to the front", async () => {
    const { board, doc } = open();
    await board.add([file("a 10x10"), file("b 10x10")], null);
    const [under] = board.pictures;
    if (under === undefined) throw new Error("no picture");
    board.raise(under.id, "g");
    for (let i = 1; i <= 5; i++) board.change(under.id, { x: i * 10 }, "g");
    expect(board.pictures.at(-1)).toMatchObject({ id: under.id, x: 50 });
    doc.undo();
    expect(board.pictures[0]).toEqual(under);
  });

  test("a picture of it is a prompt with one press", async () => {
    const { board, prompts } = open();
    await board.add([file("a 10x10")], null);
    const [picture] = board.pictures;
    if (picture !== undefined) await board.asPrompt(picture);
    expect(prompts.map(({ name, type }) => [name, type])).toEqual([["a 10x10", "image/webp"]]);
  });

  test("what is no picture is said, and the others come", async () => {
    const { board, said } = open();
    await board.add([file("notes.txt"), file("a 10x10")], null);
    expect(said).toMatchObject([{ code: "pixels.format", value: "notes.txt" }]);
    expect(board.pictures.length).toBe(1);
  });

  test("has a bound, which is said", async () => {
    const { board, said } = open();
    const many = Array.from({ length: MAX_BOARD + 1 }, (_, i) => file(`${i} 10x10`));
    await board.add(many, null);
    expect(board.pictures.length).toBe(MAX_BOARD);
    expect(said).toMatchObject([{ code: "client.board" }]);
  });

  test("zooms about the pointer, in its limits, and stands where it stood on the next visit", async () => {
    const { board, make } = open();
    board.window.set({ open: true });
    board.zoomAt(100, 50, 2);
    const { panX, panY, zoom } = board.window.get();
    expect([(100 - panX) / zoom, (50 - panY) / zoom]).toEqual([84, 34]);
    board.zoomAt(0, 0, 1e9);
    expect(board.window.get().zoom).toBe(MAX_ZOOM);
    expect(make().window.get()).toEqual(board.window.get());
  });

  test("shows all of its pictures", async () => {
    const { board } = open();
    await board.add([file("a 100x100")], { x: 3000, y: -2000 });
    board.fit();
    const { panX, panY, zoom, width, height } = board.window.get();
    expect(3000 * zoom + panX).toBeCloseTo(width / 2);
    expect(-2000 * zoom + panY).toBeCloseTo((height - 40) / 2);
  });
});

test("what another program wrote is read as far as it makes sense", () => {
  const { doc } = open();
  const image = "0".repeat(64);
  doc.setParams(
    {
      [boardKey("a")]: "no json",
      [boardKey("b")]: JSON.stringify({ image: "javascript:1" }),
      [boardKey("c")]: JSON.stringify({ image, x: 1e12, width: -3, aspect: "x", name: 4 }),
      [boardKey("d")]: "null",
    },
    "",
  );
  expect(boardOf(doc)).toEqual([{ id: "c", image, name: "", x: 20_000, y: 0, width: 24, aspect: 1, z: 0 }]);
});

test("a new row begins where there is no room beside the last picture", () => {
  const at = (x: number, y: number) => ({ id: "", image: "", name: "", x, y, width: 220, aspect: 1, z: 0 });
  expect(placeBeside([])).toEqual({ x: 0, y: 0 });
  expect(placeBeside([at(0, 0)])).toEqual({ x: 236, y: 0 });
  expect(placeBeside([at(0, 0), at(500, 0)])).toEqual({ x: 0, y: 236 });
});
