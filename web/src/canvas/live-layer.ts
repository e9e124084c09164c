/** The layer above the raster that shows the mark under the pen, painted in the pointer's own event. */

import type { Frame } from "../doc/frame";
import type { StrokePoint } from "../doc/points";
import type { Studio } from "../studio";
import { activeTool } from "../ui/desk";
import { paintVector } from "./paint";
import { aim, newSurface, resize, type Surface } from "./surface";
import { beginGesture, type Gesture, type GestureWorld } from "./tools";

export class LiveLayer {
  readonly surface: Surface;

  constructor(private readonly studio: Studio) {
    const { frame } = studio.sketch;
    this.surface = newSurface(frame.width, frame.height, false);
    aim(this.surface, frame);
  }

  reframe(frame: Frame): void {
    resize(this.surface, frame.width, frame.height);
    aim(this.surface, frame);
  }

  /** A press on a pane with the tool in hand. */
  begin(at: StrokePoint, shift: boolean): Gesture | null {
    const { studio } = this;
    const { context } = this.surface;
    studio.desk.set({ inviting: false });
    const desk = studio.desk.get();
    const world: GestureWorld = {
      preview: (live, predicted) => {
        const { x, y, width, height } = studio.sketch.frame;
        context.clearRect(x, y, width, height);
        if (live !== null) {
          const points = live.points && predicted.length > 0 ? [...live.points, ...predicted] : live.points;
          paintVector(context, live.mark, points, true);
        }
        if (live !== null) studio.video.drawn();
        studio.sketch.setLive(live);
        studio.touch();
      },
      beginMask: () => studio.masking.begin(),
      previewMask: (live) => {
        studio.masking.stroke(live);
        studio.render.refresh();
        studio.touch();
      },
      commit: (mark) => {
        studio.video.drawn();
        studio.doc.addMark(mark);
      },
      contains: (x, y) => {
        const { frame } = studio.sketch;
        return x >= frame.x && y >= frame.y && x < frame.x + frame.width && y < frame.y + frame.height;
      },
      colorAt: (x, y) => studio.sketch.colorAt(x, y),
      pick: (color) => studio.desk.set({ color }),
    };
    return beginGesture(activeTool(desk), desk, at, world, shift);
  }
}
