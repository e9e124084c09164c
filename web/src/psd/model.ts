/**
 * A PSD as this page needs it: a tree of groups and of layers with their pixels, and what could not be kept. Bytes <-> values,
 * through ag-psd; no canvas, so that it runs anywhere. Whoever made a file is a stranger: its layers are measured before they
 * are decoded.
 *
 * A group that is opaque and blends as usual lets its layers blend with what lies beneath it ("pass through" in a PSD); another
 * one is composed apart. A PSD knows both, whatever the opacity is: what that changes is said.
 */

import { plural, t } from "@lingui/core/macro";
import {
  type BlendMode,
  initializeCanvas,
  type PixelData,
  type Psd,
  type Layer as PsdLayer,
  type ReadOptions,
  readPsd,
  writePsd,
} from "ag-psd";
import { BLENDS, type Blend } from "../doc/layers";
import { ProjectError } from "../projects/project";

export const LIMITS = {
  file_bytes: 512 * 1024 ** 2,
  side_px: 30_000,
  layers: 500,
  pixels: 300_000_000,
} as const;
export type Limits = { readonly [name in keyof typeof LIMITS]: number };

/** RGBA, eight bits, not premultiplied. */
export type Rgba = Pick<PixelData, "width" | "height"> & { readonly data: Uint8ClampedArray | Uint8Array };

/** x, y: of its first letter's line, in pixels of the file. size: pixels. */
export interface PsdText {
  readonly text: string;
  readonly size: number;
  readonly color: string;
  /** Text units -> pixels: xx, xy, yx, yy, tx, ty. */
  readonly transform: readonly [number, number, number, number, number, number];
}

interface Common {
  readonly name: string;
  readonly visible: boolean;
  readonly locked: boolean;
  /** 0 to 1. */
  readonly opacity: number;
  readonly blend: Blend;
}

export interface PixelLayer extends Common {
  readonly kind: "pixels";
  readonly left: number;
  readonly top: number;
  readonly pixels: Rgba;
  readonly text: PsdText | null;
}

export interface PixelGroup extends Common {
  readonly kind: "group";
  /** From the bottom to the top. */
  readonly layers: readonly TreeLayer[];
}

export type TreeLayer = PixelLayer | PixelGroup;

export interface PsdTree {
  readonly width: number;
  readonly height: number;
  /** From the bottom to the top. */
  readonly layers: readonly TreeLayer[];
  /** What could not be kept, in sentences. */
  readonly notes: readonly string[];
}

const toPsd = (blend: Blend): BlendMode =>
  blend === "lighter" ? "linear dodge" : (blend.replace("-", " ") as BlendMode);
const FROM_PSD = new Map<BlendMode, Blend>(BLENDS.map((blend) => [toPsd(blend), blend]));
/** What a PSD calls the page's font. Text in another one, or in several sizes or colours, is its pixels only. */
const FONT = "Inter-SemiBold";
const NO_TURN = [1, 0, 0, 1, 0, 0] as const;

// Pixels are values here: no canvas, which would multiply them by their alpha and lose some.
initializeCanvas(
  () => {
    throw new Error("no canvas is needed");
  },
  (width, height) => ({ width, height, data: new Uint8ClampedArray(4 * width * height) }) as ImageData,
);

// -- writing ----------------------------------------------------------------------------------------------------------

/** merged: what all of it looks like, of that size. */
export function writeTree(
  { width, height, layers }: Omit<PsdTree, "notes">,
  merged: Rgba,
): Uint8Array<ArrayBuffer> {
  const psd: Psd = { width, height, imageData: merged as PixelData, children: layers.map(written) };
  return new Uint8Array(writePsd(psd, { noBackground: true, trimImageData: true }));
}

function written(layer: TreeLayer): PsdLayer {
  const { name, visible, locked, opacity, blend } = layer;
  const common: PsdLayer = {
    name,
    hidden: !visible,
    opacity,
    blendMode: toPsd(blend),
    ...(locked && { protected: { transparency: true, composite: true, position: true } }),
  };
  if (layer.kind === "group") {
    const plain = opacity === 1 && blend === "normal";
    return { ...common, ...(plain && { blendMode: "pass through" }), children: layer.layers.map(written) };
  }
  const { left, top, pixels, text } = layer;
  return {
    ...common,
    left,
    top,
    imageData: pixels as PixelData,
    ...(text && {
      text: {
        text: text.text,
        transform: [...text.transform],
        antiAlias: "smooth" as const,
        style: { font: { name: FONT }, fontSize: text.size, fillColor: rgb(text.color) },
      },
    }),
  };
}

const rgb = (color: string) => ({
  r: Number.parseInt(color.slice(1, 3), 16),
  g: Number.parseInt(color.slice(3, 5), 16),
  b: Number.parseInt(color.slice(5, 7), 16),
});

