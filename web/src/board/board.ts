/** The reference board of this page: pictures pinned beside the canvas. They are in the document; where the board stands is not. */

import { t } from "@lingui/core/macro";
import { sha256 as hash } from "../assets/hash";
import { encode, MAX_SIDE_PX, unreadable } from "../assets/picture";
import {
  type BoardPicture,
  boardKey,
  boardOf,
  boardValue,
  MAX_BOARD,
  MAX_BOARD_NAME_CHARS,
} from "../doc/board";
import type { LightDocument } from "../doc/document";
import { newId } from "../doc/keep";
import { number } from "../doc/read";
import type { PicturePrompts } from "../picture-prompts";
import { Store } from "../ui/store";
import type { Problem } from "../wire/shots";

/** Of this browser; CSS pixels. panX, panY: where the board's origin is in the window; zoom: CSS pixels a board unit. */
export interface BoardWindow {
  readonly open: boolean;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly panX: number;
  readonly panY: number;
  readonly zoom: number;
}

export interface BoardWorld {
  readonly doc: LightDocument;
  readonly pictures: PicturePrompts;
  readonly storage: Pick<Storage, "getItem" | "setItem">;
  snapshot(): HTMLCanvasElement | null;
  say(problem: Problem): void;
}

const KEY = "lightbrush.board";
export const MIN_ZOOM = 0.1;
export const MAX_ZOOM = 8;
export const MIN_WINDOW_PX = 200;
/** A picture that comes is so large, and the next one lies so far beside it. */
const NEW_PX = 220;
const GAP_PX = 16;
const ROW_PX = 720;
const FRESH: BoardWindow = {
  open: false,
  x: 84,
  y: 56,
  width: 400,
  height: 320,
  panX: 16,
  panY: 16,
  zoom: 1,
};

export class Board {
  readonly window: Store<BoardWindow>;
  readonly now: Store<{ readonly pictures: readonly BoardPicture[] }>;
  private readonly urls = new Map<string, string>();

  constructor(private readonly world: BoardWorld) {
    const { doc, storage } = world;
    this.window = new Store(readWindow(storage));
    this.window.subscribe(() => storage.setItem(KEY, JSON.stringify(this.window.get())));
    this.now = new Store<{ readonly pictures: readonly BoardPicture[] }>({ pictures: boardOf(doc) });
    let said = JSON.stringify(this.pictures);
    doc.observe((parts) => {
      if (!parts.has("params") && !parts.has("images")) return;
      const pictures = boardOf(doc);
      const next = JSON.stringify([pictures, pictures.map(({ image }) => doc.image(image) !== null)]);
      if (next === said) return;
      said = next;
      this.now.set({ pictures });
      this.forget();
    });
  }

  get pictures(): readonly BoardPicture[] {
    return this.now.get().pictures;
  }

  toggle(): void {
    this.window.set({ open: !this.window.get().open });
  }

  /** at: board units, the middle of the first; null: beside what is there. What is no picture is said. */
  async add(files: readonly File[], at: { x: number; y: number } | null): Promise<void> {
    let where = at;
    for (const file of files) {
      if (this.full()) return;
      try {
        const added = await this.put(
          await createImageBitmap(file, { imageOrientation: "from-image" }),
          file.name,
          where,
        );
        where = where && { x: where.x + added.width + GAP_PX, y: where.y };
      } catch {
        this.world.say(unreadable(file.name));
      }
    }
  }

  /** What is shown at the right, as it is now. */
  async addRender(at: { x: number; y: number } | null): Promise<void> {
    const canvas = this.world.snapshot();
    if (canvas !== null && !this.full()) await this.put(await createImageBitmap(canvas), t`Render`, at);
  }

  change(id: string, patch: Partial<BoardPicture>, gesture: string): void {
    const picture = this.pictures.find((known) => known.id === id);
    if (picture !== undefined)
      this.world.doc.setParams({ [boardKey(id)]: boardValue({ ...picture, ...patch }) }, gesture);
  }

  /** Over all others; a part of the gesture that takes it in hand. */
  raise(id: string, gesture: string): void {
    const top = this.pictures.at(-1);
    if (top !== undefined && top.id !== id) this.change(id, { z: top.z + 1 }, gesture);
  }

  remove(id: string): void {
    this.world.doc.setParams({ [boardKey(id)]: undefined }, "");
  }

  /** One press: the picture is a prompt too. */
  async asPrompt({ image, name }: BoardPicture): Promise<void> {
    const file = this.world.doc.image(image);
    if (file !== null)
      await this.world.pictures.add([
        new File([file.bytes.slice()], name || t`Reference`, { type: file.mime }),
      ]);
  }

