/** The name under which other programs find what this page shows: one for each project of this browser, for good. */

const KEY = "lightbrush.output";
const NAME = /^o-[0-9a-f]{24}$/;

/** Whoever knows it may look, as far as the gateway's token lets them: so it is not to be guessed. */
export function outputName(
  storage: Storage,
  project: string,
  random: (bytes: Uint8Array<ArrayBuffer>) => void,
): string {
  const key = `${KEY}:${project}`;
  const kept = storage.getItem(key) ?? "";
  if (NAME.test(kept)) return kept;
  const bytes = new Uint8Array(12);
  random(bytes);
  const name = `o-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  storage.setItem(key, name);
  return name;
}
