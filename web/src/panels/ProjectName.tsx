import { ChevronDown } from "lucide-react";
import { keysOf } from "../keys";
import { useProjectsNow } from "../projects/context";
import { useDesk, useStudio } from "../ui/context";
import { Tip } from "../ui/Tip";

/** What is open, in the bar; it opens the gallery. brief: on a phone. */
export function ProjectName({ brief }: { readonly brief: boolean }) {
  const { desk } = useStudio();
  const open = useDesk((d) => d.projectsOpen);
  const name = useProjectsNow(({ all, current }) =>
    current === null ? "Shared with you" : (all.find(({ id }) => id === current)?.name ?? ""),
  );
  return (
    <Tip label="Projects" keys={keysOf("projects")}>
      <button
        type="button"
        aria-label={`Projects: ${name}`}
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-keyshortcuts="Control+O"
        onClick={() => desk.set({ projectsOpen: true })}
        className={`flex h-8 min-w-0 cursor-pointer items-center gap-1 rounded-lg px-2 font-medium text-ink hover:bg-white/10 pointer-coarse:h-11 ${brief ? "max-w-24 px-1.5" : "max-w-60"}`}
      >
        <span className="truncate">{name}</span>
        {!brief && <ChevronDown size={14} strokeWidth={1.75} aria-hidden className="shrink-0 text-faint" />}
      </button>
    </Tip>
  );
}
