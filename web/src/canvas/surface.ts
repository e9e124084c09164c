/** Canvases with their contexts. */

import type { Frame } from "../doc/frame";

export interface Surface {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
}

/** kept: pixels are read back often, so the canvas lives in memory (and paints the same on every machine). */
export function newSurface(width: number, height: number, kept: boolean): Surface {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: kept });
  if (context === null) throw new Error("this browser gives no 2D canvas");
  context.imageSmoothingQuality = "high";
  return { canvas, context };
}

/** A canvas that gets another size is blank and forgets its settings; one that has it stays as it is. */
export function resize({ canvas, context }: Surface, width: number, height: number): boolean {
  if (canvas.width === width && canvas.height === height) return false;
  canvas.width = width;
  canvas.height = height;
  context.imageSmoothingQuality = "high";
  return true;
}

/** From here on the context takes document units, and the frame fills the canvas. */
export function aim({ canvas, context }: Surface, frame: Frame): void {
  const sx = canvas.width / frame.width;
  const sy = canvas.height / frame.height;
  context.setTransform(sx, 0, 0, sy, -frame.x * sx, -frame.y * sy);
}
