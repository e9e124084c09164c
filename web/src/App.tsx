import { Tooltip } from "radix-ui";
import { lazy, Suspense, useEffect } from "react";
import { unreadable } from "./assets/picture";
import { DOCK_DROP, images, RENDER_DRAG_TYPE } from "./canvas/bring";
import { HISTORY_PX, HISTORY_STACKED_PX, isStacked, PANEL_PX, RAIL_PX } from "./canvas/layout";
import { Stage, useWindowSize } from "./canvas/Stage";
import { Viewer } from "./compare/Viewer";
import { keysOf, listenToKeys } from "./keys";
import { Filmstrip, SnapshotSaid } from "./panels/Filmstrip";
import { HelpSheet } from "./panels/HelpSheet";
import { LayersPanel } from "./panels/LayersPanel";
import { ProjectSaid } from "./panels/ProjectSaid";
import { PromptDock } from "./panels/PromptDock";
import { HiddenLight } from "./panels/Recorder";
import { SettingsPanel } from "./panels/SettingsPanel";
import { ToolRail } from "./panels/ToolRail";
import { TopBar } from "./panels/TopBar";
import { VideoBar } from "./panels/VideoBar";
import { broughtProject } from "./projects/bring";
import { useProjects } from "./projects/context";
import type { Projects } from "./projects/projects";
import type { Studio } from "./studio";
import { StudioContext, useDesk, useVideo } from "./ui/context";
import { Keys } from "./ui/Tip";

const TIP_DELAY_MS = 350;
const Gallery = lazy(() => import("./panels/Gallery"));
const RoomVersions = lazy(() => import("./panels/RoomVersions"));

export function App({ studio }: { readonly studio: Studio }) {
  useEffect(() => listenToKeys(studio), [studio]);
  const projects = useProjects();
  useEffect(() => listenToImages(studio, projects), [studio, projects]);
  return (
    <StudioContext value={studio}>
      <Tooltip.Provider delayDuration={TIP_DELAY_MS} skipDelayDuration={200}>
        <Stage />
        <Chrome />
        <HelpSheet />
        <Viewer />
        <WhenOpen />
      </Tooltip.Provider>
    </StudioContext>
  );
}

/** Loaded when they are opened for the first time. */
function WhenOpen() {
  const projects = useDesk((d) => d.projectsOpen);
  const versions = useDesk((d) => d.versionsOpen);
  return (
    <Suspense fallback={null}>
      {projects && <Gallery />}
      {versions && <RoomVersions />}
    </Suspense>
  );
}

/** Everything that floats over the panes. */
function Chrome() {
  const hidden = useDesk((d) => d.chromeHidden);
  const panelOpen = useDesk((d) => d.panelOpen);
  const panel = useDesk((d) => d.panel);
  const stacked = isStacked(useWindowSize());
  const historyOpen = useDesk((d) => d.historyOpen);
  if (hidden)
    return (
      <>
        <WayBack />
        <HiddenLight />
      </>
    );
  // What the filmstrip takes of the lower edge; whatever stands there stands on it.
  const foot = historyOpen ? (stacked ? HISTORY_STACKED_PX : HISTORY_PX) : 0;
  return (
    <div className="contents" style={{ "--foot": `${foot}px` } as React.CSSProperties}>
      <TopBar stacked={stacked} />
      {stacked ? (
        <div className="absolute inset-x-0 bottom-0 z-20 border-line border-t bg-bar">
          <VideoBar stacked />
          <ToolRail stacked />
          <PromptDock stacked />
          <Filmstrip stacked />
        </div>
      ) : (
        <>
          <ToolRail stacked={false} />
          <PromptDock stacked={false} />
          <Filmstrip stacked={false} />
        </>
      )}
      {panelOpen && panel === "settings" && <SettingsPanel stacked={stacked} />}
      {panelOpen && panel === "layers" && <LayersPanel stacked={stacked} />}
      <Invitation stacked={stacked} />
      <ProjectSaid />
      <SnapshotSaid />
    </div>
  );
}