// -- reading ----------------------------------------------------------------------------------------------------------

/** Throws a ProjectError: project.psd for what is no PSD or is damaged, project.size for what is too large. */
export function readTree(bytes: Uint8Array<ArrayBuffer>, limits: Limits = LIMITS): PsdTree {
  if (bytes.length > limits.file_bytes) throw tooLarge(t`${{ count: bytes.length }} bytes`);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const plain: ReadOptions = { skipThumbnail: true, skipCompositeImageData: true, skipLinkedFilesData: true };
  // 1. How large it is, decoding nothing.
  const outline = parsed(buffer, { ...plain, skipLayerImageData: true });
  const all = allOf(outline.children ?? []);
  if (Math.max(outline.width, outline.height) > limits.side_px)
    throw tooLarge(`${outline.width} × ${outline.height}`);
  if (all.length > limits.layers) throw tooLarge(plural(all.length, { one: "# layer", other: "# layers" }));
  let pixels = outline.width * outline.height;
  for (const layer of all) {
    pixels += areaOf(layer) + areaOf(layer.mask ?? {});
    if (pixels > limits.pixels) throw tooLarge(t`more than ${{ count: limits.pixels }} pixels in its layers`);
  }
  // 2. Its layers; where nothing is on any, the picture itself.
  const layered = all.some((layer) => areaOf(layer) > 0);
  const psd = parsed(buffer, { ...plain, useImageData: true, skipCompositeImageData: layered });
  const { layers, notes } = new TreeReader().run(psd.children ?? []);
  if (psd.imageData !== undefined && !layered)
    layers.unshift({
      kind: "pixels",
      name: t`Background`,
      visible: true,
      locked: false,
      opacity: 1,
      blend: "normal",
      left: 0,
      top: 0,
      pixels: eightBits(psd.imageData),
      text: null,
    });
  return { width: psd.width, height: psd.height, layers, notes };
}

function parsed(buffer: ArrayBuffer, options: ReadOptions): Psd {
  try {
    return readPsd(buffer, options);
  } catch (error) {
    throw new ProjectError(
      "project.psd",
      t`this PSD cannot be read`,
      t`Save it in Photoshop as an RGB document of 8 bits, and try again.`,
      error instanceof Error ? error.message : "",
    );
  }
}

/** Groups and layers, in no order; a stranger's groups may lie deeper than a function can call itself. */
function allOf(layers: readonly PsdLayer[]): PsdLayer[] {
  const all = [...layers];
  for (const { children } of all) for (const child of children ?? []) all.push(child);
  return all;
}

const isPlain = ({ blendMode = "normal" }: PsdLayer) =>
  blendMode === "normal" || blendMode === "pass through";

class TreeReader {
  private readonly lost = new Map<string, number>();

  run(children: readonly PsdLayer[]): { layers: TreeLayer[]; notes: string[] } {
    const layers = this.tree(children);
    const notes = [...this.lost].map(([what, count]) =>
      count === 1 ? `${what}.` : t`${what} (${count} times).`,
    );
    return { layers, notes };
  }

  private lose(what: string): void {
    this.lost.set(what, (this.lost.get(what) ?? 0) + 1);
  }

  private tree(children: readonly PsdLayer[]): TreeLayer[] {
    return children
      .map((layer) => (layer.children === undefined ? this.layer(layer) : this.group(layer, layer.children)))
      .filter((layer) => layer !== null);
  }

  private group(layer: PsdLayer, children: readonly PsdLayer[]): PixelGroup {
    const { blendMode, opacity = 1 } = layer;
    if (allOf(children).some((inside) => !isPlain(inside))) {
      if (blendMode === "pass through" && opacity < 1)
        this.lose(t`A group that is seen through keeps its layers' blending to itself now`);
      if (blendMode !== "pass through" && isPlain(layer) && opacity === 1)
        this.lose(t`A group no longer keeps its layers' blending to itself`);
    }
    if (layer.mask !== undefined) this.lose(t`A group's mask was dropped`);
    if (layer.vectorMask !== undefined) this.lose(t`A vector mask was dropped`);
    const common = this.common(layer, blendMode === "pass through" ? "normal" : blendMode);
    return { kind: "group", ...common, layers: this.tree(children) };
  }

