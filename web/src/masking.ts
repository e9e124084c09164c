/**
 * The mask of this page: its raster, and the pictures that it keeps on their way from the screen into the document.
 * What state the mask is in is told by the document alone (doc/mask.ts).
 *
 * A picture is taken the moment it is needed (a stroke begins, "Done" is pressed), as a copy of what is shown. Encoding
 * and hashing follow; drawing does not wait. Shots carry base and mask from when the server has the base. A picture is
 * said to be kept when its file is in this browser: until then the mask stands, and a reload loses nothing.
 */

import { blobOf } from "./assets/assets";
import type { AssetFile } from "./assets/store";
import type { LiveMask, MaskLayer } from "./canvas/mask-layer";
import type { Cover, Still } from "./canvas/render";
import type { MaskMark, PlacedMark } from "./doc/marks";
import { type MaskState, NO_MASK, readMask } from "./doc/mask";

export interface MaskingWorld {
  readonly layer: MaskLayer;
  /** A copy of the picture that is shown; null when there is none. */
  snapshot(): HTMLCanvasElement | null;
  encode(canvas: HTMLCanvasElement): Promise<AssetFile>;
  keep(file: AssetFile): Promise<string>;
  load(sha256: string): Promise<AssetFile | null>;
  usable(sha256: string): boolean;
  base(mark: string): string | null;
  setBase(mark: string, sha256: string): void;
  /** Nobody else edits: a mask without a base is this page's to mend. */
  alone(): boolean;
  /** What a shot would say, or what is shown, is another thing now. */
  changed(): void;
}

interface Taken {
  readonly canvas: HTMLCanvasElement;
  sha256: string | null;
}

/** Decoded pictures; undo comes back to the last ones. The oldest goes first. */
const MAX_PICTURES = 6;

export class Masking {
  private current: MaskState = NO_MASK;
  /** The picture for the mask whose first stroke is under the pen or has just been made. */
  private taken: Taken | null = null;
  private stroking = false;
  private readonly pictures = new Map<string, Still | "loading" | "lost">();

  constructor(private readonly world: MaskingWorld) {}

  get state(): MaskState {
    return this.current;
  }

  show(marks: readonly PlacedMark<MaskMark>[]): void {
    this.current = readMask(marks);
    this.world.layer.show(this.current.name === "masking" ? this.current.steps : []);
    this.settle();
  }

  /** A stroke begins. False when there is no picture to keep. */
  begin(): boolean {
    this.stroking = true;
    if (this.current.name === "masking") return true;
    return this.take();
  }

  stroke(live: LiveMask | null): void {
    this.stroking = live !== null;
    this.world.layer.setLive(live);
  }

  /** The base that shots name now; null while there is no mask, or its base is still on its way. */
  base(): string | null {
    const { current, taken } = this;
    const begins = this.stroking && taken !== null && current.name !== "masking";
    if (current.name !== "masking" && !begins) return null;
    const sha256 = current.name === "masking" ? this.world.base(current.first) : (taken?.sha256 ?? null);
    return sha256 !== null && this.world.usable(sha256) ? sha256 : null;
  }

  /** What hides the rest of a picture whose shot named this base. */
  cover(base: string): Cover | null {
    const picture = this.pictures.get(base);
    return picture === undefined || typeof picture === "string"
      ? null
      : { base: picture, mask: this.world.layer.current.canvas };
  }

  /** While a picture is kept and nothing else was asked for since: that picture, or "loading" while it comes. */
  held(shot: () => string): Still | "loading" | null {
    const { current } = this;
    if (current.name !== "kept" || this.stroking || shot() !== current.shot) return null;
    const sha256 = this.world.base(current.mark);
    const picture = sha256 === null ? "lost" : this.pictures.get(sha256);
    return picture === "lost" ? null : (picture ?? "loading");
  }

  heldAsset(): string | null {
    return this.current.name === "kept" ? this.world.base(this.current.mark) : null;
  }

  /**
   * Keep what is shown: the hash of its file, when that is in this browser to stay. Null when nothing is shown, or when
   * the mask became another one meanwhile.
   */
  async keep(): Promise<string | null> {
    const canvas = this.world.snapshot();
    const { current } = this;
    if (canvas === null || current.name !== "masking") return null;
    const sha256 = await this.store(canvas);
    const now = this.current;
    return now.name === "masking" && now.first === current.first && !this.stroking ? sha256 : null;
  }

  /** Every mask has its base, in the document and decoded; tried again when a picture came. */
  settle(): void {
    const { current, world } = this;
    if (current.name === "none") {
      if (!this.stroking) this.taken = null;
      return;
    }
    const known = world.base(current.name === "masking" ? current.first : current.mark);
    if (known !== null) this.load(known);
    if (current.name === "kept") return;
    if (known !== null) {
      this.taken = null;
    } else if (this.taken?.sha256) {
      const { sha256 } = this.taken;
      this.taken = null;
      world.setBase(current.first, sha256);
    } else if (this.taken === null && world.alone()) {
      // The page went away before the hash was known: what is shown now is the next best.
      this.take();
    }
  }

  /** Take the picture that the next mask is about; it gets its base when the hash is known. */
  private take(): boolean {
    const canvas = this.world.snapshot();
    if (canvas === null) return false;
    const taken: Taken = { canvas, sha256: null };
    this.taken = taken;
    void this.store(canvas).then((sha256) => {
      taken.sha256 = sha256;
      if (this.taken === taken) this.settle();
      this.world.changed();
    });
    return true;
  }

  private async store(canvas: HTMLCanvasElement): Promise<string> {
    const sha256 = await this.world.keep(await this.world.encode(canvas));
    this.remember(sha256, canvas);
    return sha256;
  }

  private load(sha256: string): void {
    if (this.pictures.has(sha256)) return;
    this.remember(sha256, "loading");
    const arrived = (picture: Still | "lost") => {
      this.remember(sha256, picture);
      this.world.changed();
    };
    this.world
      .load(sha256)
      .then(async (file) => (file === null ? "lost" : await createImageBitmap(blobOf(file))))
      .then(arrived, () => arrived("lost"));
  }

  private remember(sha256: string, picture: Still | "loading" | "lost"): void {
    this.pictures.delete(sha256);
    this.pictures.set(sha256, picture);
    if (this.pictures.size <= MAX_PICTURES) return;
    for (const oldest of this.pictures.keys()) if (this.pictures.delete(oldest)) return;
  }
}
