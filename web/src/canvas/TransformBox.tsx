/** The box around the layer in hand, or around several, with handles to scale and turn them; while the move tool is in hand. */

import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useEffect, useRef, useState } from "react";
import { lockedBy } from "../doc/groups";
import { AT_REST, isFramed, matrixOf } from "../doc/layers";
import { apply, cornersOf, type Point } from "../doc/matrix";
import { isLine } from "../doc/shapes";
import { useDesk, useSheet, useStudio } from "../ui/context";
import { activeTool } from "../ui/desk";
import { beginCrop, wholeBox } from "./crop";
import { LineEnds } from "./LineEnds";
import { beginHandle } from "./move";
import type { Gesture } from "./tools";
import { type Grip, HANDLES, type Handle, liesAskew } from "./transform";
import { type Placement, toDocument } from "./view";

const TURN_HANDLE_PX = 26;
const NAMES: Readonly<Record<Handle, MessageDescriptor>> = {
  nw: msg`Scale from the upper left corner`,
  n: msg`Scale the height from the top`,
  ne: msg`Scale from the upper right corner`,
  e: msg`Scale the width from the right`,
  se: msg`Scale from the lower right corner`,
  s: msg`Scale the height from the bottom`,
  sw: msg`Scale from the lower left corner`,
  w: msg`Scale the width from the left`,
  rotate: msg`Turn`,
};
const CROPS: Readonly<Record<Exclude<Handle, "rotate">, MessageDescriptor>> = {
  nw: msg`Crop from the upper left corner`,
  n: msg`Crop from the top`,
  ne: msg`Crop from the upper right corner`,
  e: msg`Crop from the right`,
  se: msg`Crop from the lower right corner`,
  s: msg`Crop from the bottom`,
  sw: msg`Crop from the lower left corner`,
  w: msg`Crop from the left`,
};
/** By eighths of a turn, from pointing up. */
const CURSORS = ["ns-resize", "nesw-resize", "ew-resize", "nwse-resize"];

export function TransformBox({ at }: { readonly at: Placement }) {
  const studio = useStudio();
  const moving = useDesk((d) => activeTool(d) === "move");
  const guides = useDesk((d) => d.guides);
  const frame = useSheet((s) => s.frame);
  // Both change what there is to hold: the layer and its pixels.
  const layer = useSheet((s) => s.layers.find(({ id }) => id === s.layer) ?? null);
  useSheet((s) => s.look);
  useDesk((d) => d.picked);
  const toPane = ({ x, y }: Point): Point => ({ x: x * at.scale + at.dx, y: y * at.scale + at.dy });
  const cropping = useDesk((d) => d.cropping);
  const [turning, setTurning] = useState<Grip | null>(null);
  const { many } = studio.layering;
  const held = moving && many ? studio.layering.held() : null;
  const grip = !moving
    ? null
    : many
      ? held && (turning ?? { transform: AT_REST, box: held.box })
      : studio.layering.grip(layer);
  if (layer === null || grip === null) return null;
  if (layer.kind === "shape" && isLine(layer.shape) && !many) return <LineEnds layer={layer} at={at} />;
  const crops = cropping === layer.id && isFramed(layer) && !many;
  const whole = crops
    ? cornersOf(wholeBox(layer)).map((corner) => toPane(apply(matrixOf(layer), corner)))
    : [];
  const leaves = held?.leaves ?? [layer];
  const free = leaves.every((leaf) => lockedBy(studio.layering.all, leaf) === null);
  const together = many && leaves.some(liesAskew);
  const handles = (Object.keys(HANDLES) as (keyof typeof HANDLES)[]).filter(
    (handle) => handle.length === 2 || !together,
  );
  const parts =
    held === null || held.leaves.length === 1
      ? []
      : held.leaves.flatMap((leaf) => {
          const box = studio.layering.boxIn(leaf);
          return box === null ? [] : [{ id: leaf.id, corners: cornersOf(box).map(toPane) }];
        });
  const matrix = matrixOf(grip.transform);
  const corners = cornersOf(grip.box).map((corner) => toPane(apply(matrix, corner)));
  const on = (part: Point) =>
    toPane(
      apply(matrix, {
        x: grip.box.x + part.x * grip.box.width,
        y: grip.box.y + part.y * grip.box.height,
      }),
    );
  const middle = on({ x: 0.5, y: 0.5 });
  const top = on(HANDLES.n);
  const up = direction(middle, top);
  const turn = { x: top.x + up.x * TURN_HANDLE_PX, y: top.y + up.y * TURN_HANDLE_PX };
  const [left, right] = [toPane({ x: frame.x, y: 0 }).x, toPane({ x: frame.x + frame.width, y: 0 }).x];
  const [upper, lower] = [toPane(frame).y, toPane({ x: 0, y: frame.y + frame.height }).y];
  const lineX = guides.x === null ? null : toPane({ x: guides.x, y: 0 }).x;
  const lineY = guides.y === null ? null : toPane({ x: 0, y: guides.y }).y;
  return (
    <>
      <svg aria-hidden="true" className="pointer-events-none absolute inset-0 size-full overflow-visible">
        {lineX !== null && <line x1={lineX} x2={lineX} y1={upper} y2={lower} className="stroke-accent" />}
        {lineY !== null && <line x1={left} x2={right} y1={lineY} y2={lineY} className="stroke-accent" />}
        {parts.map((part) => (
          <polygon key={part.id} points={points(part.corners)} className="fill-none stroke-white/45" />
        ))}
        <polygon points={points(corners)} className="fill-none stroke-black/45" strokeWidth={3} />
        <polygon points={points(corners)} className="fill-none stroke-white" strokeWidth={1} />
        {crops && (
          <polygon points={points(whole)} className="fill-none stroke-white/70" strokeDasharray="3 3" />
        )}
        {free && !crops && (
          <>
            <line {...ends(top, turn)} className="stroke-black/45" strokeWidth={3} />
            <line {...ends(top, turn)} className="stroke-white" strokeWidth={1} />
          </>
        )}
      </svg>
      {free &&
        handles.map((handle) => (
          <HandleButton
            key={handle}
            handle={handle}
            where={on(HANDLES[handle])}
            crops={crops}
            show={setTurning}
            cursor={cursorOf(middle, on(HANDLES[handle]))}
            at={at}
          />
        ))}
      {free && !crops && (
        <HandleButton handle="rotate" where={turn} crops={false} show={setTurning} cursor="grab" at={at} />
      )}
    </>
  );
}