  /** Null while its bytes are not there. */
  url(image: string): string | null {
    const known = this.urls.get(image);
    if (known !== undefined) return known;
    const file = this.world.doc.image(image);
    if (file === null) return null;
    const url = URL.createObjectURL(new Blob([file.bytes.slice()], { type: file.mime }));
    this.urls.set(image, url);
    return url;
  }

  /** All of the pictures in the window. */
  fit(): void {
    const { pictures } = this;
    const { width, height } = this.window.get();
    if (pictures.length === 0) {
      this.window.set({ panX: FRESH.panX, panY: FRESH.panY, zoom: 1 });
      return;
    }
    const left = Math.min(...pictures.map(({ x }) => x));
    const top = Math.min(...pictures.map(({ y }) => y));
    const right = Math.max(...pictures.map((p) => p.x + p.width));
    const bottom = Math.max(...pictures.map((p) => p.y + p.width * p.aspect));
    const room = { width: width - 2 * GAP_PX, height: height - HEAD_PX - 2 * GAP_PX };
    const zoom = clampZoom(Math.min(room.width / (right - left), room.height / (bottom - top)));
    this.window.set({
      zoom,
      panX: (width - (left + right) * zoom) / 2,
      panY: (height - HEAD_PX - (top + bottom) * zoom) / 2,
    });
  }

  /** What is at this place of the window stays there. */
  zoomAt(x: number, y: number, factor: number): void {
    const { zoom, panX, panY } = this.window.get();
    const next = clampZoom(zoom * factor);
    const k = next / zoom;
    this.window.set({ zoom: next, panX: x - (x - panX) * k, panY: y - (y - panY) * k });
  }

  private async put(
    bitmap: ImageBitmap,
    name: string,
    at: { x: number; y: number } | null,
  ): Promise<BoardPicture> {
    const { doc } = this.world;
    const aspect = bitmap.height / bitmap.width;
    const scale = Math.min(1, MAX_SIDE_PX / Math.max(bitmap.width, bitmap.height));
    const blob = await encode(bitmap, {
      width: Math.max(1, Math.round(bitmap.width * scale)),
      height: Math.max(1, Math.round(bitmap.height * scale)),
    });
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const image = await hash(bytes);
    const { pictures } = this;
    const place = at ? { x: at.x - NEW_PX / 2, y: at.y - (NEW_PX * aspect) / 2 } : placeBeside(pictures);
    const z = (pictures.at(-1)?.z ?? 0) + 1;
    const picture = {
      id: newId(),
      image,
      name: name.slice(0, MAX_BOARD_NAME_CHARS),
      ...place,
      width: NEW_PX,
      aspect,
      z,
    };
    doc.y.transact(() => {
      doc.putImage(image, { mime: blob.type, bytes });
      doc.setParams({ [boardKey(picture.id)]: boardValue(picture) }, "");
    });
    return picture;
  }

  private full(): boolean {
    if (this.pictures.length < MAX_BOARD) return false;
    this.world.say({
      code: "client.board",
      message: t`the board holds at most ${MAX_BOARD} pictures`,
      value: "",
      fix: t`Remove one to make room.`,
    });
    return true;
  }

  /** Pictures that are gone from the board. */
  private forget(): void {
    const there = new Set(this.pictures.map(({ image }) => image));
    for (const [image, url] of this.urls) {
      if (there.has(image)) continue;
      URL.revokeObjectURL(url);
      this.urls.delete(image);
    }
  }
}

/** Of the window's head. */
export const HEAD_PX = 40;

const clampZoom = (zoom: number) => Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, zoom));

/** In rows, from the left. */
export function placeBeside(pictures: readonly BoardPicture[]): { x: number; y: number } {
  const bottom = Math.max(0, ...pictures.map((p) => p.y + p.width * p.aspect));
  const last = pictures.at(-1);
  if (last === undefined) return { x: 0, y: 0 };
  const x = last.x + last.width + GAP_PX;
  return x + NEW_PX <= ROW_PX ? { x, y: last.y } : { x: 0, y: bottom + GAP_PX };
}

function readWindow(storage: Pick<Storage, "getItem">): BoardWindow {
  try {
    const stored: unknown = JSON.parse(storage.getItem(KEY) ?? "{}");
    if (typeof stored !== "object" || stored === null) return FRESH;
    const given = stored as Record<string, unknown>;
    const at = (name: "x" | "y" | "panX" | "panY") => number(given[name], FRESH[name], -20_000, 20_000);
    return {
      open: given.open === true,
      x: at("x"),
      y: at("y"),
      width: number(given.width, FRESH.width, MIN_WINDOW_PX, 4000),
      height: number(given.height, FRESH.height, MIN_WINDOW_PX, 4000),
      panX: at("panX"),
      panY: at("panY"),
      zoom: number(given.zoom, 1, MIN_ZOOM, MAX_ZOOM),
    };
  } catch {
    return FRESH;
  }
}
