import { t } from "@lingui/core/macro";
import { X } from "lucide-react";
import type { Job } from "../jobs/job";
import { targetLabel } from "../jobs/sizes";
import { fixOf, messageOf } from "../language/problems";
import type { StreamState } from "../live/stream";
import type { Studio } from "../studio";
import { useDesk, useHere, useJobs, useLive, useSheet, useStudio, useVideo } from "../ui/context";
import { capital, sentence } from "../ui/words";
import type { Problem } from "../wire/shots";

interface Said {
  readonly tone: "calm" | "bad";
  readonly title: string;
  readonly detail?: string;
  readonly action?: { readonly label: string; run(): void };
  readonly dismiss?: () => void;
  readonly late?: boolean;
}

/** What happened and what to do, where it happened: over the render's lower edge. It never blocks drawing. */
export function Notice({ upright }: { readonly upright: boolean }) {
  const said = useSaid(upright);
  return (
    <div role="status" aria-live="polite" className="flex shrink-0 justify-center">
      {said && <NoticeCard key={said.title} {...said} />}
    </div>
  );
}

/** The same for pictures on their way into the prompts: at the prompts. */
export function DockNotice() {
  const studio = useStudio();
  const problem = useLive((l) => l.dockProblem);
  return (
    <div role="status" aria-live="polite" className="flex justify-center empty:hidden">
      {problem && <NoticeCard {...saidOf(problem, () => studio.pictures.dismiss())} />}
    </div>
  );
}

const saidOf = (problem: Problem, dismiss?: () => void): Said => ({
  tone: "bad",
  title: capital(messageOf(problem)),
  detail: sentence(got(problem), fixOf(problem)),
  ...(dismiss && { dismiss }),
});

const got = ({ value }: Problem) => value && t`Got ${value}`;

function NoticeCard({ tone, title, detail, action, dismiss, late }: Said) {
  return (
    <div
      className={`float pointer-events-auto flex w-max max-w-[min(360px,calc(100vw-24px))] gap-3 px-4 py-3 ${detail ? "items-start" : "items-center"} ${late ? "appear-late" : "appear"}`}
    >
      <span
        aria-hidden
        className={`size-1.5 shrink-0 rounded-full ${detail ? "mt-[7px]" : ""} ${tone === "bad" ? "bg-bad" : "bg-faint"}`}
      />
      <div className="min-w-0">
        <p className="font-medium text-ink">{title}</p>
        {detail && <p className="text-soft">{detail}</p>}
      </div>
      {action && (
        <button
          type="button"
          onClick={action.run}
          className="-my-1 shrink-0 cursor-pointer self-center rounded-md bg-veil/10 px-2.5 py-1 text-ink hover:bg-veil/20"
        >
          {action.label}
        </button>
      )}
      {dismiss && (
        <button
          type="button"
          aria-label={t`Dismiss`}
          onClick={dismiss}
          className="-mr-2 grid size-6 shrink-0 cursor-pointer place-items-center rounded-md text-faint hover:bg-veil/10 hover:text-ink"
        >
          <X size={14} aria-hidden />
        </button>
      )}
    </div>
  );
}

function useSaid(upright: boolean): Said | null {
  const studio = useStudio();
  const link = useLive((l) => l.link);
  const status = useLive((l) => l.status);
  const problem = useLive((l) => l.problem);
  const hasPicture = useLive((l) => l.hasPicture);
  const here = useHere();
  const stream = useVideo((v) => v.stream);
  const filming = stream.name !== "off";
  const empty = useSheet((s) => s.empty);
  const news = useJobs((j) => j.jobs.find(({ id }) => j.news.includes(id)) ?? null);
  const looking = useDesk((d) => d.jobsOpen || d.viewing !== null);
  if (link.name === "refused")
    return {
      tone: "bad",
      title: t`The server refused this page`,
      detail: sentence(messageOf(link.problem), fixOf(link.problem)),
      action: { label: t`Try again`, run: () => studio.retry() },
    };
  // What this browser renders does not need the server: the dot in the bar says enough.
  const away = link.name === "waiting" || (link.name === "connecting" && link.attempt > 0);
  if (away && !here)
    return {
      tone: "bad",
      title: t`Connection lost`,
      detail: filming
        ? t`Trying again by itself. Your work is kept; the video then starts over.`
        : t`Trying again by itself. Draw on: nothing is lost.`,
      action: { label: t`Try now`, run: () => studio.retry() },
      late: true,
    };
  if (stream.name === "ended")
    return {
      ...saidOf(stream.problem),
      action: { label: t`Start again`, run: () => studio.video.restart() },
    };
  if (problem) return saidOf(problem, () => studio.dismiss());
  if (link.name === "connecting" && !here) return { tone: "calm", title: t`Connecting…`, late: true };
  const place = here ? 0 : (status?.place ?? 0);
  if (place > 0)
    return {
      tone: "calm",
      title: t`You are number ${place} in line`,
      detail: t`The server is full. Draw on: the render follows when it is your turn.`,
    };
  if (!here && status?.state === "starting")
    return {
      tone: "calm",
      title: t`The engine is starting…`,
      detail: filming ? t`The video begins when it is loaded.` : t`Draw on: the render follows.`,
      late: hasPicture,
    };
  if (!here && status?.state === "down")
    return {
      tone: "bad",
      title: t`No engine is running`,
      detail: filming
        ? t`A new one is being started. The video goes on with it.`
        : t`A new one is being started. Draw on.`,
    };
  if (news !== null && !looking) return newsSaid(news, studio);
  if (filming) return videoSaid(stream);
  if (!hasPicture && empty && link.name === "open")
    return {
      tone: "calm",
      title: upright ? t`Draw down here` : t`Draw on the left`,
      detail: t`The render appears here as you draw.`,
      late: true,
    };
  return null;
}

/** What was made in the background is ready, or is not going to be. */
function newsSaid(job: Job, { desk, jobs }: Studio): Said {
  const film = job.premiere !== null;
  const size = targetLabel(job.to);
  const dismiss = () => jobs.read(job.id);
  if (job.state === "failed")
    return {
      tone: "bad",
      title: film ? t`The ${size} premiere failed` : t`The ${size} picture failed`,
      action: { label: t`Show why`, run: () => desk.set({ jobsOpen: true }) },
      dismiss,
    };
  return {
    tone: "calm",
    title: film ? t`The ${size} premiere is ready` : t`The ${size} picture is ready`,
    action: film
      ? { label: t`Show`, run: () => desk.set({ jobsOpen: true }) }
      : { label: t`Look`, run: () => desk.set({ viewing: job.id }) },
    dismiss,
  };
}

/** Why a video that the fleet could render shows nothing. */
function videoSaid(stream: StreamState): Said | null {
  switch (stream.name) {
    case "wordless":
      return {
        tone: "calm",
        title: t`Say what to see`,
        detail: t`A video follows its prompts: add one, with a weight above 0.`,
      };
    case "waiting":
      return {
        tone: "calm",
        title: stream.begun ? t`Waiting for the next frames` : t`Waiting for the first frames`,
        detail: t`Their block is being rendered, or waits for other sessions.`,
        late: true,
      };
    default:
      return null;
  }
}
