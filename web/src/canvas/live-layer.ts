/** The layer above the raster that shows the mark under the pen, painted in the pointer's own event. */

import { DOCUMENT_WIDTH } from "../doc/marks";
import type { StrokePoint } from "../doc/points";
import type { Studio } from "../studio";
import { activeTool } from "../ui/desk";
import { paintVector } from "./paint";
import { newSurface, type Surface } from "./surface";
import { beginGesture, type Gesture } from "./tools";

export class LiveLayer {
  readonly surface: Surface;

  constructor(private readonly studio: Studio) {
    this.surface = newSurface(DOCUMENT_WIDTH, studio.sketch.height, false);
  }

  resize(height: number): void {
    if (this.surface.canvas.height !== height) this.surface.canvas.height = height;
  }

  /** A press on a pane with the tool in hand. */
  begin(at: StrokePoint): Gesture | null {
    const { studio } = this;
    const { canvas, context } = this.surface;
    studio.desk.set({ inviting: false });
    const desk = studio.desk.get();
    return beginGesture(activeTool(desk), desk, at, {
      preview: (live, predicted) => {
        context.clearRect(0, 0, canvas.width, canvas.height);
        if (live !== null) {
          const points = live.points && predicted.length > 0 ? [...live.points, ...predicted] : live.points;
          paintVector(context, live.mark, points, true);
        }
        studio.sketch.setLive(live);
        studio.touch();
      },
      commit: (mark) => {
        studio.doc.addMark(mark);
      },
      contains: (x, y) => x >= 0 && y >= 0 && x < DOCUMENT_WIDTH && y < studio.sketch.height,
      colorAt: (x, y) => studio.sketch.colorAt(x, y),
      pick: (color) => studio.desk.set({ color }),
    });
  }
}