  private layer(layer: PsdLayer): PixelLayer | null {
    if (layer.adjustment !== undefined) {
      this.lose(t`Adjustment layers were left out`);
      return null;
    }
    const { imageData } = layer;
    if (imageData === undefined || imageData.width === 0 || imageData.height === 0) {
      if (layer.vectorFill !== undefined) this.lose(t`Shape layers without pixels were left out`);
      return null; // nothing is on it
    }
    const common = this.common(layer, layer.blendMode);
    if (layer.vectorMask !== undefined && layer.mask?.imageData === undefined)
      this.lose(t`A vector mask was dropped`);
    const [left, top] = [layer.left ?? 0, layer.top ?? 0];
    const text = textOf(layer);
    if (layer.text !== undefined && text === null) this.lose(t`Text is a picture now`);
    const pixels = masked(eightBits(imageData), left, top, layer.mask);
    return { kind: "pixels", ...common, left, top, pixels, text };
  }

  /** What groups and layers have. */
  private common(layer: PsdLayer, blendMode: BlendMode = "normal"): Common {
    const blend = FROM_PSD.get(blendMode);
    if (blend === undefined) this.lose(t`Blend mode “${blendMode}” became normal`);
    if (layer.clipping === true) this.lose(t`Clipping to the layer below was dropped`);
    if (layer.effects !== undefined && layer.effects.disabled !== true)
      this.lose(t`Layer effects (shadows, strokes and the like) were dropped`);
    return {
      name: layer.name ?? "",
      visible: layer.hidden !== true,
      locked: layer.protected?.composite === true,
      opacity: layer.opacity ?? 1,
      blend: blend ?? "normal",
    };
  }
}

/** One run of letters, in one size and colour, upright or turned; else null. */
function textOf({ text }: PsdLayer): PsdText | null {
  const { style, styleRuns = [], transform = NO_TURN } = text ?? {};
  const styles = [style, ...styleRuns.map((run) => run.style)].filter((each) => each !== undefined);
  const known = <T>(read: (each: (typeof styles)[number]) => T | undefined) =>
    new Set(
      styles
        .map(read)
        .filter((value) => value !== undefined)
        .map((value) => JSON.stringify(value)),
    );
  const [sizes, fonts, colors] = [
    known(({ fontSize }) => fontSize),
    known(({ font }) => font?.name),
    known(({ fillColor }) => fillColor),
  ];
  const color = styles.find(({ fillColor }) => fillColor !== undefined)?.fillColor;
  const size = styles.find(({ fontSize }) => fontSize !== undefined)?.fontSize;
  if (text === undefined || size === undefined || transform.length !== 6) return null;
  if (styles.find(({ font }) => font !== undefined)?.font?.name !== FONT) return null;
  if (Math.max(sizes.size, fonts.size, colors.size) > 1) return null;
  if (text.warp !== undefined && text.warp.style !== undefined && text.warp.style !== "none") return null;
  return {
    text: text.text.replace(/\r\n?/g, "\n"),
    size,
    color: color !== undefined && "r" in color ? hex(color.r, color.g, color.b) : "#000000",
    transform: [...transform] as unknown as PsdText["transform"],
  };
}

const hex = (...channels: number[]) =>
  `#${channels
    .map((value) =>
      Math.round(Math.min(255, Math.max(0, value)))
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;

/** Of 16 and 32 bits a channel the upper eight, so to say. */
function eightBits({ width, height, data }: PixelData): Rgba {
  if (data instanceof Uint8ClampedArray || data instanceof Uint8Array) return { width, height, data };
  const scale = data instanceof Uint16Array ? 255 / 65_535 : 255;
  return { width, height, data: Uint8ClampedArray.from(data, (value) => value * scale) };
}

/** A layer's mask becomes a part of its pixels. */
function masked(pixels: Rgba, left: number, top: number, mask: PsdLayer["mask"]): Rgba {
  if (mask === undefined || mask.disabled === true || mask.imageData === undefined) return pixels;
  const { width, height } = pixels;
  const data = new Uint8ClampedArray(pixels.data);
  const cover = eightBits(mask.imageData);
  const dx = (mask.left ?? 0) - left;
  const dy = (mask.top ?? 0) - top;
  const outside = mask.defaultColor ?? 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [mx, my] = [x - dx, y - dy];
      const inside = mx >= 0 && my >= 0 && mx < cover.width && my < cover.height;
      const amount = inside ? (cover.data[4 * (my * cover.width + mx)] ?? 0) : outside;
      const at = 4 * (y * width + x) + 3;
      data[at] = ((data[at] ?? 0) * amount) / 255;
    }
  return { width, height, data };
}

function areaOf({
  left = 0,
  right = 0,
  top = 0,
  bottom = 0,
}: Partial<Record<"left" | "right" | "top" | "bottom", number>>) {
  return Math.max(0, right - left) * Math.max(0, bottom - top);
}

const tooLarge = (value: string) =>
  new ProjectError(
    "project.size",
    t`the PSD is larger than what is opened here`,
    t`Scale it down, or merge some of its layers.`,
    value,
  );
