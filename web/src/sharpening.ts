/**
 * The picture sharpens when the hand rests: the shot of now is asked for once more, at the largest size of its shape, and
 * its picture is shown in the place of the live one.
 *
 *     live --rest--> asked --picture, problem--> done
 *     asked --touch--> live: its picture is dropped
 *     any --a live picture is shown--> live
 *
 * The sender knows nothing of it, and it is one shot of the session like any other: a newer one that finds it waiting on
 * the server takes its place.
 */

import { groupOf } from "./live/meter";
import type { EngineCard, PictureMeta, ShotMeta, WireSize } from "./wire/shots";
import { sizesLike } from "./wire/sizes";

/** So long has nothing changed, or as long as the larger picture will take, if that is longer. */
export const REST_MS = 500;
/** A picture that takes longer is not worth that a stroke which begins meanwhile waits for it. */
export const MOST_MS = 1000;
/** Of pictures of a size the quickest says how fast it is made: the others waited for something else. */
const RECENT = 8;
/** An engine's first picture of a size is slow: before so many have come, nothing says that it is. */
export const TRIES = 3;

export interface SharpeningWorld {
  /** The shot of now; null while nothing is to be asked for, or a hand is at work. */
  shot(): ShotMeta | null;
  card(): EngineCard | null;
  /** What is shown is the picture of the shot that was sent last. */
  current(): boolean;
  /** Ask for the shot of now at that size; the number of what was sent. */
  ask(size: WireSize): number;
  /** Show the live picture again. */
  again(): void;
  now_ms(): number;
  after(delay_ms: number, act: () => void): void;
}

type State =
  | { readonly name: "live" }
  | { readonly name: "asked"; readonly seq: number; readonly size: WireSize }
  /** size: of what is shown; null where none came. */
  | { readonly name: "done"; readonly size: WireSize | null };

const LIVE: State = { name: "live" };

/** How long the last pictures of a size and an engine took. */
interface Made {
  readonly of: string;
  readonly pixels: number;
  readonly ms: readonly number[];
}

const NONE: Made = { of: "", pixels: 1, ms: [] };

function andThen(made: Made, { engine, worker, width, height, times_ms }: PictureMeta): Made {
  const of = [engine, worker, width, height].join();
  const ms = Object.entries(times_ms).reduce(
    (sum, [name, t]) => sum + (groupOf(name) === "render" ? t : 0),
    0,
  );
  return { of, pixels: width * height, ms: [...(made.of === of ? made.ms : []), ms].slice(-RECENT) };
}

export class Sharpening {
  private state: State = LIVE;
  private on = true;
  /** Of what was asked for, and is not wanted any longer. Bounded: forgotten with the next picture. */
  private readonly dropped = new Set<number>();
  private live = NONE;
  private larger = NONE;
  private changed_ms = 0;
  private waiting = false;

  constructor(private readonly world: SharpeningWorld) {}

  /** The larger size that is shown; null while a live picture is. */
  get size(): WireSize | null {
    return this.state.name === "done" ? this.state.size : null;
  }

  /** The person wants it, or does not. */
  turn(on: boolean): void {
    if (on === this.on) return;
    this.on = on;
    const shown = this.size !== null;
    this.touched();
    if (shown && !on) this.world.again();
  }

  /** Something that a shot depends on may be another thing now. */
  touched(): void {
    if (this.state.name === "asked") {
      this.dropped.add(this.state.seq);
      this.state = LIVE;
    }
    this.changed_ms = this.world.now_ms();
    this.wait(REST_MS);
  }

  /** A live picture is shown. */
  shown(picture: PictureMeta): void {
    this.live = andThen(this.live, picture);
    this.state = LIVE;
    this.wait(REST_MS);
  }

  /** Whether that picture was asked for here, and is shown now or dropped; null: it was not. */
  take(seq: number, picture: PictureMeta): "shown" | "dropped" | null {
    const late = this.dropped.has(seq);
    for (const old of this.dropped) if (old <= seq) this.dropped.delete(old);
    if (late || this.asked(seq)) this.larger = andThen(this.larger, picture);
    if (late) return "dropped";
    if (!this.asked(seq)) return null;
    this.state = { name: "done", size: this.state.name === "asked" ? this.state.size : null };
    return "shown";
  }

  /** Whether that was asked for here; it is not tried again until the next live picture. */
  failed(seq: number): boolean {
    if (this.dropped.delete(seq)) return true;
    if (!this.asked(seq)) return false;
    this.state = { name: "done", size: null };
    return true;
  }

  /** Whether that is what is waited for. */
  asked(seq: number): boolean {
    return this.state.name === "asked" && this.state.seq === seq;
  }

  /** The connection was lost, and what was asked for with it. */
  lost(): void {
    this.touched();
  }

  /** A hand that draws changes something a hundred times a second: one timer waits for all of it. */
  private wait(delay_ms: number): void {
    if (this.waiting || !this.on || this.state.name !== "live") return;
    this.waiting = true;
    this.world.after(delay_ms, () => {
      this.waiting = false;
      this.look();
    });
  }

  private look(): void {
    if (!this.on || this.state.name !== "live") return;
    const rested_ms = this.world.now_ms() - this.changed_ms;
    if (rested_ms < REST_MS) {
      this.wait(REST_MS - rested_ms);
      return;
    }
    const size = this.largest();
    if (size === null || this.live.ms.length === 0 || !this.world.current()) return;
    const cost_ms = this.costOf(size);
    if (cost_ms > MOST_MS && this.larger.ms.length >= TRIES) return;
    if (rested_ms < cost_ms) this.wait(cost_ms - rested_ms);
    else this.state = { name: "asked", seq: this.world.ask(size), size };
  }

  /** The largest size of this shape; null where the picture has it already, or would be another one in it. */
  private largest(): WireSize | null {
    const { world } = this;
    const [shot, card] = [world.shot(), world.card()];
    if (shot === null || card?.sharpens !== true) return null;
    const size = sizesLike(card.sizes, [shot.width, shot.height]).at(-1);
    return size === undefined || size[0] === shot.width ? null : size;
  }

  /** What it takes, by what it took before and by what live pictures do. */
  private costOf([width, height]: WireSize): number {
    const costs = [this.live, this.larger].map(
      ({ pixels, ms }) => (Math.min(...ms) * width * height) / pixels,
    );
    return Math.min(...costs);
  }
}
