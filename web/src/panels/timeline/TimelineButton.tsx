import { t } from "@lingui/core/macro";
import { ChartNoAxesGantt } from "lucide-react";
import { useDesk, useStudio } from "../../ui/context";
import { toggleTimeline } from "../../ui/desk-commands";
import { IconButton } from "../../ui/IconButton";
import type { TipSide } from "../../ui/Tip";

/** Opens and closes the timeline; in the bar, on a phone beside the filmstrip's buttons. */
export function TimelineButton({ side = "bottom" }: { readonly side?: TipSide }) {
  const { desk } = useStudio();
  const open = useDesk((d) => d.timelineOpen);
  return (
    <IconButton
      icon={ChartNoAxesGantt}
      label={t`Timeline`}
      shortcut="timeline"
      side={side}
      aria-expanded={open}
      className={open ? "bg-veil/10 text-ink" : ""}
      onClick={() => toggleTimeline(desk)}
    />
  );
}
