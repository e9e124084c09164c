import type { Moment } from "./moments";

const START_MS = Date.UTC(2026, 0, 1);

/** A moment with these fields; the rest is plain. */
export const momentOf = (id: string, fields: Partial<Moment> = {}): Moment => ({
  id,
  at_ms: START_MS + Number(id.replace(/\D/g, "")) * 1000,
  name: "",
  content: `content of ${id}`,
  thumbnail: "data:,",
  pictures: id,
  from: null,
  restored: false,
  ...fields,
});
