/** Text layers as pixels. What the canvas paints and what the field for editing shows lie on each other (TextEditor.tsx). */

import { CENTRE } from "../doc/frame";
import type { TextLayer } from "../doc/layers";
import type { Box } from "../doc/matrix";
import { newSurface } from "./surface";

/** The page's own font, which comes with it: the same text looks the same on every machine. */
export const TEXT_FAMILY = '"Inter Variable", system-ui, sans-serif';
export const TEXT_WEIGHT = 600;
/** Of the font's size. */
export const LINE_HEIGHT = 1.25;

type Said = Pick<TextLayer, "text" | "size">;

const fontOf = ({ size }: Said) => `${TEXT_WEIGHT} ${size}px ${TEXT_FAMILY}`;
const linesOf = ({ text }: Said) => text.split("\n");

let ruler: CanvasRenderingContext2D | null = null;

/** In the layer's units. */
export function textBox(layer: Said): Box {
  ruler ??= newSurface(1, 1, false).context;
  ruler.font = fontOf(layer);
  const lines = linesOf(layer);
  const widths = lines.map((line) => ruler?.measureText(line).width ?? 0);
  return {
    x: CENTRE,
    y: CENTRE,
    width: Math.max(layer.size / 2, ...widths),
    height: lines.length * layer.size * LINE_HEIGHT,
  };
}

/** From the top of the first line to where its letters stand, in the layer's units. */
export function baselineOf(layer: Said): number {
  ruler ??= newSurface(1, 1, false).context;
  ruler.font = fontOf(layer);
  return baselineIn(ruler, layer);
}

/** Where a browser puts the baseline in a line of that height. */
function baselineIn(context: CanvasRenderingContext2D, { size }: Said): number {
  const { fontBoundingBoxAscent: ascent, fontBoundingBoxDescent: descent } = context.measureText("x");
  return (size * LINE_HEIGHT - ascent - descent) / 2 + ascent;
}

/** In a context that takes the layer's units. */
export function paintText(context: CanvasRenderingContext2D, layer: Said & Pick<TextLayer, "color">): void {
  context.font = fontOf(layer);
  context.fillStyle = layer.color;
  context.textBaseline = "alphabetic";
  const line = layer.size * LINE_HEIGHT;
  const baseline = baselineIn(context, layer);
  linesOf(layer).forEach((text, i) => {
    context.fillText(text, CENTRE, CENTRE + i * line + baseline);
  });
}

/** Resolves when the font is there to paint with. */
export const loadTextFont = () => document.fonts.load(`${TEXT_WEIGHT} 64px "Inter Variable"`);
