import { t } from "@lingui/core/macro";
import { Download, Minus, Plus, Search, X } from "lucide-react";
import { Dialog } from "radix-ui";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { panBy, type View, zoomAt } from "../canvas/view";
import { isOver, type Job } from "../jobs/job";
import { sizeText, stateText, whatText } from "../jobs/words";
import { percent } from "../language/numbers";
import { JOBS_BUTTON } from "../panels/JobsTray";
import { useDesk, useJobs, useStudio } from "../ui/context";
import { IconButton } from "../ui/IconButton";
import { Tip } from "../ui/Tip";
import { useJobPicture, useWhole, type Whole } from "../ui/use-job";
import { Pictures, STEP } from "./Pictures";
import { type Compared, clamped, FITTED, isFitted, leastZoom, type Point, pixelZoom, placed } from "./split";

const ZOOM_STEP = 1.5;
const PAN_PX = 80;
const LOUPE_STEP = 0.04;
const MIDDLE: Point = { x: 0.5, y: 0.5 };

/** What a job makes beside what it is made from, in the whole window. */
export function Viewer() {
  const { desk, jobs } = useStudio();
  const id = useDesk((d) => d.viewing);
  const job = useJobs((j) => j.jobs.find((known) => known.id === id) ?? null);
  useEffect(() => {
    jobs.look(id);
    if (id !== null && job === null) desk.set({ viewing: null }); // it was removed elsewhere
  }, [jobs, desk, id, job]);
  return (
    <Dialog.Root
      open={job !== null}
      onOpenChange={(open) => {
        if (!open) desk.set({ viewing: null });
      }}
    >
      <Dialog.Portal>{job !== null && <Compare job={job} />}</Dialog.Portal>
    </Dialog.Root>
  );
}

