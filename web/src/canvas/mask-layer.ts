/** The mask as pixels: its steps on one raster, the stroke under the pen on top, and what both panes show of it. */

import { type Frame, sameFrame } from "../doc/frame";
import type { MaskStrokeMark } from "../doc/marks";
import type { MaskStep } from "../doc/mask";
import { type Box, intersection, union } from "../doc/matrix";
import { type StrokePoint, unpackPoints } from "../doc/points";
import type { Pixels } from "../wire/channel";
import { type Clips, underClip } from "./clips";
import { grows, tailBox, within } from "./part";
import { Replay } from "./replay";
import { strokePath } from "./stroke";
import { aim, newSurface, resize, type Surface } from "./surface";

/** The mask stroke under the pen. */
export interface LiveMask {
  readonly mark: MaskStrokeMark;
  readonly points: readonly StrokePoint[];
  /** The selection that it is made under. */
  readonly clip?: string | undefined;
}

const HATCH_UNITS = 16;
const HATCH_LINE_UNITS = 4;
/** Readable on snow and on night: a veil that darkens, and light lines. No hue: colours are judged through it. */
const VEIL = "#00000040";
const LINE = "#ffffff8c";

export class MaskLayer {
  /** Opaque where the picture is rendered anew, 1 pixel a document unit; the stroke under the pen included. */
  readonly current: Surface;
  /** What the panes show: the same, hatched; one canvas for each pane. */
  readonly overlays: readonly [Surface, Surface];
  private readonly committed: Surface;
  private readonly replay: Replay<HTMLCanvasElement, MaskStep["mark"]>;
  private readonly hatch: CanvasPattern;
  private small: Surface | null = null;
  private live: LiveMask | null = null;
  /** How many points were drawn of it, and where its end was. */
  private end: { readonly points: number; readonly box: Frame } | null = null;
  private steps: readonly MaskStep[] = [];

  constructor(
    private frame: Frame,
    private readonly clips: Clips,
  ) {
    const surface = (kept: boolean) => newSurface(frame.width, frame.height, kept);
    this.current = surface(false);
    this.committed = surface(false);
    this.overlays = [surface(false), surface(false)];
    this.hatch = newHatch(this.overlays[0].context);
    this.aim();
    this.replay = new Replay<HTMLCanvasElement, MaskStep["mark"]>({
      blank: () => blank(this.committed, this.frame),
      paint: ({ mark }) => {
        if (mark.type === "mask") this.stroke(this.committed, mark, unpackPoints(mark.points), true);
        if (mark.type === "mask-area") this.area(mark.clip);
        if (mark.type === "mask-invert") invert(this.committed.context, this.frame);
      },
      save: () => {
        const copy = newSurface(this.frame.width, this.frame.height, false);
        copy.context.drawImage(this.committed.canvas, 0, 0);
        return copy.canvas;
      },
      restore: (saved) => {
        blank(this.committed, this.frame);
        this.committed.context.drawImage(saved, this.frame.x, this.frame.y);
      },
    });
  }

  reframe(frame: Frame): void {
    if (sameFrame(frame, this.frame)) return;
    this.frame = frame;
    for (const each of [this.current, this.committed, ...this.overlays])
      resize(each, frame.width, frame.height);
    this.aim();
    this.replay.reset();
    this.show(this.steps);
  }

  show(steps: readonly MaskStep[]): void {
    this.steps = steps;
    this.replay.show(steps);
    this.draw();
  }

  /** Only what a stroke's new end can have changed is painted again: these canvases are large. */
  setLive(live: LiveMask | null): void {
    const before = this.end;
    this.end = live && {
      points: live.points.length,
      box: tailBox(live.points, live.mark.size, before?.points ?? 0),
    };
    const same = this.live?.mark === live?.mark;
    this.live = live;
    if (same && before !== null && this.end !== null && grows(before.points, this.end.points))
      this.draw(union(before.box, this.end.box));
    else this.draw();
  }

