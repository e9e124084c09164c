import { t } from "@lingui/core/macro";
import { findTrack } from "../../timeline/timeline";
import { useDesk, useStudio, useTiming } from "../../ui/context";
import { Tip } from "../../ui/Tip";

interface Props {
  readonly target: string;
  /** What it is a keyframe of. */
  readonly name: string;
  readonly className?: string;
}

/** A keyframe here and now: set it, or take it away. Only while the timeline is open. */
export function KeyDiamond({ target, name, className = "" }: Props) {
  const { timing } = useStudio();
  const open = useDesk((d) => d.timelineOpen);
  const animated = useTiming((t) => findTrack(t.timeline, target) !== null);
  const here = useTiming(
    (t) => findTrack(t.timeline, target)?.keys.some(({ at_ms }) => at_ms === t.at_ms) === true,
  );
  if (!open) return null;
  const label = here ? t`Delete keyframe: ${name}` : t`Set keyframe: ${name}`;
  return (
    <Tip label={label} side="top">
      <button
        type="button"
        aria-label={label}
        aria-pressed={here}
        onPointerDown={(event) => event.stopPropagation()}
        onDoubleClick={(event) => event.stopPropagation()}
        onClick={(event) => {
          event.stopPropagation();
          timing.toggleKey(target);
        }}
        className={`grid size-6 shrink-0 cursor-pointer place-items-center rounded-md hover:bg-veil/10 pointer-coarse:size-9 ${className}`}
      >
        <span
          aria-hidden
          className={`size-2 rotate-45 border ${
            here ? "border-accent bg-accent" : animated ? "border-accent" : "border-faint"
          }`}
        />
      </button>
    </Tip>
  );
}
