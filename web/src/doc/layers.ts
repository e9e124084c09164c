/**
 * Layers: what the sketch is composed of, from the bottom to the top.
 *
 *     paint   marks (marks.ts), one raster: strokes, fills and shapes touch each other's pixels, so they live together
 *     image   one picture, by the SHA-256 of its file
 *     live    a camera or a screen that somebody shows (moving.ts): what it is, never what it sees
 *     video   a video file, by the SHA-256 of it (moving.ts)
 *     text    a few words in one size and one colour
 *     shape   a rectangle, an ellipse, a polygon, a line or an arrow (shapes.ts)
 *     group   the layers whose parent it is (groups.ts)
 *
 * In the document they are one flat map, "<id>.<field>" -> value, so that two people who change two things of one layer
 * both get what they did, and nothing is where an index says it is. A layer is there when it has a kind and is not gone;
 * what is deleted is gone, not removed: undo is data. The layer BASE needs no entry at all. Marks that name no layer lie
 * on it, which is every mark of a document from before there were layers: such a document is one with one layer, and
 * nothing in it has to be written anew.
 */

import type * as Y from "yjs";
import { MAX_FEATHER } from "../wire/shots";
import { CENTRE } from "./frame";
import { nested } from "./groups";
import { type Box, IDENTITY, type Matrix } from "./matrix";
import {
  DEFAULT_RATE,
  MAX_CLIP_S,
  MAX_RATE,
  MAX_SPEED,
  MIN_RATE,
  MIN_SPEED,
  SOURCES,
  type SourceName,
} from "./moving";
import { choice, hexColor, number } from "./read";
import {
  DEFAULT_SIDES,
  isLine,
  MAX_LINE,
  MAX_SIDES,
  MIN_LINE,
  MIN_SIDES,
  SHAPES,
  type ShapeName,
} from "./shapes";

export const BASE = "base";
export const BASE_NAME = "Sketch";
/** In the middle: there is room on both sides. */
const BASE_ORDER = "V";

export const BLENDS = [
  "normal",
  "multiply",
  "screen",
  "overlay",
  "darken",
  "lighten",
  "color-dodge",
  "color-burn",
  "hard-light",
  "soft-light",
  "difference",
  "exclusion",
  "hue",
  "saturation",
  "color",
  "luminosity",
  "lighter",
] as const;
export type Blend = (typeof BLENDS)[number];

/** What a canvas calls it. */
export const operationOf = (blend: Blend): GlobalCompositeOperation =>
  blend === "normal" ? "source-over" : blend;

/**
 * Where a layer's content lies: scaled and turned about the document's centre, then shifted. x, y: document units;
 * scales below zero flip; rotation: degrees, clockwise.
 */
export interface Transform {
  readonly x: number;
  readonly y: number;
  readonly scaleX: number;
  readonly scaleY: number;
  readonly rotation: number;
}

export const AT_REST: Transform = { x: 0, y: 0, scaleX: 1, scaleY: 1, rotation: 0 };
export const MIN_SCALE = 0.01;
export const MAX_SCALE = 100;
const MAX_SHIFT = 16_384;
export const MIN_TEXT_SIZE = 8;
export const MAX_TEXT_SIZE = 512;
export const MAX_TEXT_CHARS = 2000;
export const MAX_NAME_CHARS = 80;
export const DEFAULT_FEATHER = 0.06;

interface Common extends Transform {
  readonly id: string;
  /** The group that it lies in; absent: none. */
  readonly parent?: string;
  readonly name: string;
  /** Its place among the others, as text that sorts (order.ts). */
  readonly order: string;
  readonly visible: boolean;
  readonly locked: boolean;
  /** 0 to 1. */
  readonly opacity: number;
  readonly blend: Blend;
}

export interface PaintLayer extends Common {
  readonly kind: "paint";
}

/**
 * width, height: of the whole picture, document units at scale 1; its middle is the document's centre. crop: the part of it that
 * is shown, in fractions of it; absent: all of it.
 */
