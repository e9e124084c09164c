/**
 * Cameras and screens that this page shows as layers. What they see is in this page alone.
 *
 *     (none) --start--> asking --given--> on --stop, hidden, ended--> still --start--> asking
 *                          \--refused--> as before
 *     any --the layer is gone--> (none)
 */

import type { LiveLayer } from "../doc/layers";
import type { SourceName } from "../doc/moving";
import type { Problem } from "../wire/shots";
import { sourceProblem } from "./camera";
import { Frames } from "./frames";

/** still: the last picture stays until the page is left. */
export type CaptureState = "asking" | "on" | "still";

export interface CapturesWorld {
  /** Asks the person; rejects with a DOMException. */
  open(source: SourceName): Promise<MediaStream>;
  player(): HTMLVideoElement;
  /** As the document has it; null: it is gone, or hidden. */
  layer(id: string): LiveLayer | null;
  /** Nothing is taken for a page that nobody sees. */
  seen(): boolean;
  /** A picture, or a state, is another one. */
  changed(what: "picture" | "state"): void;
  /** Why nothing comes; null when something is asked for. */
  say(problem: Problem | null): void;
  /** Run `act` after a delay; the returned function cancels. */
  after(delay_ms: number, act: () => void): () => void;
}

interface Capture {
  state: CaptureState;
  readonly frames: Frames;
  /** Takes no more pictures, and lets go. */
  letGo(): void;
}

/** What was given, before a layer shows it. */
export interface Given {
  readonly source: SourceName;
  readonly stream: MediaStream;
  readonly element: HTMLVideoElement;
  readonly width: number;
  readonly height: number;
}

const stopAll = (stream: MediaStream) => {
  for (const track of stream.getTracks()) track.stop();
};

export class Captures {
  private readonly all = new Map<string, Capture>();
  /** Counts questions: what is given for an older one is let go. */
  private questions = 0;

  constructor(private readonly world: CapturesWorld) {}

  state(id: string): CaptureState | null {
    return this.all.get(id)?.state ?? null;
  }

  frames(id: string): Frames | null {
    return this.all.get(id)?.frames ?? null;
  }

  /** The layers that are captured now. */
  get on(): string[] {
    return [...this.all].filter(([, { state }]) => state === "on").map(([id]) => id);
  }

  /** Asks for one. Null: it was refused, which is said, or another one was asked for meanwhile. */
  async ask(source: SourceName): Promise<Given | null> {
    const { world } = this;
    this.questions += 1;
    const question = this.questions;
    world.say(null);
    let stream: MediaStream | null = null;
    try {
      stream = await world.open(source);
      const element = world.player();
      element.srcObject = stream;
      await element.play();
      if (question !== this.questions) throw new DOMException("", "AbortError");
      const { videoWidth: width, videoHeight: height } = element;
      return { source, stream, element, width, height };
    } catch (error) {
      if (stream !== null) stopAll(stream);
      if (question === this.questions)
        world.say(sourceProblem(source, error instanceof DOMException ? error.name : ""));
      return null;
    }
  }

  /** The layer shows it from now on. */
  begin(id: string, { source, stream, element }: Given): void {
    const { world } = this;
    this.all.get(id)?.letGo();
    let cancel = () => {};
    const capture: Capture = {
      state: "on",
      frames: new Frames(),
      letGo: () => {
        cancel();
        for (const track of stream.getTracks()) track.onended = null;
        stopAll(stream);
        element.srcObject = null;
      },
    };
    for (const track of stream.getVideoTracks())
      track.onended = () => {
        this.stop(id);
        // Who ends to share a screen does so in the browser's own bar, and knows.
        if (source === "camera") world.say(sourceProblem(source, "ended"));
      };
    const tick = () => {
      const layer = world.layer(id);
      if (layer !== null && world.seen() && capture.frames.take(element, layer)) world.changed("picture");
      cancel = world.after(1000 / (layer?.rate ?? 1), tick);
    };
    this.all.set(id, capture);
    world.changed("state");
    tick();
  }

  /** Of a layer that is there already. */
  async start(id: string): Promise<void> {
    const layer = this.world.layer(id);
    const before = this.all.get(id);
    if (layer === null || before?.state === "asking" || before?.state === "on") return;
    this.all.set(id, { state: "asking", frames: before?.frames ?? new Frames(), letGo: () => {} });
    this.world.changed("state");
    const given = await this.ask(layer.source);
    if (given !== null && this.world.layer(id) !== null) {
      this.begin(id, given);
      return;
    }
    if (given !== null) stopAll(given.stream);
    if (before === undefined) this.all.delete(id);
    else this.all.set(id, before);
    this.world.changed("state");
  }

  stop(id: string): void {
    const capture = this.all.get(id);
    if (capture?.state !== "on") return;
    capture.letGo();
    capture.state = "still";
    this.world.changed("state");
  }

  stopAll(): void {
    for (const id of this.on) this.stop(id);
  }

  /** The document has other layers: what is hidden or gone is let go. there: also of those that are hidden. */
  read(there: ReadonlySet<string>): void {
    for (const id of this.on) if (this.world.layer(id) === null) this.stop(id);
    for (const id of this.all.keys()) if (!there.has(id)) this.all.delete(id);
  }
}
