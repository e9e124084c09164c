/**
 * What comes from outside of the page, pasted or dropped on it, and the render that is dragged out: on the prompts
 * pictures become prompts, elsewhere layers, and so does the address of another site's picture; a clip is a layer too, or what a
 * video starts from.
 */

import { unreadable } from "./assets/picture";
import { DOCK_DROP, images, RENDER_DRAG_TYPE } from "./canvas/bring";
import { broughtProject } from "./projects/bring";
import type { Projects } from "./projects/projects";
import { addressOf, addressOfPicture } from "./sources/elsewhere";
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
    if (studio.canEdit && !writesIn(target)) void pasteNoFile(studio, clipboardData);
    return;
  }
  const here = document.querySelector(`[${DOCK_DROP}]:hover, [${DOCK_DROP}]:focus-within`);
  if (onDock(studio, target) || onDock(studio, here)) void studio.pictures.add(files);
  else void addLayers(studio, files);
}

const writesIn = (target: EventTarget | null) =>
  target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;

async function pasteNoFile(studio: Studio, data: DataTransfer | null): Promise<void> {
  const address = addressIn(data);
  if (await studio.clipboard.pasteOwn()) return;
  if (address !== null) await studio.moving.addFrom(address);
}

/** Of another site's picture, where that is all that came. */
const addressIn = (data: DataTransfer | null): URL | null =>
  addressOfPicture(data?.getData("text/html") ?? "") ??
  addressOf(data?.getData("text/uri-list") || data?.getData("text/plain") || "");

function drop(studio: Studio, files: readonly File[], { dataTransfer, target }: DragEvent): void {
  const isRender = dataTransfer?.types.includes(RENDER_DRAG_TYPE) === true;
  const clip = files.find((file) => file.type.startsWith("video/"));
  const onSketch = target instanceof Element && target.closest("[data-pane=sketch]") !== null;
  const address = files.length === 0 && !isRender ? addressIn(dataTransfer) : null;
  if (clip !== undefined && takesClips(studio) && (studio.video.on || !onSketch))
    studio.video.startFromClip(clip);
  else if (clip !== undefined) {
    if (studio.canEdit) void studio.moving.addClip(clip);
  } else if (address !== null) {
    if (studio.canEdit) void studio.moving.addFrom(address);
  } else if (onDock(studio, target)) {
    if (isRender) void studio.pictures.addRender();
    else if (files.length > 0) void studio.pictures.add(files);
  } else if (isRender) {
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
