import { t } from "@lingui/core/macro";
import {
  CircleHelp,
  Clapperboard,
  Download,
  History,
  Layers,
  Maximize,
  Redo2,
  Search,
  SlidersHorizontal,
  Undo2,
} from "lucide-react";
import { useCanEdit, useDesk, useFilming, useHere, useLive, useSheet, useStudio } from "../ui/context";
import { toggleFullScreen, toggleHistory, togglePanel } from "../ui/desk-commands";
import { IconButton } from "../ui/IconButton";
import { offersBoth } from "../video-mode";
import { BoardButton } from "./Board";
import { ClearButton } from "./ClearButton";
import { EnhanceButton } from "./Enhance";
import { JobsTray } from "./JobsTray";
import { ProjectName } from "./ProjectName";
import { Pulse } from "./Pulse";
import { Lights, PerformButton } from "./perform/Light";
import { RecordButton } from "./RecordButton";
import { Recorder } from "./Recorder";
import { Share, ViewOnly } from "./Share";
import { TimelineButton } from "./timeline/TimelineButton";

/** A tablet has these over the render, or has no keys to say. */
const ROOMY = "max-[999px]:pointer-coarse:hidden";

export function TopBar({ stacked }: { readonly stacked: boolean }) {
  const studio = useStudio();
  const canUndo = useSheet((s) => s.canUndo);
  const canRedo = useSheet((s) => s.canRedo);
  const open = useDesk((d) => (d.panelOpen ? d.panel : null));
  const hasPicture = useLive((l) => l.hasPicture);
  const saving = useLive((l) => l.saving);
  const here = useHere();
  const online = useLive((l) => l.link.name === "open") || here;
  const offered = useLive(offersBoth);
  const filming = useFilming();
  const historyOpen = useDesk((d) => d.historyOpen);
  const recording = useLive((l) => l.recorded_s !== null);
  const canEdit = useCanEdit();
  /** No other way to stop the recording is in sight. */
  const stops = recording && !historyOpen && !filming;
  return (
    <header
      className={`absolute inset-x-0 top-0 z-30 flex h-10 items-center border-line border-b bg-bar pointer-coarse:h-12 [&>button]:min-w-8 [&>button]:shrink ${stacked ? "px-1 pointer-coarse:[&>button]:min-w-11 max-[379px]:pointer-coarse:[&>button]:min-w-10" : "gap-1 px-2 pointer-coarse:[&>button]:min-w-[42px]"}`}
    >
      {stacked && stops ? (
        <RecordButton side="bottom" />
      ) : (
        <h1 className={stacked ? "sr-only" : "flex items-center px-2"}>
          <Brand />
          <span className="sr-only">Lightbrush</span>
        </h1>
      )}
      <ProjectName brief={stacked} />
      {!stacked && <Rule />}
      {canEdit && (
        <>
          <IconButton
            icon={Undo2}
            label={t`Undo`}
            shortcut="undo"
            disabled={!canUndo}
            onClick={() => studio.doc.undo()}
          />
          <IconButton
            icon={Redo2}
            label={t`Redo`}
            shortcut="redo"
            disabled={!canRedo}
            onClick={() => studio.doc.redo()}
          />
          {!stacked && <ClearButton side="bottom" />}
          <IconButton
            icon={History}
            label={t`History`}
            shortcut="history"
            aria-expanded={historyOpen}
            className={historyOpen ? "bg-veil/10 text-ink" : ""}
            onClick={() => toggleHistory(studio.desk)}
          />
          {!stacked && <TimelineButton />}
        </>
      )}
      {offered && canEdit && (
        <>
          {!stacked && <Rule />}
          <IconButton
            icon={Clapperboard}
            label={filming ? t`Back to pictures` : t`Video`}
            shortcut="video"
            aria-pressed={filming}
            className={filming ? "bg-veil/10 text-ink" : ""}
            onClick={(event) => studio.video.toggle(event.timeStamp)}
          />
        </>
      )}
      {!canEdit && <ViewOnly brief={stacked} />}
      <div className="flex-1" />
      {!stacked && stops && <RecordButton side="bottom" />}
      {!stacked && <Lights />}
      <Share stacked={stacked} />
      <Pulse brief={stacked} />
      {!stacked && <Rule />}
      {!stacked && <Recorder />}
      {!stacked && (
        <div className={ROOMY}>
          <EnhanceButton />
        </div>
      )}
      {!stacked && (
        <IconButton
          icon={Download}
          label={filming ? t`Save this frame` : t`Download the render`}
          shortcut="download"
          className={ROOMY}
          disabled={!hasPicture || saving || !(online || filming)}
          onClick={() => void studio.shown.save()}
        />
      )}
      {!stacked && (
        <IconButton
          icon={Maximize}
          label={t`Full screen`}
          shortcut="full"
          className={ROOMY}
          onClick={toggleFullScreen}
        />
      )}
      {!stacked && (
        <IconButton
          icon={Search}
          label={t`Every command by name`}
          shortcut="palette"
          className={ROOMY}
          onClick={() => studio.desk.set({ paletteOpen: true })}
        />
      )}
      {!stacked && (
        <IconButton
          icon={CircleHelp}
          label={t`Shortcuts`}
          shortcut="help"
          className={ROOMY}
          onClick={() => studio.desk.set({ helpOpen: true })}
        />
      )}
      {!stacked && <BoardButton />}
      {!stacked && <PerformButton />}
      <JobsTray />
      {canEdit && (
        <IconButton
          icon={Layers}
          label={t`Layers`}
          shortcut="layers"
          aria-expanded={open === "layers"}
          className={open === "layers" ? "bg-veil/10 text-ink" : ""}
          onClick={() => togglePanel(studio.desk, "layers")}
        />
      )}
      <IconButton
        icon={SlidersHorizontal}
        label={t`Settings`}
        shortcut="panel"
        aria-expanded={open === "settings"}
        className={open === "settings" ? "bg-veil/10 text-ink" : ""}
        onClick={() => togglePanel(studio.desk, "settings")}
      />
    </header>
  );
}

const Rule = () => <span className="mx-1 h-4 w-px bg-line" />;

function Brand() {
  return (
    <svg viewBox="0 0 20 20" className="size-5" aria-hidden="true">
      <path
        d="M2.5 15.5c3.6 0 2.9-6.5 7.2-6.5 3.4 0 2.2 3.6 5 2.2 1.6-.8 2-3.2 2-5.2"
        fill="none"
        stroke="currentColor"
        strokeWidth="2.2"
        strokeLinecap="round"
      />
      <circle cx="16.8" cy="3.2" r="1.7" className="fill-accent" />
    </svg>
  );
}