interface HandleProps {
  readonly handle: Handle;
  /** Pane pixels. */
  readonly where: Point;
  readonly cursor: string;
  /** Not what it shows is scaled, but how much it shows of it. */
  readonly crops: boolean;
  /** The box around several lies like this while they are turned or scaled. */
  readonly show: (grip: Grip | null) => void;
  readonly at: Placement;
}

function HandleButton({ handle, where, cursor, crops, show, at }: HandleProps) {
  const studio = useStudio();
  const gesture = useRef<Gesture | null>(null);
  useEffect(() => () => gesture.current?.end(), []);
  const point = (event: React.PointerEvent) => {
    const pane = event.currentTarget.closest("section")?.getBoundingClientRect();
    const [x, y] = [event.clientX - (pane?.left ?? 0), event.clientY - (pane?.top ?? 0)];
    return { ...toDocument(at, x, y), pressure: 0.5 };
  };
  const finish = (how: "end" | "cancel") => {
    gesture.current?.[how]();
    gesture.current = null;
  };
  const edge = handle === "n" || handle === "s" || handle === "e" || handle === "w";
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={i18n._(crops && handle !== "rotate" ? CROPS[handle] : NAMES[handle])}
      data-handle={handle}
      // z: over the divider, which is as near to the sketch's edge as they are.
      className="absolute z-20 -m-3 grid size-6 touch-none place-items-center pointer-coarse:-m-5 pointer-coarse:size-10"
      style={{ left: where.x, top: where.y, cursor }}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        gesture.current =
          crops && handle !== "rotate"
            ? beginCrop(studio, handle, point(event))
            : beginHandle(studio, handle, point(event), show);
      }}
      onPointerMove={(event) => gesture.current?.move([point(event)], [], event.shiftKey)}
      onPointerUp={() => finish("end")}
      onPointerCancel={() => finish("cancel")}
    >
      <span
        className={`block border border-black/60 bg-white ${handle === "rotate" ? "size-3 rounded-full" : edge ? "size-2 rounded-[2px]" : "size-2.5 rounded-[2px]"}`}
      />
    </button>
  );
}

function direction(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  return length === 0 ? { x: 0, y: -1 } : { x: (to.x - from.x) / length, y: (to.y - from.y) / length };
}

/** The arrow that points away from the middle. */
function cursorOf(middle: Point, handle: Point): string {
  const { x, y } = direction(middle, handle);
  const eighth = Math.round((Math.atan2(x, -y) / Math.PI) * 4);
  return CURSORS[((eighth % 4) + 4) % 4] ?? "move";
}

const points = (corners: readonly Point[]) => corners.map(({ x, y }) => `${x},${y}`).join(" ");
const ends = (a: Point, b: Point) => ({ x1: a.x, y1: a.y, x2: b.x, y2: b.y });
