/** Pictures that people bring, made fit to travel: turned as their EXIF says, and no larger than is looked at. */

import type { Problem } from "../wire/shots";
import { bare, isBare } from "./bare";
import type { AssetFile } from "./store";

export const MAX_SIDE_PX = 1024;
const MAX_ORIGINAL_BYTES = 4 * 1024 * 1024;
/** What the server reads; anything else that the browser can show is encoded anew. */
const READ_BY_SERVER = new Set(["image/jpeg", "image/png", "image/webp"]);
const WEBP_QUALITY = 0.92;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size to encode a file anew at; null when its own bytes can travel. */
export function sizeToEncode(picture: Size, mime: string, bytes: number): Size | null {
  const scale = Math.min(1, MAX_SIDE_PX / Math.max(picture.width, picture.height));
  if (scale === 1 && READ_BY_SERVER.has(mime) && bytes <= MAX_ORIGINAL_BYTES) return null;
  return {
    width: Math.max(1, Math.round(picture.width * scale)),
    height: Math.max(1, Math.round(picture.height * scale)),
  };
}

/** What is said of a file that the browser cannot show as a picture. */
export const unreadable = (name: string): Problem => ({
  code: "pixels.format",
  message: "this file cannot be read as a picture",
  value: name,
  fix: "Use a PNG, JPEG or WebP file.",
});

/** Bare (bare.ts): what else the file said, where it was taken say, stays here. Rejects for what the browser cannot show
 *  as a picture. */
export async function pictureFile(source: Blob): Promise<AssetFile> {
  const bitmap = await createImageBitmap(source, { imageOrientation: "from-image" });
  const size = sizeToEncode(bitmap, source.type, source.size);
  if (size === null) {
    const bytes = new Uint8Array(await source.arrayBuffer());
    if (isBare(bytes)) {
      bitmap.close();
      return { mime: source.type, bytes };
    }
  }
  return fileOf(await encode(bitmap, size ?? { width: bitmap.width, height: bitmap.height }));
}

/** Scaled and encoded, WebP where the browser can. The bitmap is used up. */
export async function encode(bitmap: ImageBitmap, { width, height }: Size): Promise<Blob> {
  const surface = new OffscreenCanvas(width, height);
  const context = surface.getContext("2d");
  if (context === null) throw new Error("this browser gives no 2D canvas");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return surface.convertToBlob({ type: "image/webp", quality: WEBP_QUALITY });
}

/** The very pixels. */
export async function pngFile(canvas: HTMLCanvasElement): Promise<AssetFile> {
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (blob === null) throw new Error("the canvas cannot be encoded");
  return fileOf(blob);
}

/** Small enough for a chip. */
export async function thumbnailFile(canvas: HTMLCanvasElement, height_px: number): Promise<AssetFile> {
  const width = Math.max(1, Math.round((height_px * canvas.width) / canvas.height));
  return fileOf(await encode(await createImageBitmap(canvas), { width, height: height_px }));
}

/** Of what this browser encoded: its colour profile says sRGB, as no profile does. */
export async function fileOf(blob: Blob): Promise<AssetFile> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return { mime: blob.type, bytes: bare(bytes) ?? bytes };
}
