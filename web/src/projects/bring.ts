/** Files of projects that are dropped on the page, or chosen: each is opened as a new project. */

import { t } from "@lingui/core/macro";
import type { Studio } from "../studio";
import type { Projects } from "./projects";

/** What the file picker offers. */
export const OPENS = ".lightbrush,.psd";

const endsIn = (file: File, extension: string) => file.name.toLowerCase().endsWith(extension);

/** Whether there is one among them; it is on its way then. */
export function broughtProject(files: readonly File[], projects: Projects, studio: Studio): boolean {
  const file = files.find((each) => endsIn(each, ".lightbrush") || endsIn(each, ".psd"));
  if (file === undefined) return false;
  void bringProject(file, projects, studio);
  return true;
}

async function bringProject(file: File, projects: Projects, studio: Studio): Promise<void> {
  if (endsIn(file, ".lightbrush")) await projects.import(file);
  else {
    const size = studio.sheet.get().settings?.size ?? [512, 512];
    await projects.bring(t`Opening the PSD…`, async () =>
      (await import("../psd/read")).readPsdFile(file, size),
    );
  }
  const { problem } = projects.now.get();
  if (problem !== null && !studio.desk.get().projectsOpen) studio.live.set({ problem });
}
