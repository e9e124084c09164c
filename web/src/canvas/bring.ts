/** Images that come from outside: pasted, dropped, or the render itself. They become image marks. */

import { encode, MAX_SIDE_PX } from "../assets/picture";
import type { Frame } from "../doc/frame";
import type { ImageMark } from "../doc/marks";

/** Set on a drag of the render, so that dropping it on the sketch makes it a mark. */
export const RENDER_DRAG_TYPE = "application/x-lightbrush-render";

/** Marks the element on which a picture becomes a prompt. */
export const DOCK_DROP = "data-picture-prompts";

/** The largest rectangle of the image's aspect inside the frame, centred. */
export function fitImage(
  image: { width: number; height: number },
  frame: Frame,
): Pick<ImageMark, "x" | "y" | "w" | "h"> {
  const scale = Math.min(frame.width / image.width, frame.height / image.height);
  const w = Math.round(image.width * scale);
  const h = Math.round(image.height * scale);
  return {
    x: frame.x + Math.round((frame.width - w) / 2),
    y: frame.y + Math.round((frame.height - h) / 2),
    w,
    h,
  };
}

/** Scaled down to at most 1024 pixels a side and encoded. Rejects for a non-image. */
export async function imageMark(source: ImageBitmapSource, frame: Frame): Promise<ImageMark> {
  const bitmap = await createImageBitmap(source, { imageOrientation: "from-image" });
  const scale = Math.min(1, MAX_SIDE_PX / Math.max(bitmap.width, bitmap.height));
  const size = {
    width: Math.max(1, Math.round(bitmap.width * scale)),
    height: Math.max(1, Math.round(bitmap.height * scale)),
  };
  const blob = await encode(bitmap, size);
  return {
    type: "image",
    mime: blob.type,
    data: new Uint8Array(await blob.arrayBuffer()),
    ...fitImage(size, frame),
  };
}

export function images(data: DataTransfer | null): File[] {
  return [...(data?.files ?? [])].filter((file) => file.type.startsWith("image/"));
}
