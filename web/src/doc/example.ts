/** The first visit's document: a landscape of real marks in the engine's own materials, wide enough for wide pictures. */

import type { EngineCard } from "../wire/shots";
import type { Mark, ShapeMark, StrokeMark } from "./marks";
import { packPoints } from "./points";

/** Used where a card does not name the material. */
const FALLBACK = {
  sky: "#88b4ea",
  cloud: "#eef1f4",
  sun: "#fff2c4",
  mountain: "#7b7068",
  snow: "#f8fafc",
  water: "#28598c",
  grass: "#528632",
  forest: "#143c18",
} as const;
type Name = keyof typeof FALLBACK;

export const toHex = ([r, g, b]: readonly [number, number, number]) =>
  `#${[r, g, b].map((v) => Math.round(v).toString(16).padStart(2, "0")).join("")}`;

/** Document units; a picture of 16:9 shows from -398 to 1422. */
const LEFT = -440;
const RIGHT = 1464;
const BOTTOM = 1032;

/** It says nothing of the hour: the first moon that somebody draws makes it night. */
export const EXAMPLE_PROMPT = "alpine lake, clear sky";

export function exampleMarks(card: EngineCard): Mark[] {
  const color = (name: Name) => {
    const material = card.materials.find((m) => m.name === name);
    return material ? toHex(material.rgb) : FALLBACK[name];
  };
  const area = (name: Name, ...at: readonly (readonly [number, number])[]): StrokeMark => ({
    type: "stroke",
    tool: "area",
    color: color(name),
    size: 8,
    opacity: 1,
    points: packPoints(at.map(([x, y]) => ({ x, y, pressure: 0.5 }))),
  });
  const shape = (
    name: Name,
    kind: "rect" | "ellipse",
    x0: number,
    y0: number,
    x1: number,
    y1: number,
  ): ShapeMark => ({
    type: "shape",
    shape: kind,
    color: color(name),
    size: 8,
    opacity: 1,
    filled: true,
    x0,
    y0,
    x1,
    y1,
  });
  const brush = (name: Name, size: number, ...at: readonly (readonly [number, number])[]): StrokeMark => ({
    ...area(name, ...at),
    tool: "brush",
    size,
  });
  const ground = (name: Name, ...ridge: readonly (readonly [number, number])[]): StrokeMark =>
    area(name, ...smooth(ridge), [RIGHT, BOTTOM], [LEFT, BOTTOM]);
  const conifer = (x: number, foot: number, height: number): StrokeMark =>
    area("forest", [x, foot - height], [x + height * 0.21, foot], [x - height * 0.21, foot]);
  return [
    shape("sky", "rect", LEFT, -8, RIGHT, 650),
    brush("cloud", 40, [-290, 236], [-230, 224], [-160, 232], [-110, 226]),
    brush("cloud", 38, [1150, 132], [1220, 120], [1290, 128]),
    brush("cloud", 46, [560, 150], [620, 138], [690, 146], [750, 140]),
    brush("cloud", 34, [610, 118], [660, 110], [706, 118]),
    shape("sun", "ellipse", 808, 196, 920, 308),
    area(
      "mountain",
      [468, 620],
      [560, 500],
      [640, 452],
      [700, 408],
      [770, 470],
      [850, 500],
      [960, 580],
      [1032, 606],
      [1140, 540],
      [1236, 572],
      [1330, 512],
      [RIGHT, 590],
      [RIGHT, 620],
    ),
    area(
      "mountain",
      [LEFT, 620],
      [LEFT, 566],
      [-330, 470],
      [-262, 516],
      [-150, 398],
      [-84, 492],
      [-8, 470],
      [90, 372],
      [180, 300],
      [292, 168],
      [352, 232],
      [420, 330],
      [520, 450],
      [640, 620],
    ),
    area(
      "snow",
      [292, 164],
      [352, 230],
      [404, 306],
      [352, 290],
      [318, 336],
      [278, 286],
      [236, 322],
      [205, 269],
    ),
    shape("water", "rect", LEFT, 600, RIGHT, 900),
    ground(
      "grass",
      [LEFT, 716],
      [-300, 742],
      [-150, 776],
      [-8, 756],
      [110, 728],
      [250, 742],
      [410, 806],
      [560, 842],
      [710, 812],
      [860, 762],
      [1032, 738],
      [1170, 760],
      [1310, 806],
      [RIGHT, 792],
    ),
    conifer(-312, 836, 132),
    conifer(-196, 892, 208),
    conifer(120, 850, 230),
    conifer(214, 900, 190),
    conifer(876, 862, 214),
    conifer(960, 826, 128),
    conifer(1168, 884, 196),
    conifer(1286, 902, 150),
  ];
}

/** Catmull-Rom through the points: a hand's line, not a ruler's. */
function smooth(at: readonly (readonly [number, number])[], perSpan = 8): [number, number][] {
  const out: [number, number][] = [];
  const knot = (i: number) => at[Math.min(at.length - 1, Math.max(0, i))] ?? [0, 0];
  for (let i = 0; i < at.length - 1; i++)
    for (let s = 0; s < perSpan; s++) {
      const t = s / perSpan;
      const mix = (axis: 0 | 1) => {
        const [a, b, c, d] = [knot(i - 1)[axis], knot(i)[axis], knot(i + 1)[axis], knot(i + 2)[axis]];
        const curve =
          2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t ** 2 + (3 * b - a - 3 * c + d) * t ** 3;
        return curve / 2;
      };
      out.push([mix(0), mix(1)]);
    }
  const [x, y] = knot(at.length - 1);
  out.push([x, y]);
  return out;
}
