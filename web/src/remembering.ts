/** The history of this page: what a moment looks like, when one can be kept, and what is shown on the way back. */

import type { RenderView } from "./canvas/render";
import type { Sketch } from "./canvas/sketch";
import type { LightDocument } from "./doc/document";
import { newId } from "./doc/keep";
import type { Album } from "./history/album";
import { capture } from "./history/capture";
import { History, type HistoryNow } from "./history/history";
import type { Moment } from "./history/moments";
import type { Kept, MomentStore } from "./history/store";
import type { Live, Sheet } from "./state";
import type { Timing } from "./timeline/timing";
import { after } from "./ui/later";
import type { Store } from "./ui/store";
import type { VideoMode } from "./video-mode";

export interface RememberingWorld {
  readonly doc: LightDocument;
  readonly moments: MomentStore;
  readonly kept: Kept;
  readonly album: Album;
  readonly now: Store<HistoryNow>;
  readonly sheet: Store<Sheet>;
  readonly live: Store<Live>;
  readonly sketch: Sketch;
  readonly render: RenderView;
  readonly video: VideoMode;
  readonly timing: Pick<Timing, "now">;
}

export function openHistory(world: RememberingWorld): History {
  const { doc, moments, kept, now, sheet, live, sketch, render, video, timing } = world;
  const opened = new History(
    {
      doc,
      store: moments,
      now,
      capture: () => {
        const [width, height] = sheet.get().settings?.size ?? [512, 512];
        return capture(live.get().hasPicture ? render.snapshot() : null, sketch.compose(width, height));
      },
      settled: () => {
        const { working, link, hasPicture } = live.get();
        const coming = working || (link.name === "open" && !hasPicture);
        return !sketch.busy && (video.on || timing.now.get().playing || !coming);
      },
      say: (problem) => live.set({ problem }),
      newId,
      now_ms: () => Date.now(),
      after,
      wentTo: (moment) => void preview(world, moment),
    },
    kept,
  );
  live.subscribe(() => opened.look());
  return opened;
}

/** Its picture at once, as it was kept; the render of it follows. */
async function preview({ album, now, live, render, video }: RememberingWorld, moment: Moment): Promise<void> {
  const pictures = await album.get(moment.pictures);
  if (pictures?.render == null || video.on || !live.get().working) return;
  const image = new Image();
  image.src = pictures.render;
  await image.decode();
  const picture = await createImageBitmap(image);
  const { moments, head } = now.get();
  const there = moments.find(({ id }) => id === head)?.pictures === moment.pictures;
  if (there && live.get().working) render.hold(picture);
  else picture.close();
}
