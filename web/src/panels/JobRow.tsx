import { t } from "@lingui/core/macro";
import {
  Download,
  GalleryVerticalEnd,
  type LucideIcon,
  Pause,
  Play,
  RotateCcw,
  Trash2,
  X,
} from "lucide-react";
import { useState } from "react";
import { isOver, type Job } from "../jobs/job";
import { failureText, percent, stateText, whatText } from "../jobs/words";
import { useJobs, useStudio } from "../ui/context";
import { Tip } from "../ui/Tip";
import { useJobPicture } from "../ui/use-job";

/** A job in the tray: what is seen of it, how far it is, and what can be done with it. */
export function JobRow({ job }: { readonly job: Job }) {
  const studio = useStudio();
  const [asking, setAsking] = useState(false);
  const title = studio.jobs.title(job);
  const failure = job.state !== "cancelled" && job.error !== null ? failureText(job.error) : null;
  return (
    <li aria-label={title} className="flex gap-3 border-line border-b p-4 last:border-0">
      <Thumbnail job={job} title={title} />
      <div className="min-w-0 flex-1">
        <div className="flex items-start gap-1">
          <div className="min-w-0 flex-1">
            <p className="truncate text-ink first-letter:uppercase" title={title}>
              {title}
            </p>
            <p className="figures truncate text-small text-soft">{whatText(job)}</p>
          </div>
          {!asking && <Actions job={job} title={title} ask={() => setAsking(true)} />}
        </div>
        {asking ? (
          <Asking job={job} title={title} keep={() => setAsking(false)} />
        ) : (
          <>
            {!isOver(job) && <Bar job={job} title={title} />}
            <p
              className={`figures mt-1.5 text-small ${job.state === "failed" ? "text-bad" : job.state === "running" ? "text-ink" : "text-soft"}`}
            >
              {stateText(job)}
            </p>
            {failure !== null && (
              <p className="mt-0.5 select-text text-small text-soft">
                {failure.what} {failure.fix} <code className="font-sans text-faint">{job.error?.code}</code>
              </p>
            )}
          </>
        )}
      </div>
    </li>
  );
}

/** Press it to look: before and after. */
function Thumbnail({ job, title }: { readonly job: Job; readonly title: string }) {
  const { desk, jobs } = useStudio();
  const { before, after } = useJobPicture(job);
  const shown = after ?? before;
  const still = job.state === "failed" || job.state === "cancelled";
  const image = shown && (
    <img
      src={shown}
      alt=""
      draggable={false}
      className={`size-16 object-cover ${still ? "opacity-50 grayscale" : ""}`}
    />
  );
  const box = "grid size-16 shrink-0 place-items-center overflow-hidden rounded-md bg-veil/8 text-faint";
  if (!image || still || job.premiere !== null)
    return (
      <span className={box}>{image || <GalleryVerticalEnd size={18} strokeWidth={1.5} aria-hidden />}</span>
    );
  const label = t`Look at ${title}: before and after`;
  return (
    <Tip label={t`Before and after`} side="left">
      <button
        type="button"
        aria-label={label}
        onClick={() => {
          jobs.read(job.id);
          desk.set({ viewing: job.id });
        }}
        className={`${box} cursor-pointer hover:brightness-110`}
      >
        {image}
      </button>
    </Tip>
  );
}

function Bar({ job, title }: { readonly job: Job; readonly title: string }) {
  const done = percent(job);
  return (
    <div
      role="progressbar"
      aria-label={t`Progress of ${title}`}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={done}
      aria-valuetext={stateText(job)}
      className="mt-2 h-1 overflow-hidden rounded-full bg-veil/15"
    >
      <div
        className={`h-full origin-left ${job.state === "running" ? "bg-accent" : "bg-veil/45"}`}
        style={{ transform: `scaleX(${job.units === 0 ? 0 : job.units_done / job.units})` }}
      />
    </div>
  );
}

