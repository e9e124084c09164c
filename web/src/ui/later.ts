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

/** When the next frame is on its way to the screen. */
export function afterFrame(act: (at_ms: number) => void): void {
  requestAnimationFrame(() => afterPaint(act));
}

/** In a frame's callback: when that frame is on its way. A task that is queued there runs after it was painted. */
export function afterPaint(act: (at_ms: number) => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    act(performance.now());
  };
  port2.postMessage(null);
}
