/** The news that something which a shot depends on is another thing now: whoever changes it tells, whoever asks hears. */

import { eventTime } from "./live/event-time";

/** at_ms: when a hand did it; null when none did. again: the next shot is sent even where it equals the last one. */
type Listener = (at_ms: number | null, again: boolean) => void;

export class Touches {
  private readonly listeners = new Set<Listener>();
  private count = 0;

  /** Rises with each. */
  get version(): number {
    return this.count;
  }

  listen(listener: Listener): void {
    this.listeners.add(listener);
  }

  touch(at_ms: number | null = eventTime()): void {
    this.tell(at_ms, false);
  }

  /** The last shot's picture is not what is shown, or is another one now. */
  again(at_ms: number | null = null): void {
    this.tell(at_ms, true);
  }

  private tell(at_ms: number | null, again: boolean): void {
    this.count += 1;
    for (const listener of this.listeners) listener(at_ms, again);
  }
}
