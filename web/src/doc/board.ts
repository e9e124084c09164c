/**
 * The reference board: parameters "board:<id>" -> where one picture lies, as JSON. Its bytes are in the document's images,
 * by their SHA-256. So every picture is moved, added and removed by itself, whoever else is at the board.
 */

import { number } from "./read";

const PREFIX = "board:";
export const MAX_BOARD = 32;
const FAR = 20_000;
export const MIN_PICTURE = 24;
export const MAX_PICTURE = 4000;
export const MAX_BOARD_NAME_CHARS = 120;

/** Board units: CSS pixels, where the board is not zoomed. x, y: the upper left corner. */
export interface BoardPicture {
  readonly id: string;
  /** SHA-256 of its file. */
  readonly image: string;
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** Height over width. */
  readonly aspect: number;
  /** What lies over what. */
  readonly z: number;
}

export const boardKey = (id: string) => PREFIX + id;

interface Params {
  paramNames(): string[];
  param(name: string): unknown;
}

/** From the bottom to the top; what makes no sense is left out. */
export function boardOf(doc: Params): BoardPicture[] {
  return doc
    .paramNames()
    .filter((name) => name.startsWith(PREFIX))
    .flatMap((name) => readPicture(name.slice(PREFIX.length), doc.param(name)))
    .sort((a, b) => a.z - b.z || (a.id < b.id ? -1 : 1))
    .slice(-MAX_BOARD);
}

export const boardValue = ({ id: _id, ...picture }: BoardPicture): string => JSON.stringify(picture);

function readPicture(id: string, value: unknown): BoardPicture[] {
  try {
    const { image, name, x, y, width, aspect, z } = JSON.parse(String(value)) as Record<string, unknown>;
    if (typeof image !== "string" || !/^[0-9a-f]{64}$/.test(image)) return [];
    return [
      {
        id,
        image,
        name: typeof name === "string" ? name.slice(0, MAX_BOARD_NAME_CHARS) : "",
        x: number(x, 0, -FAR, FAR),
        y: number(y, 0, -FAR, FAR),
        width: number(width, 200, MIN_PICTURE, MAX_PICTURE),
        aspect: number(aspect, 1, 0.02, 50),
        z: number(z, 0, 0, Number.MAX_SAFE_INTEGER),
      },
    ];
  } catch {
    return [];
  }
}
