/** What a moment looks like: small at once, and the larger pictures as files. */

import { fileOf } from "../assets/picture";
import type { AssetFile } from "../assets/store";
import { newSurface } from "../canvas/surface";
import type { Pixels } from "../wire/channel";
import type { Captured } from "./history";

/** What shows where nothing is drawn, as in styles.css. */
export const PAPER = "#dadada";
/** Twice what the strip shows, for screens with two pixels to one. */
const THUMBNAIL_PX = 128;
const THUMBNAIL_QUALITY = 0.8;
const MAX_SIDE_PX = 1024;
const RENDER_QUALITY = 0.92;
const SKETCH_QUALITY = 0.85;
/** Of a gallery's card, for screens with two pixels to one. */
const COVER_PX = 480;

/** render: a copy of what is shown; null before the first picture. */
export function capture(render: HTMLCanvasElement | null, drawn: Pixels): Captured {
  const sketch = onPaper(drawn);
  const thumbnail = scaled(render ?? sketch, THUMBNAIL_PX);
  return {
    thumbnail: thumbnail.toDataURL("image/jpeg", THUMBNAIL_QUALITY),
    pictures: async () => ({
      render: render && (await jpeg(scaled(render, MAX_SIDE_PX), RENDER_QUALITY)),
      sketch: await jpeg(scaled(sketch, MAX_SIDE_PX), SKETCH_QUALITY),
    }),
  };
}

/** What stands for the document among others: the render, else the sketch. */
export const cover = (render: HTMLCanvasElement | null, drawn: () => Pixels): Promise<AssetFile> =>
  jpeg(scaled(render ?? onPaper(drawn()), COVER_PX), SKETCH_QUALITY);

function onPaper({ width, height, data }: Pixels): HTMLCanvasElement {
  const drawn = newSurface(width, height, false);
  drawn.context.putImageData(new ImageData(data, width, height), 0, 0);
  const { canvas, context } = newSurface(width, height, false);
  context.fillStyle = PAPER;
  context.fillRect(0, 0, width, height);
  context.drawImage(drawn.canvas, 0, 0);
  return canvas;
}

/** The same, no larger than that. */
function scaled(picture: HTMLCanvasElement, most_px: number): HTMLCanvasElement {
  const scale = Math.min(1, most_px / Math.max(picture.width, picture.height));
  if (scale === 1) return picture;
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const { canvas, context } = newSurface(width, height, false);
  context.drawImage(picture, 0, 0, width, height);
  return canvas;
}

async function jpeg(canvas: HTMLCanvasElement, quality: number): Promise<AssetFile> {
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
  if (blob === null) throw new Error("the canvas cannot be encoded");
  return fileOf(blob);
}
