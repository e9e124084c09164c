import { t } from "@lingui/core/macro";
import { createContext, useContext } from "react";
import type { HistoryNow } from "../history/history";
import type { LabNow } from "../history/lab";
import type { JobsNow } from "../jobs/jobs";
import type { LaidOutNow } from "../laid-out";
import type { MovingNow } from "../moving-layers";
import type { InstrumentsNow } from "../perform/instruments";
import type { Performance } from "../perform/performing";
import type { OutputNow } from "../perform/window";
import type { RecordingsNow } from "../recordings/recordings";
import type { SharingNow } from "../rooms/sharing";
import type { SelectionNow } from "../selecting";
import type { Live, Sheet } from "../state";
import type { Studio } from "../studio";
import type { RenderingNow } from "../timeline/rendering";
import type { TimingNow } from "../timeline/timing";
import type { Video } from "../video-mode";
import type { Desk } from "./desk";
import { useStore } from "./store";

export const StudioContext = createContext<Studio | null>(null);

export function useStudio(): Studio {
  const studio = useContext(StudioContext);
  if (studio === null) throw new Error("useStudio is used outside of StudioContext");
  return studio;
}

/** Whether this browser renders; video is the server's. */
export function useHere(): boolean {
  const ready = useLive((l) => l.local.name === "ready");
  return !useFilming() && ready;
}

export const useFilming = (): boolean => useVideo((v) => v.stream.name !== "off");

/** What renders now. */
export function useDevice(): string {
  const here = useHere();
  return useLive(({ local, status }) => {
    if (!here || local.name !== "ready") return status?.device ?? "";
    const { device } = local;
    return t`This browser (${device})`;
  });
}

export const useDesk = <S>(select: (desk: Desk) => S): S => useStore(useStudio().desk, select);
export const useSheet = <S>(select: (sheet: Sheet) => S): S => useStore(useStudio().sheet, select);
export const useLive = <S>(select: (live: Live) => S): S => useStore(useStudio().live, select);
export const useVideo = <S>(select: (video: Video) => S): S => useStore(useStudio().video.now, select);
export const useHistory = <S>(select: (history: HistoryNow) => S): S =>
  useStore(useStudio().historyNow, select);
export const useLab = <S>(select: (lab: LabNow) => S): S => useStore(useStudio().lab.now, select);
export const useTiming = <S>(select: (timing: TimingNow) => S): S => useStore(useStudio().timing.now, select);
export const useRendering = <S>(select: (rendering: RenderingNow) => S): S =>
  useStore(useStudio().rendering.now, select);
export const useSharing = <S>(select: (sharing: SharingNow) => S): S =>
  useStore(useStudio().sharing.now, select);
export const useMoving = <S>(select: (moving: MovingNow) => S): S => useStore(useStudio().moving.now, select);
export const useSelection = <S>(select: (selection: SelectionNow) => S): S =>
  useStore(useStudio().selecting.now, select);
/** Viewers look on: what they would change is disabled. */
export const useCanEdit = (): boolean => useSharing((s) => s.role !== "viewer");
export const useRecordings = <S>(select: (recordings: RecordingsNow) => S): S =>
  useStore(useStudio().recordings.now, select);
export const usePerformance = <S>(select: (now: Performance) => S): S =>
  useStore(useStudio().performing.now, select);
export const useInstruments = <S>(select: (now: InstrumentsNow) => S): S =>
  useStore(useStudio().instruments.now, select);
export const useOutput = <S>(select: (now: OutputNow) => S): S => useStore(useStudio().output.now, select);
export const useLaidOut = <S>(select: (laidOut: LaidOutNow) => S): S =>
  useStore(useStudio().laidOut.now, select);
export const useJobs = <S>(select: (jobs: JobsNow) => S): S => useStore(useStudio().jobs.now, select);
