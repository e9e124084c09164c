/** The materials of the embedded engine by their names in the page's language; another engine's are called as it calls them. */

import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import type { Material } from "../wire/shots";

/** By the engine's own words: whoever calls one differently means another. */
const NAMES: Readonly<Record<string, MessageDescriptor>> = {
  Sky: msg`Sky`,
  Cloud: msg`Cloud`,
  Sun: msg`Sun`,
  Moon: msg`Moon`,
  Mountain: msg`Mountain`,
  Snow: msg`Snow`,
  Rock: msg`Rock`,
  Sand: msg`Sand`,
  Grass: msg`Grass`,
  Forest: msg`Forest`,
  Water: msg`Water`,
  Road: msg`Road`,
  House: msg`House`,
  Ice: msg`Ice`,
  Flowers: msg`Flowers`,
  Lava: msg`Lava`,
  Tower: msg`Tower`,
  Boat: msg`Boat`,
  Balloon: msg`Balloon`,
  Crops: msg`Crops`,
};

export function materialName({ label }: Pick<Material, "label">): string {
  const name = NAMES[label];
  return name === undefined ? label : i18n._(name);
}
