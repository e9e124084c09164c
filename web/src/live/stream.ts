/**
 * The page's end of a stream: says what the video follows whenever that changes, and shows the frames that come.
 *
 *     off --begin--> waiting --frame--> playing --no frame for a while--> waiting
 *                    waiting, playing --pause--> paused --pause--> waiting
 *                    any but off --no words--> wordless --words--> waiting
 *                    any but off --a block that cannot be rendered--> ended --restart(), touch()--> waiting
 *     any --end--> off
 */

import type { BlockJob, FromWorker, Pixels } from "../wire/channel";
import { samePixels } from "../wire/pixels";
import type { BlockMeta, Problem } from "../wire/shots";
import { Pacer } from "./pacer";

export type StreamState =
  | { readonly name: "off" }
  /** There is nothing to follow. */
  | { readonly name: "wordless" }
  /** begun: frames came, and no more do. */
  | { readonly name: "waiting"; readonly begun: boolean }
  | { readonly name: "playing" }
  | { readonly name: "paused" }
  | { readonly name: "ended"; readonly problem: Problem };

export const OFF: StreamState = { name: "off" };

export type Arrived = Extract<FromWorker, { type: "picture" }>;

/** What a video starts from. moving: new pictures come by themselves. */
export interface Source {
  readonly moving: boolean;
  /** The picture of now, opaque or not; null while there is none. */
  grab(width: number, height: number): Pixels | null;
}

export interface StreamWorld {
  /** What a video would follow now; null while no engine is known. */
  block(): Omit<BlockMeta, "paused"> | null;
  source(): Source | null;
  /** The number of a message, and when the input that made it happened. */
  stamp(at_ms: number | null): number;
  send(job: BlockJob): void;
  /** Paint it; the bitmap is the taker's to close. */
  show(frame: Arrived): void;
  /** working: what was asked for last is not on the screen yet. */
  changed(state: StreamState, working: boolean): void;
  nextFrame(act: (now_ms: number) => void): void;
  /** Run `act` after a delay; the returned function cancels. */
  after(delay_ms: number, act: () => void): () => void;
  now_ms(): number;
}

/** Pictures to start from go out no faster: no engine makes more frames a second. */
export const INPUT_EVERY_MS = 1000 / 16;
/** Without a frame for so long a video that plays is one that waits. */
export const STALL_MS = 2000;

/** Refusals, after which a video goes on as it was; whatever else cannot be rendered ends it. */
const GOES_ON = /^(wire|shot|pixels)\.|^fleet\.no_worker$/;

export const FIRST_BLOCK_FRAMES = 9;
export const BLOCK_FRAMES = 12;

/** How much of its block has been shown with that frame, 0 to 1. */
export const partOfBlock = (frame: number): number =>
  frame < FIRST_BLOCK_FRAMES
    ? (frame + 1) / FIRST_BLOCK_FRAMES
    : (((frame - FIRST_BLOCK_FRAMES) % BLOCK_FRAMES) + 1) / BLOCK_FRAMES;

export class Stream {
  private state: StreamState = OFF;
  private held = false;
  private away = false;
  private take = 0;
  /** Of this take; frames of older messages belong to the one before. */
  private firstSeq = 0;
  private askedSeq = 0;
  private shownSeq = 0;
  private last: BlockMeta | null = null;
  private lastMeta = "";
  private lastInput: Pixels | null = null;
  private sent_ms = Number.NEGATIVE_INFINITY;
  private since_ms: number | null = null;
  private dirty = false;
  private ticking = false;
  private presenting = false;
  private cancelStall = () => {};
  private readonly pacer = new Pacer<Arrived>(({ bitmap }) => bitmap.close());

  constructor(private readonly world: StreamWorld) {}

  get on(): boolean {
    return this.state.name !== "off";
  }

  /** A video begins, asked for at that moment (an event's timeStamp). */
  begin(at_ms: number | null): void {
    if (this.on) return;
    this.held = false;
    this.anew(at_ms);
  }

  end(): void {
    if (!this.on) return;
    this.clear();
    if (this.last !== null) this.tell({ ...this.last, prompts: [] }, null, null);
    this.last = null;
    this.enter(OFF);
  }

  /** The same video from its first frame. */
  restart(at_ms: number | null): void {
    if (!this.on) return;
    this.held = false;
    this.anew(at_ms);
  }

  /** Nothing is rendered meanwhile, and nothing lost: it goes on with the next frame. */
  pause(): void {
    if (this.state.name !== "playing" && this.state.name !== "waiting" && this.state.name !== "paused")
      return;
    this.held = !this.held;
    this.rest();
    this.enter(this.held ? { name: "paused" } : { name: "waiting", begun: this.shownSeq > 0 });
  }

  /** Nobody looks: the page is in the background, or is back. */
  leave(away: boolean): void {
    if (away === this.away) return;
    this.away = away;
    if (!this.on) return;
    this.rest();
    this.follow(this.world.now_ms()); // a page in the background has no frames to wait for
  }

