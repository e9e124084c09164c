/** Moving, scaling and turning a layer by its handles: from where it lay when the press began to where it lies now. */

import { CENTRE, type Frame } from "../doc/frame";
import { AT_REST, type Layer, MAX_SCALE, MIN_SCALE, matrixOf, type Transform } from "../doc/layers";
import { apply, type Box, mappedBox, type Point } from "../doc/matrix";

export type Handle = "nw" | "n" | "ne" | "e" | "se" | "s" | "sw" | "w" | "rotate";

/** Where on the content's box a handle is: 0 left or top, 1 right or bottom. */
export const HANDLES: Readonly<Record<Exclude<Handle, "rotate">, Point>> = {
  nw: { x: 0, y: 0 },
  n: { x: 0.5, y: 0 },
  ne: { x: 1, y: 0 },
  e: { x: 1, y: 0.5 },
  se: { x: 1, y: 1 },
  s: { x: 0.5, y: 1 },
  sw: { x: 0, y: 1 },
  w: { x: 0, y: 0.5 },
};

const TURN_STEP = 15;
/** A turn this close to upright is upright. */
const UPRIGHT_WITHIN = 2;
/** Degrees from a right angle. */
const ASKEW_BEYOND = 0.01;

export interface Grip {
  readonly transform: Transform;
  /** Of the content, in the layer's units. */
  readonly box: Box;
}

export const transformOf = ({ x, y, scaleX, scaleY, rotation }: Layer): Transform => ({
  x,
  y,
  scaleX,
  scaleY,
  rotation,
});

const at = ({ x, y, width, height }: Box, part: Point): Point => ({
  x: x + part.x * width,
  y: y + part.y * height,
});

export const middleOf = ({ transform, box }: Grip): Point =>
  apply(matrixOf(transform), at(box, { x: 0.5, y: 0.5 }));

/** The same scales and rotation, shifted so that a point of the content lies where it is wanted. */
function holding(transform: Transform, content: Point, wanted: Point): Transform {
  const there = apply(matrixOf({ ...transform, x: 0, y: 0 }), content);
  return { ...transform, x: wanted.x - there.x, y: wanted.y - there.y };
}

const legal = (scale: number) => {
  const size = Math.min(MAX_SCALE, Math.max(MIN_SCALE, Math.abs(scale)));
  return scale < 0 ? -size : size;
};

/** from, to: of the pointer, document units. free: a corner lets the sides go each its own way. */
export function scaled(
  grip: Grip,
  handle: Exclude<Handle, "rotate">,
  from: Point,
  to: Point,
  free: boolean,
): Transform {
  const { transform, box } = grip;
  const part = HANDLES[handle];
  const matrix = matrixOf(transform);
  const anchor = at(box, { x: 1 - part.x, y: 1 - part.y });
  const fixed = apply(matrix, anchor);
  const held = at(box, part);
  const start = apply(matrix, held);
  const reach = turned(
    { x: start.x + to.x - from.x - fixed.x, y: start.y + to.y - from.y - fixed.y },
    -transform.rotation,
  );
  const span = { x: (held.x - anchor.x) * transform.scaleX, y: (held.y - anchor.y) * transform.scaleY };
  const corner = part.x !== 0.5 && part.y !== 0.5;
  let [kx, ky] = [1, 1];
  if (corner && !free) {
    kx = (reach.x * span.x + reach.y * span.y) / (span.x ** 2 + span.y ** 2 || 1);
    kx = Math.max(kx, MIN_SCALE / Math.min(Math.abs(transform.scaleX), Math.abs(transform.scaleY)));
    ky = kx;
  } else {
    if (part.x !== 0.5 && span.x !== 0) kx = reach.x / span.x;
    if (part.y !== 0.5 && span.y !== 0) ky = reach.y / span.y;
  }
  const next = {
    ...transform,
    scaleX: legal(transform.scaleX * kx),
    scaleY: legal(transform.scaleY * ky),
  };
  return holding(next, anchor, fixed);
}

function turned({ x, y }: Point, degrees: number): Point {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return { x: x * cos - y * sin, y: x * sin + y * cos };
}

/** Degrees from -180 to 180. */
const wrapped = (degrees: number) => ((((degrees + 180) % 360) + 360) % 360) - 180;

/** Around its own middle. steps: in steps of 15 degrees. */
export function rotated(grip: Grip, from: Point, to: Point, steps: boolean): Transform {
  const middle = middleOf(grip);
  const angle = (p: Point) => (Math.atan2(p.y - middle.y, p.x - middle.x) * 180) / Math.PI;
  const wanted = grip.transform.rotation + angle(to) - angle(from);
  const upright = Math.round(wanted / 90) * 90;
  if (steps) return turnedTo(grip, Math.round(wanted / TURN_STEP) * TURN_STEP);
  return turnedTo(grip, Math.abs(wanted - upright) <= UPRIGHT_WITHIN ? upright : wanted);
}

export function turnedTo(grip: Grip, rotation: number): Transform {
  const content = at(grip.box, { x: 0.5, y: 0.5 });
  return holding({ ...grip.transform, rotation: wrapped(rotation) }, content, middleOf(grip));
}

