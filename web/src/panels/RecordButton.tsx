import { t } from "@lingui/core/macro";
import { Circle, Square } from "lucide-react";
import { clock } from "../ui/clock";
import { useLive, useStudio } from "../ui/context";
import { IconButton } from "../ui/IconButton";
import type { TipSide } from "../ui/Tip";

/** Records what is seen; while it does, how long. */
export function RecordButton({ side = "top" }: { readonly side?: TipSide }) {
  const { recording } = useStudio();
  const recorded_s = useLive((l) => l.recorded_s);
  const none = useLive((l) => !l.hasPicture);
  const on = recorded_s !== null;
  return (
    <div className="relative flex shrink-0 items-center">
      <IconButton
        icon={on ? Square : Circle}
        label={on ? t`Stop and save the video` : t`Record video`}
        shortcut="record"
        side={side}
        aria-pressed={on}
        disabled={none && !on}
        className="[&>svg]:size-3.5 [&>svg]:fill-current [&>svg]:text-bad"
        onClick={() => recording.toggle()}
      />
      {on && (
        <span
          role="timer"
          aria-label={t`Recorded`}
          className="figures pointer-events-none min-w-8 pr-2 text-ink pointer-coarse:absolute pointer-coarse:inset-x-0 pointer-coarse:bottom-0 pointer-coarse:pr-0 pointer-coarse:text-center pointer-coarse:text-[11px] pointer-coarse:leading-3.5"
        >
          {clock(recorded_s)}
        </span>
      )}
    </div>
  );
}