  /** Something that the video follows changed, at that moment. */
  touch(at_ms: number | null): void {
    if (this.state.name === "ended") this.anew(at_ms);
    if (!this.on) return;
    this.since_ms ??= at_ms;
    this.dirty = true;
    this.schedule();
  }

  /** The connection opened: the gateway knows nothing of a video. */
  opened(): void {
    if (this.on && this.state.name !== "ended") this.anew(null);
  }

  lost(): void {
    if (this.state.name === "playing") this.enter({ name: "waiting", begun: true });
  }

  frame(frame: Arrived): void {
    if (!this.on || frame.seq < this.firstSeq) {
      frame.bitmap.close();
      return;
    }
    this.pacer.put(frame, this.world.now_ms());
    this.present();
  }

  failed(seq: number, problem: Problem): void {
    if (!this.on || (seq > 0 && seq < this.firstSeq) || GOES_ON.test(problem.code)) return;
    this.cancelStall();
    this.enter({ name: "ended", problem });
  }

  // -- what it follows ----------------------------------------------------------------------------------------------

  private get resting(): boolean {
    return this.held || this.away;
  }

  private anew(at_ms: number | null): void {
    this.clear();
    this.take += 1;
    this.firstSeq = Number.POSITIVE_INFINITY;
    this.shownSeq = 0;
    this.enter(this.held ? { name: "paused" } : { name: "waiting", begun: false });
    this.touch(at_ms);
  }

  private clear(): void {
    this.cancelStall();
    this.pacer.clear();
    this.lastMeta = "";
    this.lastInput = null;
    this.sent_ms = Number.NEGATIVE_INFINITY;
    this.since_ms = null;
  }

  private rest(): void {
    this.cancelStall();
    this.dirty = true;
    this.schedule();
    if (!this.resting) this.present();
  }

  private schedule(): void {
    if (this.ticking) return;
    this.ticking = true;
    this.world.nextFrame((now_ms) => {
      this.ticking = false;
      this.follow(now_ms);
    });
  }

  private follow(now_ms: number): void {
    const follows = this.world.block();
    if (!this.on || this.state.name === "ended" || follows === null) return;
    const source = follows.prompts.length > 0 ? this.world.source() : null;
    const moving = source?.moving === true && !this.resting;
    if (!this.dirty && !moving) return;
    const block = { ...follows, paused: this.resting };
    const meta = JSON.stringify(block);
    const early = source !== null && meta === this.lastMeta && now_ms - this.sent_ms < INPUT_EVERY_MS;
    if (moving || early) this.schedule();
    if (early) return;
    const { dirty, since_ms } = this;
    this.dirty = false;
    this.since_ms = null;
    const input = source?.grab(block.width, block.height) ?? null;
    const asked = meta !== this.lastMeta || (dirty && !moving && !samePixels(input, this.lastInput));
    if (!asked && samePixels(input, this.lastInput)) return;
    if (block.prompts.length === 0) {
      this.wordless(block);
      return;
    }
    if (this.state.name === "wordless") this.enter({ name: "waiting", begun: false });
    this.lastMeta = meta;
    this.lastInput = input && { ...input, data: input.data.slice() };
    this.sent_ms = now_ms;
    const seq = this.tell(block, input, since_ms ?? (moving ? now_ms : null));
    if (this.firstSeq === Number.POSITIVE_INFINITY) this.firstSeq = seq;
    if (asked) this.askedSeq = seq;
    this.enter(this.state);
  }

  private wordless(block: BlockMeta): void {
    if (this.state.name === "wordless") return;
    if (this.last !== null) this.tell(block, null, null);
    this.clear();
    this.last = null;
    this.take += 1;
    this.firstSeq = Number.POSITIVE_INFINITY;
    this.enter({ name: "wordless" });
  }

  private tell(block: BlockMeta, input: Pixels | null, at_ms: number | null): number {
    const seq = this.world.stamp(at_ms);
    this.last = block;
    this.world.send({ seq, take: this.take, block, input });
    return seq;
  }

  // -- what is shown ------------------------------------------------------------------------------------------------

  private present(): void {
    if (this.presenting || this.pacer.empty || this.resting) return;
    this.presenting = true;
    this.world.nextFrame((now_ms) => {
      this.presenting = false;
      const frame = this.on && !this.resting ? this.pacer.due(now_ms) : null;
      if (frame !== null) this.show(frame);
      this.present();
    });
  }

  private show(frame: Arrived): void {
    this.shownSeq = frame.seq;
    this.cancelStall();
    this.cancelStall = this.world.after(STALL_MS, () => {
      if (this.state.name === "playing") this.enter({ name: "waiting", begun: true });
    });
    this.world.show(frame);
    if (this.state.name === "waiting") this.enter({ name: "playing" });
    else this.enter(this.state);
  }

  private enter(state: StreamState): void {
    this.state = state;
    const asking = state.name === "waiting" || state.name === "playing";
    this.world.changed(state, asking && this.askedSeq > this.shownSeq);
  }
}
