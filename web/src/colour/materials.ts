/** The materials of the embedded engine by their names in the page's language; another engine's are called as it calls them. */

import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import type { Material } from "../wire/shots";

/** By the engine's own words: whoever calls one differently means another. */
const NAMES: readonly MessageDescriptor[] = [
  msg`Sky`,
  msg`Cloud`,
  msg`Sun`,
  msg`Moon`,
  msg`Mountain`,
  msg`Snow`,
  msg`Rock`,
  msg`Sand`,
  msg`Grass`,
  msg`Forest`,
  msg`Water`,
  msg`Road`,
  msg`House`,
  msg`Ice`,
  msg`Flowers`,
  msg`Lava`,
  msg`Tower`,
  msg`Boat`,
  msg`Balloon`,
  msg`Crops`,
];
const KNOWN = new Set(NAMES.map(({ id }) => id));

export const materialName = ({ label }: Pick<Material, "label">): string =>
  KNOWN.has(label) ? i18n._(label) : label;