/** Everything is hidden, perhaps by a slip: for a moment, how to get it back. */
function WayBack() {
  return (
    <p
      role="status"
      className="float leave pointer-events-none absolute bottom-4 left-1/2 z-20 flex -translate-x-1/2 items-center gap-2 rounded-full px-4 py-1.5 text-ink"
    >
      <Keys keys={keysOf("hide") ?? ""} />
      shows the controls again
    </p>
  );
}

/** The first visit's one line; it goes with the first stroke. */
function Invitation({ stacked }: { readonly stacked: boolean }) {
  const inviting = useDesk((d) => d.inviting);
  const divider = useDesk((d) => d.divider);
  const panelOpen = useDesk((d) => d.panelOpen);
  const moving = useVideo((v) => v.input.element !== null);
  if (!inviting || moving || (divider === 0 && !stacked)) return null;
  const left = `calc(${RAIL_PX}px + (100vw - ${RAIL_PX}px - ${panelOpen ? PANEL_PX : 12}px) * ${divider / 2})`;
  return (
    <p
      className="float appear pointer-events-none absolute z-20 -translate-x-1/2 rounded-full px-4 py-1.5 text-ink"
      style={stacked ? { left: "50%", top: "calc(50dvh - 22px)" } : { left, top: 64 }}
    >
      {stacked ? "Draw down here" : "Draw on the left"}
    </p>
  );
}

/** Pasted or dropped images, and the render dragged out: on the prompts they become prompts, elsewhere layers. */
function listenToImages(studio: Studio, projects: Projects): () => void {
  const stop = new AbortController();
  const options = { signal: stop.signal };
  const bring = async (file: File) => {
    if (!studio.canEdit) return;
    try {
      await studio.layering.addImage(file, file.name);
      studio.desk.set({ inviting: false, tool: "move" });
    } catch {
      studio.live.set({ problem: unreadable(file.name) });
    }
  };
  const bringAll = async (files: readonly File[]) => {
    for (const file of files) await bring(file);
  };
  const onDock = (target: EventTarget | null) =>
    studio.canEdit &&
    studio.pictures.limit > 0 &&
    target instanceof Element &&
    target.closest(`[${DOCK_DROP}]`) !== null;
  window.addEventListener(
    "paste",
    (event) => {
      const files = images(event.clipboardData);
      if (files.length === 0) return;
      const here = document.querySelector(`[${DOCK_DROP}]:hover, [${DOCK_DROP}]:focus-within`);
      if (onDock(event.target) || onDock(here)) void studio.pictures.add(files);
      else void bringAll(files);
    },
    options,
  );
  window.addEventListener(
    "dragover",
    (event) => {
      event.preventDefault();
      studio.desk.set({ dropping: onDock(event.target) });
    },
    options,
  );
  window.addEventListener(
    "dragleave",
    (event) => {
      if (event.relatedTarget === null) studio.desk.set({ dropping: false });
    },
    options,
  );
  window.addEventListener(
    "drop",
    (event) => {
      event.preventDefault();
      studio.desk.set({ dropping: false });
      const files = [...(event.dataTransfer?.files ?? [])];
      const isRender = event.dataTransfer?.types.includes(RENDER_DRAG_TYPE) === true;
      const onSketch = event.target instanceof Element && event.target.closest("[data-pane=sketch]") !== null;
      if (broughtProject(files, projects, studio)) return;
      const clip = files.find((file) => file.type.startsWith("video/"));
      if (
        clip !== undefined &&
        studio.canEdit &&
        studio.live.get().welcome?.engines.some((card) => card.video_input)
      ) {
        studio.video.startFromClip(clip);
      } else if (onDock(event.target)) {
        if (isRender) void studio.pictures.addRender();
        else if (files.length > 0) void studio.pictures.add(files);
      } else if (isRender) {
        if (onSketch) void studio.layering.addRender();
      } else {
        const pictures = images(event.dataTransfer);
        void bringAll(pictures.length > 0 ? pictures : files.slice(0, 1));
      }
    },
    options,
  );
  window.addEventListener("dragend", () => studio.desk.set({ dropping: false }), options);
  return () => stop.abort();
}
