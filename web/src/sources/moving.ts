/** A video element as a source: the picture of now, cut evenly to the asked shape. */

import { newSurface, resize, type Surface } from "../canvas/surface";
import type { Source } from "../live/stream";

export interface Cut {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The largest part of a picture that has the shape, in its middle. */
export function cut(
  picture: { readonly width: number; readonly height: number },
  shape: { readonly width: number; readonly height: number },
): Cut {
  const scale = Math.min(picture.width / shape.width, picture.height / shape.height);
  const width = shape.width * scale;
  const height = shape.height * scale;
  return { x: (picture.width - width) / 2, y: (picture.height - height) / 2, width, height };
}

export function movingSource(element: HTMLVideoElement): Source {
  let surface: Surface | null = null;
  return {
    moving: true,
    grab(width, height) {
      if (element.readyState < element.HAVE_CURRENT_DATA) return null;
      surface ??= newSurface(width, height, true);
      resize(surface, width, height);
      const { context } = surface;
      const part = cut({ width: element.videoWidth, height: element.videoHeight }, { width, height });
      context.drawImage(element, part.x, part.y, part.width, part.height, 0, 0, width, height);
      const { data } = context.getImageData(0, 0, width, height);
      return { width, height, data: data as Uint8ClampedArray<ArrayBuffer> };
    },
  };
}

/** Plays without sound and without controls; it is shown by the sketch's pane. */
export function newPlayer(): HTMLVideoElement {
  const element = document.createElement("video");
  element.muted = true;
  element.playsInline = true;
  element.loop = true;
  return element;
}