interface Framed extends Common {
  readonly width: number;
  readonly height: number;
  readonly crop?: Box;
}

export interface ImageLayer extends Framed {
  readonly kind: "image";
  readonly image: string;
}

/** What a camera or a screen and a video file have in common. rate: pictures a second that are taken of it. */
interface Moving extends Framed {
  readonly rate: number;
  /** Whose page has it: the document's author, and what others call them. */
  readonly owner: string;
  readonly by: string;
}

export interface LiveLayer extends Moving {
  readonly kind: "live";
  readonly source: SourceName;
}

/** See clipTime. seconds: how long it is. at_s: where it stands. */
export interface VideoLayer extends Moving {
  readonly kind: "video";
  readonly clip: string;
  readonly seconds: number;
  readonly at_s: number;
  readonly loop: boolean;
  readonly speed: number;
}

export type MovingLayer = LiveLayer | VideoLayer;
export type FramedLayer = ImageLayer | MovingLayer;

/** A cropped picture keeps at least this fraction of each side. */
export const MIN_CROP = 0.01;
const WHOLE: Box = { x: 0, y: 0, width: 1, height: 1 };

export const cropOf = ({ crop }: FramedLayer): Box => crop ?? WHOLE;

/** As it is written: left, top, width, height. "": all of it. */
export function cropText({ x, y, width, height }: Box): string {
  const text = [x, y, width, height].map((value) => Number(value.toFixed(5))).join();
  return text === "0,0,1,1" ? "" : text;
}

/** Null for what is no part of a picture, and for all of it. */
function readCrop(text: string): Box | null {
  const [x = -1, y = -1, width = 0, height = 0, more] = text.split(",").map(Number);
  const inside = x >= 0 && y >= 0 && x + width <= 1.0001 && y + height <= 1.0001;
  const large = width >= MIN_CROP && height >= MIN_CROP;
  return text !== "" && inside && large && more === undefined ? { x, y, width, height } : null;
}

/** size: document units. The upper left corner of the text is the document's centre. */
export interface TextLayer extends Common {
  readonly kind: "text";
  readonly text: string;
  readonly size: number;
  readonly color: string;
}

/**
 * width, height: document units at scale 1, around the document's centre; a line's height is 0. fill, stroke: "#rrggbb",
 * or "" for none. line: document units, whatever the scale is.
 */
export interface ShapeLayer extends Common {
  readonly kind: "shape";
  readonly shape: ShapeName;
  readonly width: number;
  readonly height: number;
  readonly fill: string;
  readonly stroke: string;
  readonly line: number;
  readonly sides: number;
}

/** It has no content and no transform of its own: what is done to it is done to what lies in it. */
export interface GroupLayer extends Common {
  readonly kind: "group";
}

/**
 * A part of the picture that something else is said of; what is painted on it says where. It is no part of the sketch. Its
 * opacity is how strongly it is heard. prompts, pictures (absent: none): see regions.ts. color: of what shows it. feather: 0 to MAX_FEATHER.
 */
export interface RegionLayer extends Common {
  readonly kind: "region";
  readonly prompts: string;
  readonly pictures?: string;
  readonly feather: number;
  readonly color: string;
}

export type Layer = PaintLayer | FramedLayer | TextLayer | ShapeLayer | GroupLayer | RegionLayer;
export type LayerKind = Layer["kind"];

/** Every field that can be written, of every kind. `gone`: deleted. */
export interface LayerFields extends Omit<Common, "id" | "parent"> {
  /** "": none. */
  readonly parent: string;
  readonly kind: LayerKind;
  readonly gone: boolean;
  readonly image: string;
  readonly width: number;
  readonly height: number;
  /** See cropText. */
  readonly crop: string;
  readonly source: SourceName;
  readonly rate: number;
  readonly owner: string;
  readonly by: string;
  readonly clip: string;
  readonly seconds: number;
  readonly at_s: number;
  readonly loop: boolean;
  readonly speed: number;
  readonly text: string;
  readonly size: number;
  readonly color: string;
  readonly shape: ShapeName;
  readonly fill: string;
  readonly stroke: string;
  readonly line: number;
  readonly sides: number;
  readonly prompts: string;
  readonly pictures: string;
  readonly feather: number;
}

