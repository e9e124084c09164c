/** A layer's path over the sketch: drawn by hand, shown while the timeline is open, its points dragged. */

import { t } from "@lingui/core/macro";
import { useRef, useState } from "react";
import { newId } from "../doc/keep";
import type { Point } from "../doc/matrix";
import { type DrawnPoint, onPath, type PathPoint, pathLine } from "../timeline/motion";
import { layerTarget } from "../timeline/targets";
import { findTrack, valueAt } from "../timeline/timeline";
import { useDesk, useSheet, useStudio, useTiming } from "../ui/context";
import { type Placement, toDocument } from "./view";

const NUDGE = 4;

export function MotionPath({ at }: { readonly at: Placement }) {
  const open = useDesk((d) => d.timelineOpen);
  const drawing = useTiming((t) => t.drawing);
  if (!open) return null;
  return drawing ? <Drawing at={at} /> : <Path at={at} />;
}

const toPane = (at: Placement, { x, y }: Point): Point => ({
  x: x * at.scale + at.dx,
  y: y * at.scale + at.dy,
});
const lineOf = (at: Placement, points: readonly Point[]) =>
  points
    .map((point) => toPane(at, point))
    .map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`)
    .join(" ");

/** Over the whole sketch, so that the next press draws the path and nothing else. */
function Drawing({ at }: { readonly at: Placement }) {
  const { timing } = useStudio();
  const [drawn, setDrawn] = useState<readonly DrawnPoint[]>([]);
  const pen = useRef<number | null>(null);
  const all = useRef<DrawnPoint[]>([]);
  const add = (event: React.PointerEvent) => {
    const pane = event.currentTarget.getBoundingClientRect();
    const events = event.nativeEvent.getCoalescedEvents?.() ?? [];
    for (const each of events.length > 0 ? events : [event.nativeEvent])
      all.current.push({
        ...toDocument(at, each.clientX - pane.left, each.clientY - pane.top),
        at_ms: each.timeStamp,
      });
    setDrawn([...all.current]);
  };
  return (
    <>
      <button
        type="button"
        autoFocus
        aria-label={t`Draw the path of the layer`}
        className="absolute inset-0 z-20 size-full cursor-crosshair touch-none outline-none"
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.preventDefault();
          timing.cancelPath();
        }}
        onPointerDown={(event) => {
          if (event.button !== 0 || pen.current !== null) return;
          pen.current = event.pointerId;
          event.currentTarget.setPointerCapture(event.pointerId);
          all.current = [];
          add(event);
        }}
        onPointerMove={(event) => event.pointerId === pen.current && add(event)}
        onPointerUp={(event) => {
          if (event.pointerId !== pen.current) return;
          add(event);
          pen.current = null;
          timing.drawPath(all.current);
        }}
        onPointerCancel={() => {
          pen.current = null;
          timing.cancelPath();
        }}
      />
      <svg
        aria-hidden="true"
        className="pointer-events-none absolute inset-0 z-20 size-full overflow-visible"
      >
        <polyline points={lineOf(at, drawn)} className="fill-none stroke-black/50" strokeWidth={4} />
        <polyline points={lineOf(at, drawn)} className="fill-none stroke-accent" strokeWidth={2} />
      </svg>
    </>
  );
}

/** The path of the layer in hand, and where on it the layer is. */
function Path({ at }: { readonly at: Placement }) {
  const layer = useSheet((s) => s.layer);
  const target = layerTarget(layer ?? "", "motion");
  const track = useTiming((t) => findTrack(t.timeline, target));
  const at_ms = useTiming((t) => t.at_ms);
  if (track?.motion == null) return null;
  const { motion, keys } = track;
  const here = toPane(at, onPath(motion, Number(valueAt(keys, at_ms) ?? 0)));
  const line = lineOf(at, pathLine(motion));
  return (
    <>
      <svg
        aria-hidden="true"
        data-path={target}
        className="pointer-events-none absolute inset-0 size-full overflow-visible"
      >
        <polyline points={line} className="fill-none stroke-black/45" strokeWidth={3} />
        <polyline points={line} className="fill-none stroke-accent" strokeWidth={1.5} strokeDasharray="5 3" />
        <circle cx={here.x} cy={here.y} r={5} className="fill-accent stroke-black/60" />
      </svg>
      {motion.points.map((point, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a point is its place in the path.
        <PointHandle key={i} target={target} points={motion.points} i={i} at={at} where={toPane(at, point)} />
      ))}
    </>
  );
}

interface HandleProps {
  readonly target: string;
  readonly points: readonly PathPoint[];
  readonly i: number;
  readonly at: Placement;
  /** Pane pixels. */
  readonly where: Point;
}

function PointHandle({ target, points, i, at, where }: HandleProps) {
  const { timing } = useStudio();
  const gesture = useRef<string | null>(null);
  const put = (next: Point, name: string) => {
    const to = (value: number) => Number(value.toFixed(1));
    const moved = points.map((point, k) => (k === i ? { ...point, x: to(next.x), y: to(next.y) } : point));
    timing.changePath(target, { points: moved }, name);
  };
  return (
    <button
      type="button"
      aria-label={t`Point ${{ number: i + 1 }} of ${{ count: points.length }} of the path`}
      className="absolute z-10 -m-2.5 grid size-5 cursor-move touch-none place-items-center pointer-coarse:-m-5 pointer-coarse:size-10"
      style={{ left: where.x, top: where.y }}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        gesture.current = newId();
      }}
      onPointerMove={(event) => {
        const pane = event.currentTarget.closest("section")?.getBoundingClientRect();
        if (gesture.current === null || pane === undefined) return;
        put(toDocument(at, event.clientX - pane.left, event.clientY - pane.top), gesture.current);
      }}
      onPointerUp={() => {
        gesture.current = null;
      }}
      onPointerCancel={() => {
        gesture.current = null;
      }}
      onKeyDown={(event) => {
        const { x, y } = points[i] ?? { x: 0, y: 0 };
        const far = event.shiftKey ? 10 * NUDGE : NUDGE;
        const [dx, dy] = ARROWS[event.key] ?? [0, 0];
        if (dx !== 0 || dy !== 0) put({ x: x + dx * far, y: y + dy * far }, `path:${target}:${i}`);
        else if ((event.key === "Delete" || event.key === "Backspace") && points.length > 2)
          timing.changePath(target, { points: spread(points.filter((_, k) => k !== i)) });
        else return;
        event.preventDefault();
      }}
    >
      <span aria-hidden className="block size-2 rounded-full border border-black/60 bg-white" />
    </button>
  );
}

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Without its first or last point a path is as long as before. */
function spread(points: readonly PathPoint[]): PathPoint[] {
  const [from, to] = [points[0]?.at ?? 0, points.at(-1)?.at ?? 1];
  const span = to - from || 1;
  return points.map((point) => ({ ...point, at: Number(((point.at - from) / span).toFixed(4)) }));
}
