/** Recording video of what is seen, in pictures and in video: the render, or the sketch beside it. */

import { newSurface, type Surface } from "./canvas/surface";
import { PAPER } from "./history/capture";
import type { Sides } from "./history/film";
import { Recorder } from "./live/recorder";
import type { Live } from "./state";
import type { Store } from "./ui/store";
import type { Pixels } from "./wire/channel";
import type { Problem } from "./wire/shots";

/** A picture that stands still is recorded this often: a file ends with its last frame. */
const STILL_EVERY_MS = 500;

export interface RecordingWorld {
  readonly live: Store<Live>;
  sides(): Sides;
  /** What is seen at the right; null before the first picture. */
  render(): HTMLCanvasElement | null;
  /** What is drawn, the mark under the pen included. */
  sketch(width: number, height: number): Pixels;
  /** A number that is another one when either side has changed. */
  version(): number;
  /** Nothing goes on that should be in the file. */
  resting(): boolean;
  save(file: Blob, extension: string): void;
  say(problem: Problem): void;
  nextFrame(act: (now_ms: number) => void): void;
}

export class Recording {
  private readonly recorder: Recorder;
  private frame: Surface | null = null;
  private sketch: Surface | null = null;
  private sides: Sides = "render";
  private drawn = -1;
  private drawnAt_ms = 0;

  constructor(private readonly world: RecordingWorld) {
    this.recorder = new Recorder({
      changed: (recorded_s) => world.live.set({ recorded_s }),
      saved: (file, extension) => world.save(file, extension),
      failed: (message, fix) => world.say({ code: "client.recording", message, value: "", fix }),
    });
  }

  get on(): boolean {
    return this.recorder.on;
  }

  toggle(): void {
    if (this.on) this.stop();
    else this.start();
  }

  /** The file follows. */
  stop(): void {
    if (!this.on) return;
    this.draw();
    this.recorder.stop();
    this.frame = null;
    this.sketch = null;
  }

  /** Nobody sees the page, or somebody does again. */
  seen(visible: boolean): void {
    this.recorder.rest(!visible || this.world.resting());
  }

  private start(): void {
    const render = this.world.render();
    if (render === null) return;
    const { width, height } = render;
    this.sides = this.world.sides();
    this.frame = newSurface(this.sides === "both" ? 2 * width : width, height, false);
    this.sketch = newSurface(width, height, false);
    this.compose();
    this.recorder.start(this.frame.canvas);
    this.drawn = this.world.version();
    if (this.on) this.world.nextFrame(this.tick);
  }

  private readonly tick = (now_ms: number): void => {
    if (!this.on) return;
    this.recorder.rest(this.world.resting());
    const version = this.world.version();
    if (version !== this.drawn || now_ms - this.drawnAt_ms > STILL_EVERY_MS) {
      this.drawn = version;
      this.drawnAt_ms = now_ms;
      this.draw();
    }
    this.world.nextFrame(this.tick);
  };

  private draw(): void {
    this.compose();
    if (this.frame !== null) this.recorder.frame(this.frame.canvas);
  }

  /** A render of another size fills its half. */
  private compose(): void {
    const { frame, sketch } = this;
    const render = this.world.render();
    if (frame === null || sketch === null || render === null) return;
    const { width, height } = sketch.canvas;
    const both = this.sides === "both";
    if (both) {
      const { data } = this.world.sketch(width, height);
      sketch.context.putImageData(new ImageData(data, width, height), 0, 0);
      frame.context.fillStyle = PAPER;
      frame.context.fillRect(0, 0, width, height);
      frame.context.drawImage(sketch.canvas, 0, 0);
    }
    frame.context.drawImage(render, both ? width : 0, 0, width, height);
  }
}
