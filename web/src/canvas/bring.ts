/** Images that come from outside: pasted, dropped, or the render itself. They become image marks. */

import { DOCUMENT_WIDTH, type ImageMark } from "../doc/marks";

export const MAX_IMAGE_SIDE_PX = 1024;
/** Set on a drag of the render, so that dropping it on the sketch makes it a mark. */
export const RENDER_DRAG_TYPE = "application/x-lightbrush-render";

/** The largest rectangle of the image's aspect inside the canvas, centred. */
export function fitImage(
  image: { width: number; height: number },
  canvasHeight: number,
): Pick<ImageMark, "x" | "y" | "w" | "h"> {
  const scale = Math.min(DOCUMENT_WIDTH / image.width, canvasHeight / image.height);
  const w = Math.round(image.width * scale);
  const h = Math.round(image.height * scale);
  return { x: Math.round((DOCUMENT_WIDTH - w) / 2), y: Math.round((canvasHeight - h) / 2), w, h };
}

/** Scaled down to at most 1024 pixels a side and encoded (WebP where the browser can). Rejects for a non-image. */
export async function imageMark(source: ImageBitmapSource, canvasHeight: number): Promise<ImageMark> {
  const bitmap = await createImageBitmap(source);
  const scale = Math.min(1, MAX_IMAGE_SIDE_PX / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const surface = new OffscreenCanvas(width, height);
  const context = surface.getContext("2d");
  if (context === null) throw new Error("this browser gives no 2D canvas");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const blob = await surface.convertToBlob({ type: "image/webp", quality: 0.92 });
  return {
    type: "image",
    mime: blob.type,
    data: new Uint8Array(await blob.arrayBuffer()),
    ...fitImage({ width, height }, canvasHeight),
  };
}

export function firstImage(data: DataTransfer | null): File | null {
  return [...(data?.files ?? [])].find((file) => file.type.startsWith("image/")) ?? null;
}
