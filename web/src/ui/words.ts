/** Words for people. */

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Each part with a capital and a full stop; empty ones are left out. */
export const sentence = (...parts: string[]): string =>
  parts
    .filter(Boolean)
    .map((part) => capital(part).replace(/[^.!?]$/, "$&."))
    .join(" ");
