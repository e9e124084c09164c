/** Canvases with their contexts. */

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
