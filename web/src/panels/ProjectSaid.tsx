import { t } from "@lingui/core/macro";
import { X } from "lucide-react";
import { useProjects, useProjectsNow } from "../projects/context";

/** Of a file that was brought as a project, or taken away: what could not be kept. And what is under way. */
export function ProjectSaid() {
  const projects = useProjects();
  const notes = useProjectsNow((p) => p.notes);
  const busy = useProjectsNow((p) => p.busy);
  return (
    <div
      role="status"
      className="pointer-events-none absolute inset-x-0 top-14 z-30 flex justify-center px-3"
    >
      {busy !== "" && <p className="float appear rounded-full px-4 py-1.5 text-ink">{busy}</p>}
      {busy === "" && notes.length > 0 && (
        <div className="float appear pointer-events-auto flex max-w-md items-start gap-3 px-4 py-3">
          <div className="min-w-0">
            <p className="font-medium text-ink">{t`Not everything could be kept`}</p>
            <ul className="mt-0.5 list-disc pl-4 text-soft">
              {notes.map((note) => (
                <li key={note}>{note}</li>
              ))}
            </ul>
          </div>
          <button
            type="button"
            aria-label={t`Dismiss`}
            onClick={() => projects.dismiss()}
            className="-mr-2 grid size-6 shrink-0 cursor-pointer place-items-center rounded-md text-faint hover:bg-veil/10 hover:text-ink pointer-coarse:size-11"
          >
            <X size={14} aria-hidden />
          </button>
        </div>
      )}
    </div>
  );
}
