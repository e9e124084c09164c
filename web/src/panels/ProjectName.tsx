import { t } from "@lingui/core/macro";
import { ChevronDown, Images } from "lucide-react";
import { useProjectsNow } from "../projects/context";
import { keysOf } from "../shortcuts";
import { useDesk, useStudio } from "../ui/context";
import { Tip } from "../ui/Tip";

/** What is open, in the bar; it opens the gallery. brief: on a phone, which has no room for a name. */
export function ProjectName({ brief }: { readonly brief: boolean }) {
  const { desk } = useStudio();
  const open = useDesk((d) => d.projectsOpen);
  const name = useProjectsNow(({ all, current }) =>
    current === null ? t`Shared with you` : (all.find(({ id }) => id === current)?.name ?? ""),
  );
  return (
    <Tip label={t`Projects`} keys={keysOf("projects")}>
      <button
        type="button"
        aria-label={t`Projects: ${name}`}
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-keyshortcuts="Control+O"
        onClick={() => desk.set({ projectsOpen: true })}
        className={`flex h-8 min-w-0 cursor-pointer items-center justify-center gap-1 rounded-lg font-medium text-ink hover:bg-veil/10 pointer-coarse:h-11 pointer-coarse:min-w-11 ${brief ? "min-w-8 shrink-0" : "max-w-60 px-2"}`}
      >
        {brief ? (
          <Images size={17} strokeWidth={1.75} aria-hidden className="text-soft" />
        ) : (
          <>
            <span className="truncate">{name}</span>
            <ChevronDown size={14} strokeWidth={1.75} aria-hidden className="shrink-0 text-faint" />
          </>
        )}
      </button>
    </Tip>
  );
}
