/** The open document as a PSD: its layers as they lie, the merged picture, and of text its words as well. */

import { t } from "@lingui/core/macro";
import { saveFile } from "../live/save";
import { fileStem, type Projects } from "../projects/projects";
import type { Studio } from "../studio";

export async function savePsd(
  projects: Projects,
  { doc, sketch, layering }: Studio,
  name: string,
): Promise<void> {
  await projects.doing(t`Writing the PSD…`, async () => {
    const { writeDocument } = await import("./write");
    layering.endWriting();
    const { bytes, notes } = await writeDocument(doc, sketch.frame);
    saveFile(`${fileStem(name)}.psd`, new Blob([bytes], { type: "image/vnd.adobe.photoshop" }));
    projects.now.set({ notes });
  });
}