interface ActionsProps {
  readonly job: Job;
  readonly title: string;
  readonly ask: () => void;
}

function Actions({ job, title, ask }: ActionsProps) {
  const { jobs } = useStudio();
  const busy = useJobs((j) => j.acting.has(job.id));
  const away = useJobs((j) => j.feed === "offline" || j.feed === "refused");
  const saving = useJobs((j) => j.saving.has(job.id));
  const off = busy || away;
  return (
    <div className="-mt-1.5 -mr-2 flex shrink-0 pointer-coarse:-mt-3">
      {(job.state === "running" || job.state === "waiting") && (
        <Act icon={Pause} label={t`Pause`} of={title} disabled={off} run={() => void jobs.pause(job.id)} />
      )}
      {job.state === "paused" && (
        <Act icon={Play} label={t`Go on`} of={title} disabled={off} run={() => void jobs.resume(job.id)} />
      )}
      {job.state === "done" && (
        <Act
          icon={Download}
          label={saving ? t`The file is on its way` : t`Download`}
          of={title}
          disabled={away || saving}
          run={() => void jobs.save(job)}
        />
      )}
      {job.state === "failed" && (
        <Act
          icon={RotateCcw}
          label={t`Try again`}
          of={title}
          disabled={off}
          run={() => void jobs.resume(job.id)}
        />
      )}
      <Act
        icon={isOver(job) ? Trash2 : X}
        label={isOver(job) ? t`Remove` : t`Cancel`}
        of={title}
        disabled={off}
        run={job.state === "done" || job.units_done > 0 ? ask : () => void jobs.remove(job.id)}
      />
    </div>
  );
}

interface ActProps {
  readonly icon: LucideIcon;
  readonly label: string;
  readonly of: string;
  readonly disabled: boolean;
  readonly run: () => void;
}

function Act({ icon: Icon, label, of, disabled, run }: ActProps) {
  return (
    <Tip label={label}>
      <button
        type="button"
        aria-label={`${label}: ${of}`}
        aria-disabled={disabled || undefined}
        onClick={disabled ? undefined : run}
        className="grid size-8 cursor-pointer place-items-center rounded-lg text-soft hover:bg-veil/10 hover:text-ink aria-disabled:cursor-default aria-disabled:opacity-35 aria-disabled:hover:bg-transparent pointer-coarse:size-11"
      >
        <Icon size={16} strokeWidth={1.75} aria-hidden />
      </button>
    </Tip>
  );
}

interface AskingProps {
  readonly job: Job;
  readonly title: string;
  readonly keep: () => void;
}

/** What is made takes time, so a slip of the finger throws none of it away. */
function Asking({ job, title, keep }: AskingProps) {
  const { jobs } = useStudio();
  const over = isOver(job);
  const button = "h-8 flex-1 cursor-pointer rounded-md px-2.5 pointer-coarse:h-11";
  return (
    <fieldset className="mt-2" aria-label={over ? t`Remove ${title}?` : t`Cancel ${title}?`}>
      <p className="text-small text-soft">
        {job.state === "done" ? t`The file is deleted from the server.` : t`What is done of it is lost.`}
      </p>
      <div className="mt-1.5 flex gap-2">
        <button
          type="button"
          autoFocus
          onClick={(event) => {
            event.currentTarget.closest<HTMLElement>("[role=dialog]")?.focus();
            keep();
          }}
          className={`${button} bg-veil/10 text-ink hover:bg-veil/20`}
        >
          {over ? t`Keep it` : t`Go on`}
        </button>
        <button
          type="button"
          onClick={(event) => {
            event.currentTarget.closest<HTMLElement>("[role=dialog]")?.focus();
            keep();
            void jobs.remove(job.id);
          }}
          className={`${button} bg-veil/10 text-bad hover:bg-veil/20`}
        >
          {over ? t`Remove` : t`Cancel it`}
        </button>
      </div>
    </fieldset>
  );
}
