/** The keyboard: keys that are pressed run shortcuts, and some mean something while they are held. */

import { edits, PALETTE, SHORTCUTS } from "./shortcuts";
import type { Studio } from "./studio";
import { nothingFocused, pressedInPassing, typing } from "./ui/focus";

/** Returns the way to stop. */
export function listenToKeys(studio: Studio): () => void {
  const stop = new AbortController();
  const { desk } = studio;
  const options = { signal: stop.signal };
  let byPointer = false;
  window.addEventListener(
    "pointerdown",
    () => {
      byPointer = true;
    },
    { capture: true, ...options },
  );
  window.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Tab") byPointer = false;
      if (event.defaultPrevented || (typing(event.target) && !PALETTE.match(event))) return;
      if ((desk.get().helpOpen && event.key !== "?") || desk.get().viewing !== null) return;
      if (desk.get().projectsOpen) return;
      if (event.key === " " && !event.shiftKey && (nothingFocused() || pressedInPassing(byPointer))) {
        desk.set({ spaceHeld: true });
        event.preventDefault();
        return;
      }
      if (event.key === "Control" || event.key === "Meta") desk.set({ snapping: false });
      if (event.key === "Alt") {
        desk.set({ altHeld: true });
        event.preventDefault();
        return;
      }
      const shortcut = SHORTCUTS.find(
        (s) => s.match(event) && s.available?.(studio) !== false && s.now?.(studio) !== false,
      );
      if (shortcut === undefined) return;
      event.preventDefault();
      if (edits(shortcut) && !studio.canEdit) return;
      shortcut.run(studio, event);
    },
    options,
  );
  const release = (event: KeyboardEvent) => {
    if (event.key === " " && desk.get().spaceHeld) {
      event.preventDefault(); // else some browsers press the button that has the focus
      desk.set({ spaceHeld: false });
    }
    if (event.key === "Alt") desk.set({ altHeld: false });
    if (event.key === "Control" || event.key === "Meta") desk.set({ snapping: true });
    if (event.key.toLowerCase() === "c") desk.set({ comparing: false });
  };
  window.addEventListener("keyup", release, options);
  window.addEventListener(
    "blur",
    () => desk.set({ spaceHeld: false, altHeld: false, comparing: false, snapping: true }),
    options,
  );
  return () => stop.abort();
}
