/** What has the focus, as far as keys mind. */

export const nothingFocused = () =>
  document.activeElement === null || document.activeElement === document.body;

const TAKES_NO_TEXT = new Set(["range", "checkbox"]);

/** Keys belong to what has the focus: letters are its text, or pick from its list. */
export const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    (target instanceof HTMLInputElement && !TAKES_NO_TEXT.has(target.type)) ||
    target.tagName === "TEXTAREA" ||
    target.tagName === "SELECT");

/** A button that was pressed in passing, not walked to: Space is the hand's there, as on the canvas. */
export const pressedInPassing = (byPointer: boolean) =>
  byPointer &&
  document.activeElement instanceof HTMLButtonElement &&
  document.activeElement.closest("[role=dialog]") === null;
