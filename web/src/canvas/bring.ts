/** Images that come from outside: pasted, dropped, or the render itself. They become image layers. */

import type { Frame } from "../doc/frame";
import type { ImageMark } from "../doc/marks";

/** Set on a drag of the render, so that dropping it on the sketch makes it a layer. */
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

export function images(data: DataTransfer | null): File[] {
  return [...(data?.files ?? [])].filter((file) => file.type.startsWith("image/"));
}
