/** The studio of this page, as the project that is open in it. */

import { cover } from "../history/capture";
import type { Studio } from "../studio";
import { cleanWords } from "./project";
import type { Projects } from "./projects";

const TOUCHED_EVERY_MS = 2000;
/** What a new project takes over from the one that was open. */
const TAKEN_OVER = ["engine", "size"] as const;

/** saved: resolves when the document is on the disk. */
export function attach(projects: Projects, studio: Studio, saved: () => Promise<void>): void {
  const { doc, history, historyNow } = studio;
  projects.attach({
    save: async () => {
      studio.layering.endWriting();
      history.keep();
      await Promise.all([saved(), history.saved()]);
    },
    cover: () => {
      const [width, height] = studio.sheet.get().settings?.size ?? [512, 512];
      const render = studio.live.get().hasPicture ? studio.render.snapshot() : null;
      return cover(render, () => studio.sketch.compose(width, height));
    },
    words: () => cleanWords(doc.promptList().map(({ text }) => text)),
    settings: () =>
      Object.fromEntries(
        TAKEN_OVER.flatMap((name) => {
          const value = doc.param(name);
          return value === undefined ? [] : [[name, value]];
        }),
      ),
  });
  let touched = 0;
  doc.observe(() => {
    if (touched !== 0) return;
    touched = window.setTimeout(() => {
      touched = 0;
      void projects.touched().catch(() => {});
    }, TOUCHED_EVERY_MS);
  });
  let { head } = historyNow.get();
  historyNow.subscribe(() => {
    const now = historyNow.get();
    if (now.head === head) return;
    head = now.head;
    void projects.keepCover().catch(() => {});
  });
}
