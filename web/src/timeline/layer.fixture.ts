import { AT_REST, type Layer } from "../doc/layers";

/** A layer as it is made. */
export const layer: Layer = {
  ...AT_REST,
  id: "a",
  kind: "paint",
  name: "a",
  order: "V",
  visible: true,
  locked: false,
  opacity: 1,
  blend: "normal",
};
