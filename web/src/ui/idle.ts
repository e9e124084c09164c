/** Work that nobody waits for. */

const AT_MOST_MS = 500;

/** Run it when nothing else is to be done, or after half a second. Returns the way to stop it. */
export function whenIdle(act: () => void): () => void {
  if (!("requestIdleCallback" in window)) {
    const timer = setTimeout(act, AT_MOST_MS / 5);
    return () => clearTimeout(timer);
  }
  const wait = requestIdleCallback(act, { timeout: AT_MOST_MS });
  return () => cancelIdleCallback(wait);
}
