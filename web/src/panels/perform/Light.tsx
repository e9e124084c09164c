/** What the bar shows of performing: the panel's button, and that a microphone is heard, or that outputs are black. */

import { t } from "@lingui/core/macro";
import { AudioLines } from "lucide-react";
import { useDesk, usePerformance, useStudio } from "../../ui/context";
import { togglePanel } from "../../ui/desk-commands";
import { IconButton } from "../../ui/IconButton";
import { Tip } from "../../ui/Tip";

/** Opens and closes the panel. */
export function PerformButton() {
  const studio = useStudio();
  const open = useDesk((d) => d.panelOpen && d.panel === "perform");
  return (
    <IconButton
      icon={AudioLines}
      label={t`Perform`}
      shortcut="perform"
      aria-expanded={open}
      className={open ? "bg-veil/10 text-ink" : ""}
      onClick={() => togglePanel(studio.desk, "perform")}
    />
  );
}

/** What nobody may overlook. */
export const Lights = () => (
  <span className="flex gap-1.5 max-sm:flex-col max-sm:items-start">
    <BlackLight />
    <SoundLight />
  </span>
);

/** While a microphone is heard it is never hidden; a press ends it. */
function SoundLight() {
  const { performing } = useStudio();
  const on = usePerformance((p) => p.sound.name === "on");
  if (!on) return null;
  return (
    <Tip label={t`The microphone is heard. Press to stop`}>
      <button
        type="button"
        aria-label={t`Stop listening to the microphone`}
        onClick={() => performing.endListening()}
        className="pointer-events-auto flex h-6 shrink-0 cursor-pointer items-center gap-1.5 rounded-full border border-bad/60 bg-raised px-2 text-ink text-small hover:border-bad pointer-coarse:h-9"
      >
        <span aria-hidden className="recording size-2 rounded-full bg-bad" />
        {t`Mic`}
      </button>
    </Tip>
  );
}

/** Outputs show black, which nobody sees on this page; a press gives them back. */
function BlackLight() {
  const { performing } = useStudio();
  const black = usePerformance((p) => p.black);
  if (!black) return null;
  return (
    <Tip label={t`Outputs show black. Press to show the render again`} keys=".">
      <button
        type="button"
        aria-label={t`End the blackout`}
        onClick={() => performing.blackout(false)}
        className="pointer-events-auto flex h-6 shrink-0 cursor-pointer items-center rounded-full bg-bad px-2 font-medium text-onaccent text-small pointer-coarse:h-9"
      >
        {t`Black`}
      </button>
    </Tip>
  );
}
