import { useLingui } from "@lingui/react";
import { Trans } from "@lingui/react/macro";
import { Tooltip } from "radix-ui";
import { lazy, Suspense, useEffect } from "react";
import { listenToImages } from "./bringing";
import { HISTORY_PX, HISTORY_STACKED_PX, isStacked, timelinePx } from "./canvas/layout";
import { Stage, useWindowSize } from "./canvas/Stage";
import { Viewer } from "./compare/Viewer";
import { listenToKeys } from "./keys";
import { Board } from "./panels/Board";
import { Filmstrip, SnapshotSaid } from "./panels/Filmstrip";
import { HelpSheet } from "./panels/HelpSheet";
import { LayersPanel } from "./panels/LayersPanel";
import { ProjectSaid } from "./panels/ProjectSaid";
import { PromptDock } from "./panels/PromptDock";
import { Lights } from "./panels/perform/Light";
import { HiddenLight } from "./panels/Recorder";
import { SettingsPanel } from "./panels/SettingsPanel";
import { ToolRail } from "./panels/ToolRail";
import { TopBar } from "./panels/TopBar";
import { Timeline } from "./panels/timeline/Timeline";
import { VideoBar } from "./panels/VideoBar";
import { useProjects } from "./projects/context";
import { keysOf } from "./shortcuts";
import type { Studio } from "./studio";
import { StudioContext, useDesk } from "./ui/context";
import { Keys } from "./ui/Tip";

const TIP_DELAY_MS = 350;
const Gallery = lazy(() => import("./panels/Gallery"));
const PerformPanel = lazy(() => import("./panels/perform/Perform"));
const Palette = lazy(() => import("./panels/Palette"));
const RoomVersions = lazy(() => import("./panels/RoomVersions"));

export function App({ studio }: { readonly studio: Studio }) {
  // In another language all is drawn again: what says t`words` anywhere below is asked anew.
  useLingui();
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
  const palette = useDesk((d) => d.paletteOpen);
  return (
    <Suspense fallback={null}>
      {projects && <Gallery />}
      {versions && <RoomVersions />}
      {palette && <Palette />}
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
  const size = useWindowSize();
  const timeline = useDesk((d) => (d.timelineOpen ? timelinePx(d.timelineHeight, size, stacked) : 0));
  if (hidden)
    return (
      <>
        <WayBack />
        <HiddenLight />
        <div className="pointer-events-none absolute top-3 left-3 z-20">
          <Lights />
        </div>
      </>
    );
  // What the filmstrip and the timeline take of the lower edge; whatever stands there stands on them.
  const foot = (historyOpen ? (stacked ? HISTORY_STACKED_PX : HISTORY_PX) : 0) + timeline;
  return (
    <div className="contents" style={{ "--foot": `${foot}px` } as React.CSSProperties}>
      <TopBar stacked={stacked} />
      {stacked && (
        <div className="pointer-events-none absolute top-14 left-1 z-20">
          <Lights />
        </div>
      )}
      {stacked ? (
        <div className="absolute inset-x-0 bottom-0 z-20 border-line border-t bg-bar">
          <VideoBar stacked />
          <ToolRail stacked />
          <PromptDock stacked />
          <Timeline stacked />
          <Filmstrip stacked />
        </div>
      ) : (
        <>
          <ToolRail stacked={false} />
          <PromptDock stacked={false} />
          <Timeline stacked={false} />
          <Filmstrip stacked={false} />
        </>
      )}
      {panelOpen && panel === "settings" && <SettingsPanel stacked={stacked} />}
      {panelOpen && panel === "layers" && <LayersPanel stacked={stacked} />}
      {panelOpen && panel === "perform" && (
        <Suspense fallback={null}>
          <PerformPanel stacked={stacked} />
        </Suspense>
      )}
      <Board />
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
      <Trans>
        <Keys keys={keysOf("hide") ?? ""} /> shows the controls again
      </Trans>
    </p>
  );
}
