import { useEffect, useRef } from "react";
import { paintVector } from "../canvas/paint";
import { newSurface } from "../canvas/surface";
import type { Brush } from "../doc/brush";
import type { StrokeMark } from "../doc/marks";
import { packPoints } from "../doc/points";
import { useDesk } from "../ui/context";
import { useShownTheme } from "../ui/theme";

const WIDTH_PX = 88;
const HEIGHT_PX = 34;
/** As sharp as a phone's screen. */
const DENSITY = 2;
const SIZE_PX = 13;
const INK = { light: "#161616", dark: "#ededed" };
const POINTS = 28;

/** A stroke that swells and thins, as a pen would draw it. */
const swing = packPoints(
  Array.from({ length: POINTS }, (_, i) => {
    const t = i / (POINTS - 1);
    return {
      x: (10 + t * (WIDTH_PX - 20)) * DENSITY,
      y: (HEIGHT_PX / 2 - Math.sin(t * 2 * Math.PI) * HEIGHT_PX * 0.22) * DENSITY,
      pressure: 0.12 + 0.75 * Math.sin(t * Math.PI),
    };
  }),
);

/** The brush itself paints it. */
export function BrushPreview({ brush }: { readonly brush: Brush | null }) {
  const ink = INK[useShownTheme(useDesk((d) => d.theme))];
  const holder = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const { canvas, context } = newSurface(WIDTH_PX * DENSITY, HEIGHT_PX * DENSITY, true);
    const size = SIZE_PX * DENSITY;
    const mark: StrokeMark = { type: "stroke", tool: "brush", color: ink, size, opacity: 1, points: swing };
    paintVector(context, brush === null ? mark : { ...mark, brush, seed: 5 });
    canvas.style.width = "100%";
    canvas.style.height = "100%";
    holder.current?.replaceChildren(canvas);
  }, [brush, ink]);
  return (
    <span
      ref={holder}
      aria-hidden
      className="block w-full"
      style={{ aspectRatio: `${WIDTH_PX} / ${HEIGHT_PX}` }}
    />
  );
}
