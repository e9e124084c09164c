/**
 * The page in video: the same document, steering a stream instead of pictures. Leaving it, the picture is as it was:
 * engine, size and strength of the two are kept apart, and what is common to both is the document's.
 */

import type { RenderView } from "./canvas/render";
import { isVideo, toBlock } from "./doc/settings";
import type { Connection } from "./live/connection";
import { eventTime } from "./live/event-time";
import type { Numbers } from "./live/numbers";
import { fileName } from "./live/save";
import { type Arrived, OFF, type Source, Stream, type StreamState } from "./live/stream";
import type { Looks } from "./looks";
import { openCamera } from "./sources/camera";
import { type InputState, Inputs, NO_INPUT } from "./sources/inputs";
import { newPlayer } from "./sources/moving";
import { follows, type Live, type Sheet } from "./state";
import { after, nextFrame } from "./ui/later";
import { Store } from "./ui/store";
import type { EngineCard, Problem } from "./wire/shots";

/** What the panels show of a video. */
export interface Video {
  readonly stream: StreamState;
  readonly input: InputState;
  /** The number of the frame that is shown; null before the first. */
  readonly frame: number | null;
}

export interface VideoModeWorld {
  readonly sheet: Store<Sheet>;
  readonly live: Store<Live>;
  readonly render: RenderView;
  readonly looks: Looks;
  /** The sheet as it sounds (perform/modulation.ts). */
  readonly performing: { sheet(): Sheet };
  readonly canvas: Source;
  readonly numbers: Numbers;
  readonly connection: Connection;
  /** A frame was painted. */
  painted(frame: Arrived, at_ms: number): void;
  /** Pictures or video: another card and frame are in force, and nothing measured counts any longer. */
  switched(): void;
}

export class VideoMode {
  readonly now = new Store<Video>({ stream: OFF, input: NO_INPUT, frame: null });
  private readonly stream: Stream;
  private readonly inputs: Inputs;
  /** What was shown when the video began. */
  private before: HTMLCanvasElement | null = null;

  constructor(private readonly world: VideoModeWorld) {
    const { live, sheet, looks, performing } = world;
    const say = (dockProblem: Problem | null) => live.set({ dockProblem });
    this.stream = new Stream({
      block: () => {
        const { settings, card } = performing.sheet();
        return settings === null || card === null || !isVideo(card)
          ? null
          : toBlock(
              settings,
              looks.now(() => false),
            );
      },
      source: () => (sheet.get().card?.video_input === true ? this.inputs.source : null),
      stamp: (at_ms) => world.numbers.stamp(at_ms),
      send: (job) => world.connection.follow(job),
      show: (frame) => this.show(frame),
      changed: (stream, working) => {
        this.now.set({ stream });
        if (stream.name !== "off") live.set({ working });
      },
      nextFrame,
      after,
      now_ms: () => performance.now(),
    });
    this.inputs = new Inputs({
      canvas: world.canvas,
      camera: openCamera,
      player: newPlayer,
      say,
      changed: (input) => {
        this.now.set({ input });
        this.stream.touch(null);
      },
    });
  }

  get on(): boolean {
    return this.stream.on;
  }

  /** Whether the server has engines of both kinds, so that one can go from one to the other. */
  get offered(): boolean {
    return offersBoth(this.world.live.get());
  }

  /** Out of what the server offers: a page that has only one of the two shows that. */
  settle(engines: readonly EngineCard[]): void {
    if (engines.length === 0) return;
    if (!engines.some((card) => !isVideo(card))) this.enter(null);
    else if (!engines.some(isVideo)) this.exit();
  }

  toggle(at_ms: number | null): void {
    if (!this.offered) return;
    if (this.on) this.exit();
    else this.enter(at_ms);
  }

  playPause(): void {
    if (this.now.get().stream.name === "ended") this.stream.restart(eventTime());
    else this.stream.pause();
  }

  restart(): void {
    this.now.set({ frame: null });
    this.stream.restart(eventTime());
  }

  // -- what it starts from ------------------------------------------------------------------------------------------

  startFrom(name: "none" | "canvas" | "camera"): void {
    if (name === "camera") void this.inputs.chooseCamera();
    else this.inputs.choose(name);
  }

  /** A clip may be dropped while pictures are rendered: then the video begins with it. */
  startFromClip(file: File): void {
    if (!this.on) this.toggle(eventTime());
    this.inputs.chooseClip(file);
  }

  /** Whoever draws wants to see it: the canvas becomes the input where there is none. */
  drawn(): void {
    if (this.on && this.inputs.name === "none" && this.world.sheet.get().card?.video_input === true)
      this.inputs.choose("canvas");
  }

  // -- files --------------------------------------------------------------------------------------------------------

  fileName(extension: string): string {
    const { settings } = this.world.sheet.get();
    const { prompts, seed } = this.world.looks.now(() => false);
    return fileName(
      { prompts: prompts.filter(([, weight]) => weight > 0), seed: settings?.seed ?? seed },
      extension,
    );
  }

  // -- from the studio ----------------------------------------------------------------------------------------------

  touch = (at_ms: number | null) => this.stream.touch(at_ms);
  opened = () => this.stream.opened();
  lost = () => this.stream.lost();
  frame = (frame: Arrived) => this.stream.frame(frame);
  failed = (seq: number, problem: Problem) => this.stream.failed(seq, problem);

  /** Nothing is rendered for a page that nobody sees. */
  seen(visible: boolean): void {
    this.stream.leave(!visible);
  }

  private enter(at_ms: number | null): void {
    if (this.on) return;
    this.before = this.world.render.snapshot();
    this.now.set({ frame: null });
    this.stream.begin(at_ms);
    this.world.switched();
  }

  private exit(): void {
    if (!this.on) return;
    this.inputs.choose("none");
    this.stream.end();
    if (this.before !== null) this.world.render.hold(this.before);
    this.before = null;
    this.world.switched();
  }

  private show(frame: Arrived): void {
    this.now.set({ frame: frame.picture.frame });
    this.world.render.canvas.dataset.seq = String(frame.seq);
    this.world.render.show(frame.bitmap, null, null, (at_ms) => this.world.painted(frame, at_ms));
    this.world.live.set({ hasPicture: true });
  }
}

/** In a room, whoever renders chooses. */
export const offersBoth = (live: Live): boolean =>
  !follows(live) && live.welcome?.engines.some(isVideo) === true && !live.welcome.engines.every(isVideo);