function Compare({ job }: { readonly job: Job }) {
  const { jobs } = useStudio();
  const { before, after } = useJobPicture(job);
  const whole = useWhole(job);
  const [pane, setPane] = useState({ width: 0, height: 0 });
  const [view, setView] = useState<View | null>(null);
  const [part, setPart] = useState(0.5);
  const [loupe, setLoupe] = useState<Point | null>(null);
  const room = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const opener = useRef<Element | null>(null);
  // What it was made from may come after the dialog: then so does the focus.
  useEffect(() => {
    if (before !== null && document.activeElement === content.current) focusLine(content.current);
  }, [before]);
  useLayoutEffect(() => {
    const element = room.current;
    if (element === null) return;
    const measure = () => setPane({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const watcher = new ResizeObserver(measure);
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);
  const compared: Compared = {
    pane,
    picture: { width: job.width_px, height: job.height_px },
    dpr: window.devicePixelRatio,
  };
  const shown = view === null ? FITTED(compared) : clamped(compared, view);
  const at = placed(compared, shown);
  const show = (next: View) => {
    const fit = clamped(compared, next);
    setView(isFitted(fit) ? null : fit);
  };
  const zoomBy = (factor: number) => show(zoomAt(shown, at, pane.width / 2, pane.height / 2, factor));
  const toPixels = () => show({ ...shown, zoom: pixelZoom(compared) });
  const toggleLoupe = () => setLoupe(loupe === null ? MIDDLE : null);
  const arrow = (x: number, y: number, shift: boolean) => {
    if (shift) show(panBy(shown, at, -x * PAN_PX, -y * PAN_PX));
    else if (loupe !== null)
      setLoupe({ x: within(loupe.x + x * LOUPE_STEP), y: within(loupe.y + y * LOUPE_STEP) });
    else setPart(within(part + x * STEP));
  };
  const keys: Readonly<Record<string, (shift: boolean) => void>> = {
    "+": () => zoomBy(ZOOM_STEP),
    "=": () => zoomBy(ZOOM_STEP),
    "-": () => zoomBy(1 / ZOOM_STEP),
    "0": () => setView(null),
    "1": toPixels,
    l: toggleLoupe,
    arrowleft: (shift) => arrow(-1, 0, shift),
    arrowright: (shift) => arrow(1, 0, shift),
    arrowup: (shift) => arrow(0, -1, shift),
    arrowdown: (shift) => arrow(0, 1, shift),
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const act = keys[event.key.toLowerCase()];
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act(event.shiftKey);
  };
  const { source_width_px, source_height_px, width_px, height_px } = job;
  return (
    <Dialog.Content
      ref={content}
      aria-describedby={undefined}
      onKeyDown={onKeyDown}
      onOpenAutoFocus={(event) => {
        event.preventDefault();
        opener.current = document.activeElement;
        focusLine(content.current);
      }}
      onCloseAutoFocus={(event) => {
        event.preventDefault();
        const { current } = opener;
        const still = current instanceof HTMLElement && current.isConnected && current !== document.body;
        (still ? current : document.querySelector<HTMLElement>(`[${JOBS_BUTTON}]`))?.focus();
      }}
      className="appear fixed inset-0 z-50 flex flex-col bg-ground outline-none"
    >
      <Head job={job} title={jobs.source(job.id)?.title ?? t`Picture`} />
      <Progress job={job} />
      <div ref={room} className="relative min-h-0 flex-1 sm:mx-4 sm:my-3">
        {pane.width > 0 && (
          <Pictures
            compared={compared}
            view={view === null ? null : shown}
            setView={setView}
            part={part}
            setPart={setPart}
            loupe={loupe}
            setLoupe={setLoupe}
            before={before}
            after={whole.name === "ready" ? whole.url : (after ?? before)}
            beforeLabel={t`Before · ${{ size: sizeText(source_width_px, source_height_px) }}`}
            afterLabel={t`After · ${{ size: sizeText(width_px, height_px) }}`}
          />
        )}
      </div>
      <footer className="flex shrink-0 flex-col items-center border-line border-t bg-bar">
        <p
          role="status"
          className="px-4 pt-2.5 text-center text-small text-soft empty:hidden md:absolute md:bottom-3.5 md:left-4 md:max-w-[calc(50vw-176px)] md:truncate md:p-0"
        >
          {noteOf(job, whole, before !== null)}
        </p>
        <div className="flex h-12 items-center gap-0.5 px-1 pointer-coarse:h-14">
          <IconButton
            icon={Minus}
            label={t`Smaller`}
            side="top"
            disabled={shown.zoom <= leastZoom(compared)}
            onClick={() => zoomBy(1 / ZOOM_STEP)}
          />
          <output aria-label={t`Zoom`} className="figures w-12 text-center text-small text-soft">
            {percent(at.scale * compared.dpr)}
          </output>
          <IconButton icon={Plus} label={t`Larger`} side="top" onClick={() => zoomBy(ZOOM_STEP)} />
          <span className="mx-1.5 h-4 w-px bg-line" />
          <WordButton
            word={t`Fit`}
            label={t`Fit the window`}
            keys="0"
            on={view === null}
            run={() => setView(null)}
          />
          <WordButton
            word="1:1"
            label={t`1:1, pixel by pixel`}
            keys="1"
            on={Math.abs(at.scale * compared.dpr - 1) < 0.001}
            run={toPixels}
          />
          <span className="mx-1.5 h-4 w-px bg-line" />
          <Tip label={t`Loupe: both, pixel by pixel`} keys="L" side="top">
            <button
              type="button"
              aria-label={t`Loupe`}
              aria-pressed={loupe !== null}
              onClick={toggleLoupe}
              className={`${BUTTON} ${loupe !== null ? "bg-accent text-onaccent" : IDLE}`}
            >
              <Search size={17} strokeWidth={1.75} aria-hidden />
            </button>
          </Tip>
        </div>
      </footer>
    </Dialog.Content>
  );
}

const focusLine = (content: HTMLElement | null) =>
  (content?.querySelector<HTMLElement>("[role=slider]") ?? content)?.focus();
const within = (at: number) => Math.min(1, Math.max(0, at));
const BUTTON =
  "grid h-8 min-w-8 cursor-pointer place-items-center rounded-lg px-1.5 pointer-coarse:h-11 pointer-coarse:min-w-11";
const IDLE = "text-soft hover:bg-veil/10 hover:text-ink";

interface WordButtonProps {
  readonly word: string;
  readonly label: string;
  readonly keys: string;
  readonly on: boolean;
  readonly run: () => void;
}

function WordButton({ word, label, keys, on, run }: WordButtonProps) {
  return (
    <Tip label={label} keys={keys} side="top">
      <button
        type="button"
        aria-label={label}
        aria-pressed={on}
        onClick={run}
        className={`${BUTTON} figures text-small ${on ? "bg-veil/10 text-ink" : IDLE}`}
      >
        {word}
      </button>
    </Tip>
  );
}

/** What is not to be seen, and why. */
function noteOf(job: Job, whole: Whole, both: boolean): string {
  if (whole.name === "small") return t`Shown smaller than it is: download it for every pixel.`;
  if (whole.name === "loading") return t`The full picture is on its way…`;
  if (whole.name === "failed") return t`The full picture cannot be shown here: download it.`;
  if (!both) return t`What it was made from is not in this browser.`;
  return isOver(job) ? "" : t`It sharpens as it is made.`;
}

function Head({ job, title }: { readonly job: Job; readonly title: string }) {
  const { jobs, desk } = useStudio();
  const saving = useJobs((j) => j.saving.has(job.id));
  return (
    <header className="flex h-12 shrink-0 items-center gap-1 border-line border-b bg-bar pr-2 pl-4 pointer-coarse:h-14">
      <div className="flex min-w-0 flex-1 flex-col sm:flex-row sm:items-baseline sm:gap-2.5">
        <Dialog.Title className="truncate font-medium text-ink first-letter:uppercase">{title}</Dialog.Title>
        <p className="figures truncate text-small text-soft">
          <span className={job.state === "done" ? "" : "hidden sm:inline"}>{whatText(job)}</span>
          {job.state !== "done" && (
            <>
              <span className="hidden sm:inline"> · </span>
              {stateText(job)}
            </>
          )}
        </p>
      </div>
      {job.state === "done" && (
        <IconButton
          icon={Download}
          label={saving ? t`The file is on its way` : t`Download`}
          disabled={saving}
          onClick={() => void jobs.save(job)}
        />
      )}
      <IconButton icon={X} label={t`Close`} onClick={() => desk.set({ viewing: null })} />
    </header>
  );
}

function Progress({ job }: { readonly job: Job }) {
  const part = job.units === 0 ? 0 : job.units_done / job.units;
  return (
    <div aria-hidden className={`h-0.5 shrink-0 ${isOver(job) ? "" : "bg-veil/10"}`}>
      {!isOver(job) && (
        <div className="h-full origin-left bg-accent" style={{ transform: `scaleX(${part})` }} />
      )}
    </div>
  );
}
