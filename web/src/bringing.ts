/**
 * What comes from outside of the page, pasted or dropped on it, and the render that is dragged out: on the prompts
 * pictures become prompts, elsewhere layers; a clip is what a video starts from.
 */

import { unreadable } from "./assets/picture";
import { DOCK_DROP, images, RENDER_DRAG_TYPE } from "./canvas/bring";
import { broughtProject } from "./projects/bring";
import type { Projects } from "./projects/projects";
import type { Studio } from "./studio";

/** Returns the way to stop it. */
export function listenToImages(studio: Studio, projects: Projects): () => void {
  const stop = new AbortController();
  const on = <K extends keyof WindowEventMap>(type: K, act: (event: WindowEventMap[K]) => void) =>
    window.addEventListener(type, act, { signal: stop.signal });
  on("paste", (event) => paste(studio, event));
  on("dragover", (event) => {
    event.preventDefault();
    studio.desk.set({ dropping: onDock(studio, event.target) });
  });
  on("dragleave", (event) => {
    if (event.relatedTarget === null) studio.desk.set({ dropping: false });
  });
  on("drop", (event) => {
    event.preventDefault();
    studio.desk.set({ dropping: false });
    const files = [...(event.dataTransfer?.files ?? [])];
    if (!broughtProject(files, projects, studio)) drop(studio, files, event);
  });
  on("dragend", () => studio.desk.set({ dropping: false }));
  return () => stop.abort();
}

function paste(studio: Studio, { clipboardData, target }: ClipboardEvent): void {
  const files = images(clipboardData);
  if (files.length === 0) {
    if (studio.canEdit && !(target instanceof HTMLInputElement)) void studio.clipboard.pasteOwn();
    return;
  }
  const here = document.querySelector(`[${DOCK_DROP}]:hover, [${DOCK_DROP}]:focus-within`);
  if (onDock(studio, target) || onDock(studio, here)) void studio.pictures.add(files);
  else void addLayers(studio, files);
}

function drop(studio: Studio, files: readonly File[], { dataTransfer, target }: DragEvent): void {
  const isRender = dataTransfer?.types.includes(RENDER_DRAG_TYPE) === true;
  const clip = files.find((file) => file.type.startsWith("video/"));
  if (clip !== undefined && takesClips(studio)) studio.video.startFromClip(clip);
  else if (onDock(studio, target)) {
    if (isRender) void studio.pictures.addRender();
    else if (files.length > 0) void studio.pictures.add(files);
  } else if (isRender) {
    const onSketch = target instanceof Element && target.closest("[data-pane=sketch]") !== null;
    if (onSketch) void studio.layering.addRender();
  } else {
    const pictures = images(dataTransfer);
    void addLayers(studio, pictures.length > 0 ? pictures : files.slice(0, 1));
  }
}

const takesClips = ({ canEdit, live }: Studio): boolean =>
  canEdit && live.get().welcome?.engines.some((card) => card.video_input) === true;

/** Where pictures are taken as prompts. */
const onDock = ({ canEdit, pictures }: Studio, target: EventTarget | null): boolean =>
  canEdit && pictures.limit > 0 && target instanceof Element && target.closest(`[${DOCK_DROP}]`) !== null;

/** One above the other, in the order in which they came; one that is none is named. */
async function addLayers({ canEdit, clipboard, desk, live }: Studio, files: readonly File[]): Promise<void> {
  if (!canEdit) return;
  for (const file of files)
    try {
      await clipboard.paste(file, file.name);
      desk.set({ inviting: false, tool: "move" });
    } catch {
      live.set({ problem: unreadable(file.name) });
    }
}
