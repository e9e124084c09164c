/** The open document as a PSD: its layers as they lie, the merged picture, and of text its words as well. */

import { saveFile } from "../live/save";
import { fileStem, type Projects } from "../projects/projects";
import type { Studio } from "../studio";

export async function savePsd(projects: Projects, studio: Studio, name: string): Promise<void> {
  await projects.doing("Writing the PSD…", async () => {
    const { writeDocument } = await import("./write");
    const bytes = await writeDocument(studio);
    saveFile(`${fileStem(name)}.psd`, new Blob([bytes], { type: "image/vnd.adobe.photoshop" }));
  });
}
