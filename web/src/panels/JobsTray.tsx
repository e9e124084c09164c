import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { GalleryVerticalEnd, ImageUpscale } from "lucide-react";
import { Popover } from "radix-ui";
import { useEffect } from "react";
import { isUnderWay, partDone } from "../jobs/job";
import type { JobsNow } from "../jobs/jobs";
import { fixOf, messageOf } from "../language/problems";
import { keysOf } from "../shortcuts";
import { useDesk, useJobs, useStudio } from "../ui/context";
import { Tip } from "../ui/Tip";
import { Tray, TrayTrouble } from "../ui/Tray";
import { JobRow } from "./JobRow";

/** Marks the button that opens the tray: the focus goes there from what is no longer to be seen. */
export const JOBS_BUTTON = "data-jobs-button";
const RING_RADIUS = 8.25;
const RING = 2 * Math.PI * RING_RADIUS;

/** How the jobs are, in a few words, for the button and for who hears the page. */
function summary({ jobs, news }: JobsNow): string {
  const underWay = jobs.filter(isUnderWay).length;
  const failed = jobs.some(({ id, state }) => state === "failed" && news.includes(id));
  const count = news.length;
  const words = [
    underWay > 0 ? t`${underWay} under way` : "",
    failed ? t`one failed` : count > 0 ? t`${count} new` : "",
  ];
  return words.filter(Boolean).join(", ");
}

/**
 * Jobs in the bar: a ring with how far those under way are, a dot when one came to an end, and the tray that it opens.
 * In the bar while there are jobs, or while the tray is open.
 */
export function JobsTray() {
  const studio = useStudio();
  const { desk, jobs } = studio;
  const open = useDesk((d) => d.jobsOpen);
  const offered = useJobs((j) => j.offered);
  const any = useJobs((j) => j.jobs.length > 0 || j.starting);
  const said = useJobs(summary);
  const underWay = useJobs((j) => j.jobs.filter(isUnderWay).length);
  const part = useJobs((j) => {
    const going = j.jobs.filter(isUnderWay);
    return going.reduce((sum, job) => sum + partDone(job), 0) / Math.max(1, going.length);
  });
  useEffect(() => {
    if (open) return () => jobs.read();
  }, [open, jobs]);
  if (!offered || !(any || open)) return null;
  const label = said === "" ? t`Jobs` : t`Jobs: ${said}`;
  return (
    <Popover.Root open={open} onOpenChange={(jobsOpen) => desk.set({ jobsOpen })}>
      <span role="status" className="sr-only">
        {said !== "" && label}
      </span>
      <Tip label={label} keys={keysOf("jobs")}>
        <Popover.Trigger
          aria-label={label}
          aria-keyshortcuts="J"
          {...{ [JOBS_BUTTON]: "" }}
          className={`relative grid size-8 shrink-0 cursor-pointer place-items-center rounded-lg transition-colors duration-75 hover:bg-veil/10 hover:text-ink pointer-coarse:size-11 ${open ? "bg-veil/10 text-ink" : "text-soft"}`}
        >
          {underWay > 0 ? (
            <Ring part={part} count={underWay} />
          ) : (
            <GalleryVerticalEnd size={17} strokeWidth={1.75} aria-hidden />
          )}
          {!open && <Dot />}
        </Popover.Trigger>
      </Tip>
      <Tray title={t`Jobs`} closeLabel={t`Close the jobs`} width_px={384} stays>
        <Troubles />
        <List />
      </Tray>
    </Popover.Root>
  );
}

function Ring({ part, count }: { readonly part: number; readonly count: number }) {
  return (
    <>
      <svg viewBox="0 0 20 20" className="-rotate-90 size-5" aria-hidden="true">
        <circle cx="10" cy="10" r={RING_RADIUS} fill="none" strokeWidth="2" className="stroke-veil/20" />
        <circle
          cx="10"
          cy="10"
          r={RING_RADIUS}
          fill="none"
          strokeWidth="2"
          strokeLinecap="round"
          strokeDasharray={`${Math.max(0.02, part) * RING} ${RING}`}
          className="stroke-accent"
        />
      </svg>
      <span
        aria-hidden
        className="figures absolute inset-0 grid place-items-center font-medium text-[10px] text-ink leading-none"
      >
        {count < 10 ? count : "9+"}
      </span>
    </>
  );
}

/** One came to an end since the tray was last open. */
function Dot() {
  const news = useJobs((j) => j.news);
  const failed = useJobs((j) => j.jobs.some(({ id, state }) => state === "failed" && j.news.includes(id)));
  if (news.length === 0) return null;
  return (
    <span
      aria-hidden
      className={`absolute top-1 right-1 size-2 rounded-full ring-2 ring-bar pointer-coarse:top-2 pointer-coarse:right-2 ${failed ? "bg-bad" : "bg-accent"}`}
    />
  );
}

/** What is wrong with all of them, or with what was asked of one. */
function Troubles() {
  const studio = useStudio();
  const feed = useJobs((j) => j.feed);
  const problem = useJobs((j) => j.problem);
  return (
    <div role="status" className="flex flex-col empty:hidden">
      {feed === "offline" && (
        <TrayTrouble
          title={t`Offline`}
          text={t`The server goes on by itself. This is what it said last.`}
          action={t`Try now`}
          run={() => studio.jobs.wake()}
        />
      )}
      {feed === "refused" && (
        <TrayTrouble
          title={t`The server refused this page`}
          text={t`Open the address that it printed; that one carries the token.`}
          action={t`Try again`}
          run={() => studio.jobs.wake()}
        />
      )}
      {problem !== null && feed !== "offline" && (
        <TrayTrouble
          title={messageOf(problem)}
          text={fixOf(problem)}
          action={t`Dismiss`}
          run={() => studio.jobs.dismiss()}
        />
      )}
    </div>
  );
}

function List() {
  const jobs = useJobs((j) => j.jobs);
  const starting = useJobs((j) => j.starting);
  if (jobs.length === 0 && !starting)
    return (
      <div className="flex flex-col items-center px-8 py-9 text-center">
        <GalleryVerticalEnd size={24} strokeWidth={1.5} aria-hidden className="text-faint" />
        <p className="mt-3 font-medium text-ink">{t`Nothing in the works`}</p>
        <p className="mt-1 text-small text-soft">
          <Trans>
            Press{" "}
            <ImageUpscale size={14} aria-label={t`Enhance`} className="mx-0.5 inline-block align-[-2px]" /> on
            a render to make it 4K or larger. It is made here while you draw on.
          </Trans>
        </p>
      </div>
    );
  return (
    <ul className="flex flex-col">
      {starting && (
        <li className="flex items-center gap-3 border-line border-b p-4 text-soft last:border-0">
          <span className="size-16 shrink-0 rounded-md bg-veil/8" />
          {t`The render is on its way to the server…`}
        </li>
      )}
      {jobs.map((job) => (
        <JobRow key={job.id} job={job} />
      ))}
    </ul>
  );
}
