/** Where strokes are mirrored: the axes, and a handle that moves them. While something is in hand that they are for. */

import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useRef } from "react";
import { NO_SYMMETRY } from "../brushes/box";
import type { Mirror, Symmetry } from "../doc/brush";
import type { Frame } from "../doc/frame";
import type { Point } from "../doc/matrix";
import { turnBy } from "../doc/turn";
import { useDesk, useSheet, useStudio } from "../ui/context";
import { activeTool, type Tool } from "../ui/desk";
import { useStore } from "../ui/store";
import { type Placement, toDocument } from "./view";

const MIRRORED: ReadonlySet<Tool> = new Set<Tool>(["brush", "eraser", "area"]);
const NUDGE = 4;
const WAYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function MirrorAxis({ at }: { readonly at: Placement }) {
  const { brushes } = useStudio();
  const symmetry = useStore(brushes.now, (box) => box.symmetry);
  const frame = useSheet((s) => s.frame);
  const shown = useDesk((d) => MIRRORED.has(activeTool(d)));
  const held = useRef<Point | null>(null);
  const { mirror } = symmetry;
  if (!shown || mirror === "off") return null;
  const toPane = ({ x, y }: Point): Point => ({ x: x * at.scale + at.dx, y: y * at.scale + at.dy });
  const handle = toPane(handleOf(symmetry, frame));
  const move = (by: Point) =>
    brushes.mirror({
      ...(mirror !== "horizontal" && { x: clamp(symmetry.x + by.x, frame.x, frame.x + frame.width) }),
      ...(mirror !== "vertical" && { y: clamp(symmetry.y + by.y, frame.y, frame.y + frame.height) }),
    });
  const point = (event: React.PointerEvent) => {
    const pane = event.currentTarget.closest("section")?.getBoundingClientRect();
    return toDocument(at, event.clientX - (pane?.left ?? 0), event.clientY - (pane?.top ?? 0));
  };
  return (
    <>
      <svg aria-hidden="true" className="pointer-events-none absolute inset-0 size-full overflow-visible">
        {raysOf(symmetry, frame).map((ray) => {
          const to = toPane(ray.to);
          const from = toPane(ray.from);
          const ends = { x1: from.x, y1: from.y, x2: to.x, y2: to.y };
          return (
            <g key={`${ray.to.x},${ray.to.y}`}>
              <line {...ends} className="stroke-black/40" strokeWidth={3} />
              <line {...ends} className="stroke-white" strokeWidth={1} strokeDasharray="6 5" />
            </g>
          );
        })}
      </svg>
      <button
        type="button"
        aria-label={i18n._(LABELS[mirror])}
        data-mirror-handle
        className="absolute z-20 -m-3 grid size-6 cursor-move touch-none place-items-center rounded-full pointer-coarse:-m-5.5 pointer-coarse:size-11"
        style={{ left: handle.x, top: handle.y }}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          held.current = point(event);
        }}
        onPointerMove={(event) => {
          if (held.current === null) return;
          const now = point(event);
          move({ x: now.x - held.current.x, y: now.y - held.current.y });
          held.current = now;
        }}
        onPointerUp={() => {
          held.current = null;
        }}
        onPointerCancel={() => {
          held.current = null;
        }}
        onDoubleClick={(event) => {
          event.stopPropagation();
          brushes.mirror({ x: NO_SYMMETRY.x, y: NO_SYMMETRY.y });
        }}
        onKeyDown={(event) => {
          const way = WAYS[event.key];
          if (way === undefined) return;
          event.preventDefault();
          event.stopPropagation();
          move({ x: way[0] * NUDGE, y: way[1] * NUDGE });
        }}
      >
        <span className="block size-3 rounded-full border border-black/60 bg-white" />
      </button>
    </>
  );
}

const LABELS: Readonly<Record<Exclude<Mirror, "off">, MessageDescriptor>> = {
  vertical: msg`Move the mirror's axis left or right`,
  horizontal: msg`Move the mirror's axis up or down`,
  both: msg`Move the mirrors' crossing`,
  radial: msg`Move the point that strokes go around`,
};

/** An axis is held near its upper or left end, out of the way of drawing. */
function handleOf({ mirror, x, y }: Symmetry, frame: Frame): Point {
  if (mirror === "vertical") return { x, y: frame.y + frame.height * 0.04 };
  if (mirror === "horizontal") return { x: frame.x + frame.width * 0.04, y };
  return { x, y };
}

function raysOf({ mirror, x, y, folds }: Symmetry, frame: Frame): { from: Point; to: Point }[] {
  const upright = { from: { x, y: frame.y }, to: { x, y: frame.y + frame.height } };
  const level = { from: { x: frame.x, y }, to: { x: frame.x + frame.width, y } };
  switch (mirror) {
    case "off":
      return [];
    case "vertical":
      return [upright];
    case "horizontal":
      return [level];
    case "both":
      return [upright, level];
    case "radial":
      return Array.from({ length: folds }, (_, i) => {
        const [sin, cos] = turnBy(i / folds);
        const reach = frame.height * 0.4;
        return { from: { x, y }, to: { x: x + cos * reach, y: y - sin * reach } };
      });
  }
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
