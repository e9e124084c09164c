/** The browser's ways to do something later, as those take them whom tests give a clock of their own. */

/** Returns the way to call it off. */
export function after(delay_ms: number, act: () => void): () => void {
  const timer = window.setTimeout(act, delay_ms);
  return () => window.clearTimeout(timer);
}

/** Before the next frame is painted. */
export function nextFrame(act: (now_ms: number) => void): void {
  requestAnimationFrame(act);
}
