/**
 * Places in an order, as text that sorts: between any two there is room for another one, so that moving a thing writes
 * one value of its own and nobody else's. What two people put between the same two gets two different places, since
 * the last digits are drawn by lot.
 */

/** In the order in which JavaScript compares strings. */
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LOTS = 3;

const valueAt = (key: string, i: number) => (i < key.length ? Math.max(0, DIGITS.indexOf(key[i] ?? "0")) : 0);

/** A place after `low` and before `high`; null: there is nothing on that side. random: 0 to 1, as Math.random. */
export function between(low: string | null, high: string | null, random: () => number): string {
  const from = low ?? "";
  // Equal places are no room: then it goes after both.
  let bound = high !== null && from < high ? high : null;
  let key = "";
  for (let i = 0; ; i++) {
    const above = valueAt(from, i);
    const below = bound === null ? DIGITS.length : valueAt(bound, i);
    if (below - above > 1) return key + (DIGITS[(above + below) >> 1] ?? "") + lots(random);
    key += DIGITS[above];
    if (below > above) bound = null;
  }
}

/** Never ends in the first digit: after "a0" and before "a" there would be nothing. */
function lots(random: () => number): string {
  const draw = () => DIGITS[1 + Math.floor(random() * (DIGITS.length - 1))] ?? "1";
  return Array.from({ length: LOTS }, draw).join("");
}