/** Both sides by one factor, around its own middle. */
export function scaledBy(grip: Grip, factor: number): Transform {
  const { scaleX, scaleY } = grip.transform;
  const content = at(grip.box, { x: 0.5, y: 0.5 });
  const next = { ...grip.transform, scaleX: legal(scaleX * factor), scaleY: legal(scaleY * factor) };
  return holding(next, content, middleOf(grip));
}

/** As a mirror shows it, left and right or top and bottom, in its own place. */
export function flipped(grip: Grip, across: "x" | "y"): Transform {
  const { scaleX, scaleY, rotation } = grip.transform;
  const content = at(grip.box, { x: 0.5, y: 0.5 });
  const flip = across === "x" ? { scaleX: -scaleX } : { scaleY: -scaleY };
  return holding({ ...grip.transform, ...flip, rotation: wrapped(-rotation) }, content, middleOf(grip));
}

/** The sides of what lies at right angles can go each its own way; what lies askew would be sheared, which no layer can be. */
export const liesAskew = ({ rotation }: Transform) => Math.abs(rotation % 90) > ASKEW_BEYOND;

/**
 * How far the box around several layers can be scaled or turned by a handle, as if it were one layer: no layer gets a scale that
 * layers cannot have, and the sides go together where one of them lies askew. box: around them, in the picture.
 */
export function handledTogether(
  box: Box,
  layers: readonly Transform[],
  handle: Handle,
  from: Point,
  to: Point,
  shift: boolean,
): Transform {
  const grip = { transform: AT_REST, box };
  if (handle === "rotate") return rotated(grip, from, to, shift);
  const sizes = layers.flatMap(({ scaleX, scaleY }) => [Math.abs(scaleX), Math.abs(scaleY)]);
  const [least, most] = [MIN_SCALE / Math.min(...sizes), MAX_SCALE / Math.max(...sizes)];
  const within = (scale: number) => Math.sign(scale) * Math.min(most, Math.max(least, Math.abs(scale)));
  const free = shift && !layers.some(liesAskew);
  const { scaleX, scaleY } = scaled(grip, handle, from, to, free);
  const anchor = at(box, { x: 1 - HANDLES[handle].x, y: 1 - HANDLES[handle].y });
  return holding({ ...AT_REST, scaleX: within(scaleX), scaleY: within(scaleY) }, anchor, anchor);
}

/** Where a layer lies when the picture that it lies in is scaled or turned: see handledTogether. */
export function carried(outer: Transform, layer: Transform): Transform {
  const { x, y } = apply(matrixOf(outer), { x: CENTRE + layer.x, y: CENTRE + layer.y });
  const sideways = Math.abs(Math.round(layer.rotation / 90)) % 2 === 1;
  const [across, down] = sideways ? [outer.scaleY, outer.scaleX] : [outer.scaleX, outer.scaleY];
  return {
    x: x - CENTRE,
    y: y - CENTRE,
    scaleX: layer.scaleX * across,
    scaleY: layer.scaleY * down,
    rotation: wrapped(layer.rotation + outer.rotation),
  };
}

export type Alignment = "left" | "centre" | "right" | "top" | "middle" | "bottom";

/** How far a box goes to be aligned within another one. */
export function alignedBy(box: Box, all: Box, to: Alignment): { dx: number; dy: number } {
  const [spareX, spareY] = [all.width - box.width, all.height - box.height];
  const across = { left: 0, centre: spareX / 2, right: spareX };
  const down = { top: 0, middle: spareY / 2, bottom: spareY };
  return to in across
    ? { dx: all.x + across[to as keyof typeof across] - box.x, dy: 0 }
    : { dx: 0, dy: all.y + down[to as keyof typeof down] - box.y };
}

/** Lines that a moved layer was drawn to; document units. */
export interface Guides {
  readonly x: number | null;
  readonly y: number | null;
}

export const NO_GUIDES: Guides = { x: null, y: null };

/** Edges to the frame's and to others' edges and middle to middle, where they are that close. */
export function snapped(
  grip: Grip,
  moved: Transform,
  frame: Frame,
  within: number,
  others: readonly Box[] = [],
): { transform: Transform; guides: Guides } {
  const box = mappedBox(matrixOf(moved), grip.box);
  const across = others.map((other) => [other.x, other.width] as const);
  const down = others.map((other) => [other.y, other.height] as const);
  const x = nearest(box.x, box.width, [frame.x, frame.width], across, within);
  const y = nearest(box.y, box.height, [frame.y, frame.height], down, within);
  return {
    transform: { ...moved, x: moved.x + (x?.by ?? 0), y: moved.y + (y?.by ?? 0) },
    guides: { x: x?.line ?? null, y: y?.line ?? null },
  };
}

/** Where a side begins and how long it is. */
type Side = readonly [from: number, span: number];

function nearest(low: number, size: number, frame: Side, others: readonly Side[], within: number) {
  const alike = ([from, span]: Side) =>
    [
      [low + size / 2, from + span / 2],
      [low, from],
      [low + size, from + span],
    ] as const;
  const beside = ([from, span]: Side) =>
    [
      [low, from + span],
      [low + size, from],
    ] as const;
  const pairs = [...alike(frame), ...others.flatMap((side) => [...alike(side), ...beside(side)])];
  let best: { by: number; line: number } | null = null;
  for (const [own, line] of pairs) {
    const by = line - own;
    if (Math.abs(by) <= within && (best === null || Math.abs(by) < Math.abs(best.by))) best = { by, line };
  }
  return best;
}