export type LayerPatch = Partial<LayerFields>;
/** What a new layer needs besides defaults. */
export type NewLayer = LayerPatch & Pick<LayerFields, "kind" | "name">;

export const fieldKey = (id: string, field: string) => `${id}.${field}`;

/** Document units of the layer -> document units of the picture. */
export function matrixOf({ x, y, scaleX, scaleY, rotation }: Transform): Matrix {
  if (x === 0 && y === 0 && scaleX === 1 && scaleY === 1 && rotation === 0) return IDENTITY;
  const angle = (rotation * Math.PI) / 180;
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const [a, b, c, d] = [cos * scaleX, sin * scaleX, -sin * scaleY, cos * scaleY];
  return [a, b, c, d, CENTRE + x - (a + c) * CENTRE, CENTRE + y - (b + d) * CENTRE];
}

/** What the brush goes onto. */
export const takesPaint = (layer: Layer | null): layer is PaintLayer | RegionLayer =>
  layer?.kind === "paint" || layer?.kind === "region";

/** It moves by itself, or is a video that may. */
export const isMoving = (layer: Layer | null | undefined): layer is MovingLayer =>
  layer?.kind === "live" || layer?.kind === "video";

/** It is a picture, which can be cropped. */
export const isFramed = (layer: Layer | null | undefined): layer is FramedLayer =>
  layer?.kind === "image" || isMoving(layer);

/** A plain layer is shown as it is. */
export const isPlain = ({ opacity, blend }: Layer) => opacity === 1 && blend === "normal";

/**
 * From the bottom to the top, a group above what lies in it. Values that make no sense are replaced; kinds of a later version
 * are left out.
 */
export function readLayers(map: Y.Map<unknown>): Layer[] {
  const found = new Map<string, Record<string, unknown>>([
    [BASE, { kind: "paint", name: BASE_NAME, order: BASE_ORDER }],
  ]);
  for (const [key, value] of map.entries()) {
    const dot = key.lastIndexOf(".");
    const id = key.slice(0, dot);
    const fields = found.get(id) ?? {};
    fields[key.slice(dot + 1)] = value;
    found.set(id, fields);
  }
  const layers = [...found].map(([id, fields]) => readLayer(id, fields)).filter((layer) => layer !== null);
  return nested(layers.sort(inOrder));
}

const inOrder = (a: Layer, b: Layer) =>
  a.order < b.order ? -1 : a.order > b.order ? 1 : a.id < b.id ? -1 : a.id > b.id ? 1 : 0;