  /** For a shot: the alpha says where to render anew. */
  compose(width: number, height: number): Pixels {
    this.small ??= newSurface(width, height, true);
    resize(this.small, width, height);
    const { context } = this.small;
    context.clearRect(0, 0, width, height);
    context.drawImage(this.current.canvas, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    return { width, height, data: data as Uint8ClampedArray<ArrayBuffer> };
  }

  private draw(part: Frame = this.frame): void {
    const { frame, current, live } = this;
    within(current, part, frame, (context) => {
      blank(current, part);
      context.drawImage(this.committed.canvas, frame.x, frame.y);
      if (live !== null) this.stroke(current, { ...live.mark, clip: live.clip }, live.points, false, part);
    });
    const empty = this.steps.length === 0 && live === null;
    for (const overlay of this.overlays) {
      // A canvas that is shown costs each frame of the page a copy of itself, blank or not.
      overlay.canvas.hidden = empty;
      within(overlay, part, frame, (context) => {
        blank(overlay, part);
        if (empty) return;
        context.drawImage(current.canvas, frame.x, frame.y);
        context.globalCompositeOperation = "source-in";
        context.fillStyle = this.hatch;
        context.fillRect(part.x, part.y, part.width, part.height);
      });
    }
  }

  private stroke(
    surface: Surface,
    mark: Pick<MaskStrokeMark, "erases" | "size"> & { readonly clip?: string | undefined },
    points: readonly StrokePoint[],
    last: boolean,
    part: Box = this.frame,
  ): void {
    const paint = () => paintStroke(surface.context, mark, points, last);
    if (mark.clip === undefined) {
      paint();
      return;
    }
    const clip = this.clips.get(mark.clip);
    const reach = intersection(tailBox(points, mark.size, 0), part);
    if (clip !== null && reach !== null) underClip(surface, this.clips, clip, undefined, reach, paint);
  }

  private area(id: string): void {
    const clip = this.clips.get(id);
    if (clip === null) return;
    const { canvas, context } = newSurface(clip.canvas.width, clip.canvas.height, false);
    context.drawImage(clip.canvas, 0, 0);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    this.committed.context.drawImage(canvas, clip.box.x, clip.box.y);
  }

  private aim(): void {
    for (const each of [this.current, this.committed, ...this.overlays]) aim(each, this.frame);
  }
}

const blank = ({ context }: Surface, { x, y, width, height }: Frame) =>
  context.clearRect(x, y, width, height);

function paintStroke(
  context: CanvasRenderingContext2D,
  { erases, size }: Pick<MaskStrokeMark, "erases" | "size">,
  points: readonly StrokePoint[],
  last: boolean,
): void {
  context.fillStyle = "#fff";
  context.globalCompositeOperation = erases ? "destination-out" : "source-over";
  context.fill(strokePath("brush", points, size, last));
  context.globalCompositeOperation = "source-over";
}

/** Alpha a becomes 1 - a: "xor" with opaque white. */
function invert(context: CanvasRenderingContext2D, { x, y, width, height }: Frame): void {
  context.globalCompositeOperation = "xor";
  context.fillStyle = "#fff";
  context.fillRect(x, y, width, height);
  context.globalCompositeOperation = "source-over";
}

/** Diagonal lines that meet themselves at the tile's edges. */
function newHatch(context: CanvasRenderingContext2D): CanvasPattern {
  const tile = newSurface(HATCH_UNITS, HATCH_UNITS, false);
  tile.context.fillStyle = VEIL;
  tile.context.fillRect(0, 0, HATCH_UNITS, HATCH_UNITS);
  tile.context.strokeStyle = LINE;
  tile.context.lineWidth = HATCH_LINE_UNITS;
  tile.context.beginPath();
  for (const shift of [-HATCH_UNITS, 0, HATCH_UNITS]) {
    tile.context.moveTo(shift - HATCH_UNITS, 2 * HATCH_UNITS);
    tile.context.lineTo(shift + 2 * HATCH_UNITS, -HATCH_UNITS);
  }
  tile.context.stroke();
  const pattern = context.createPattern(tile.canvas, "repeat");
  if (pattern === null) throw new Error("this browser gives no canvas pattern");
  return pattern;
}
