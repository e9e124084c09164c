/** A picture for the guide, drawn with the studio's own tools as one would: from the back to the front. */

import { expect, type StudioPage } from "./studio";

type At = readonly [x: number, y: number];

/** The lake at evening, in the words of the materials. */
export async function paint(studio: StudioPage): Promise<void> {
  const { page } = studio;
  const material = (name: string) =>
    page.getByRole("group", { name: "Materials" }).getByRole("button", { name, exact: true }).click();
  /** An outline may leave the picture; it begins inside, where the pen takes hold. */
  const fill = async (name: string, key: string, ...outlines: readonly (readonly At[])[]) => {
    await material(name);
    await page.keyboard.press(key);
    for (const outline of outlines) {
      const inside = outline.findIndex(([x, y]) => x > 0 && x < 1 && y > 0 && y < 1);
      await studio.stroke(...outline.slice(inside), ...outline.slice(0, inside));
    }
  };
  await page.keyboard.press("Shift+Delete");
  await expect(page.getByRole("button", { name: "Undo", exact: true })).not.toHaveAttribute("aria-disabled");
  await fill("Sky", "g", [[0.5, 0.5]]);
  await fill("Mountain", "a", [
    [-0.02, 0.58],
    [-0.02, 0.42],
    [0.1, 0.32],
    [0.19, 0.38],
    [0.34, 0.14],
    [0.47, 0.36],
    [0.56, 0.3],
    [0.68, 0.43],
    [0.82, 0.27],
    [1.02, 0.46],
    [1.02, 0.58],
  ]);
  await fill(
    "Snow",
    "a",
    [
      [0.34, 0.14],
      [0.41, 0.26],
      [0.37, 0.24],
      [0.35, 0.29],
      [0.32, 0.24],
      [0.28, 0.25],
    ],
    [
      [0.82, 0.27],
      [0.88, 0.335],
      [0.84, 0.325],
      [0.81, 0.36],
      [0.77, 0.33],
    ],
  );
  await fill("Forest", "a", [
    [-0.02, 0.6],
    [-0.02, 0.5],
    [0.08, 0.47],
    [0.16, 0.51],
    [0.26, 0.48],
    [0.36, 0.53],
    [0.5, 0.5],
    [0.63, 0.54],
    [0.76, 0.49],
    [0.9, 0.52],
    [1.02, 0.49],
    [1.02, 0.6],
  ]);
  await fill("Water", "a", [
    [-0.02, 0.58],
    [0.3, 0.57],
    [0.7, 0.585],
    [1.02, 0.575],
    [1.02, 0.93],
    [-0.02, 0.93],
  ]);
  await fill("Grass", "a", [
    [-0.02, 0.8],
    [0.14, 0.76],
    [0.3, 0.79],
    [0.46, 0.86],
    [0.62, 0.88],
    [0.8, 0.83],
    [1.02, 0.79],
    [1.02, 1.02],
    [-0.02, 1.02],
  ]);
  await fill("Flowers", "a", [
    [0.6, 0.95],
    [0.72, 0.905],
    [0.88, 0.89],
    [0.96, 0.93],
    [0.86, 0.97],
    [0.7, 0.98],
  ]);
  await fill(
    "Forest",
    "a",
    ...[
      [0.08, 0.66, 0.86],
      [0.17, 0.72, 0.9],
      [0.91, 0.63, 0.85],
    ].map(([x = 0, top = 0, foot = 0]): At[] => [
      [x, top],
      [x + 0.045, foot],
      [x - 0.045, foot],
    ]),
  );
  await fill("Sun", "a", ring(0.64, 0.21, 0.035));
  await page.keyboard.press("b");
  await material("Cloud");
  await studio.stroke([0.08, 0.13], [0.14, 0.12], [0.2, 0.13]);
  await studio.stroke([0.8, 0.12], [0.86, 0.11], [0.92, 0.12]);
}

/** A circle, as a hand outlines it. */
const ring = (x: number, y: number, radius: number): At[] =>
  Array.from({ length: 20 }, (_, i) => {
    const turn = (i / 20) * 2 * Math.PI;
    return [x + radius * Math.cos(turn), y + radius * Math.sin(turn)];
  });