function readLayer(id: string, fields: Record<string, unknown>): Layer | null {
  if (fields.gone === true) return null;
  const scale = (value: unknown) => {
    const given = number(value, 1, -MAX_SCALE, MAX_SCALE);
    return Math.abs(given) < MIN_SCALE ? (given < 0 ? -MIN_SCALE : MIN_SCALE) : given;
  };
  const common: Common = {
    id,
    ...(text(fields.parent, "") !== "" && { parent: text(fields.parent, "") }),
    name: text(fields.name, "").slice(0, MAX_NAME_CHARS),
    order: text(fields.order, BASE_ORDER),
    visible: fields.visible !== false,
    locked: fields.locked === true,
    opacity: number(fields.opacity, 1, 0, 1),
    blend: BLENDS.find((blend) => blend === fields.blend) ?? "normal",
    x: number(fields.x, 0, -MAX_SHIFT, MAX_SHIFT),
    y: number(fields.y, 0, -MAX_SHIFT, MAX_SHIFT),
    scaleX: scale(fields.scaleX),
    scaleY: scale(fields.scaleY),
    rotation: number(fields.rotation, 0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY) % 360,
  };
  switch (fields.kind) {
    case "paint":
      return { ...common, kind: "paint" };
    case "group":
      return { ...common, ...AT_REST, kind: "group" };
    case "image":
      return { ...framed(common, fields), kind: "image", image: text(fields.image, "") };
    case "live":
      return { ...moving(common, fields), kind: "live", source: choice(fields.source, SOURCES, "camera") };
    case "video":
      return {
        ...moving(common, fields),
        kind: "video",
        clip: text(fields.clip, ""),
        seconds: number(fields.seconds, 0, 0, MAX_CLIP_S),
        at_s: number(fields.at_s, 0, 0, MAX_CLIP_S),
        loop: fields.loop !== false,
        speed: number(fields.speed, 1, MIN_SPEED, MAX_SPEED),
      };
    case "text":
      return {
        ...common,
        kind: "text",
        text: text(fields.text, "").slice(0, MAX_TEXT_CHARS),
        size: number(fields.size, 96, MIN_TEXT_SIZE, MAX_TEXT_SIZE),
        color: color(fields.color, "#000000"),
      };
    case "region":
      return {
        ...common,
        kind: "region",
        prompts: text(fields.prompts, "[]"),
        ...(text(fields.pictures, "") !== "" && { pictures: text(fields.pictures, "") }),
        feather: number(fields.feather, DEFAULT_FEATHER, 0, MAX_FEATHER),
        color: color(fields.color, "#ff5da2"),
      };
    case "shape": {
      const shape = choice(fields.shape, SHAPES, "rect");
      return {
        ...common,
        kind: "shape",
        shape,
        width: number(fields.width, 1, 0, MAX_SHIFT),
        height: isLine(shape) ? 0 : number(fields.height, 1, 0, MAX_SHIFT),
        fill: hexColor(fields.fill, ""),
        stroke: hexColor(fields.stroke, isLine(shape) ? "#000000" : ""),
        line: number(fields.line, 8, MIN_LINE, MAX_LINE),
        sides: Math.round(number(fields.sides, DEFAULT_SIDES, MIN_SIDES, MAX_SIDES)),
      };
    }
    default:
      return null;
  }
}

function framed(common: Common, fields: Record<string, unknown>): Framed {
  const crop = readCrop(text(fields.crop, ""));
  return {
    ...common,
    width: number(fields.width, 1, 1, MAX_SHIFT),
    height: number(fields.height, 1, 1, MAX_SHIFT),
    ...(crop !== null && { crop }),
  };
}

const moving = (common: Common, fields: Record<string, unknown>): Moving => ({
  ...framed(common, fields),
  rate: number(fields.rate, DEFAULT_RATE, MIN_RATE, MAX_RATE),
  owner: text(fields.owner, ""),
  by: text(fields.by, "").slice(0, MAX_NAME_CHARS),
});

/**
 * A text that differs when the sketch may look different: what is drawn on each layer and how that lies; not names and
 * locks. Of a document whose one layer is as it was made: the marks' ids alone, as before there were layers.
 */
export function lookOfLayers(
  layers: readonly Layer[],
  marksOn: (id: string) => readonly { readonly id: string }[],
): string {
  const looks = layers.map(({ name: _name, locked: _locked, order: _order, ...look }) => look);
  const ids = layers.map(({ id }) =>
    marksOn(id)
      .map((mark) => mark.id)
      .join(),
  );
  const [only] = looks;
  const plain = looks.length === 1 && only?.id === BASE && JSON.stringify(only) === UNTOUCHED;
  return plain ? (ids[0] ?? "") : JSON.stringify([looks, ids]);
}

const UNTOUCHED = JSON.stringify({
  id: BASE,
  visible: true,
  opacity: 1,
  blend: "normal",
  ...AT_REST,
  kind: "paint",
});

const color = (value: unknown, fallback: string) =>
  typeof value === "string" && /^#[0-9a-f]{6}$/i.test(value) ? value : fallback;
const text = (value: unknown, fallback: string) => (typeof value === "string" ? value : fallback);
