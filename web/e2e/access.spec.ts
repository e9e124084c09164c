/** Everybody can read and reach everything: axe on every panel, in the light and in the dark. */

import { faults } from "./axe";
import { PANELS } from "./panels";
import { expect, test } from "./studio";

test.describe.configure({ timeout: 300_000 });

test("axe finds nothing on any panel, light or dark", async ({ page, studio }) => {
  await studio.settled();
  for (const { name, open, close } of PANELS) {
    await test.step(name, async () => {
      expect.soft(await faults(page, await open(studio)), name).toEqual([]);
      await close?.(studio);
    });
  }
});
