import { t } from "@lingui/core/macro";
import { PencilLine } from "lucide-react";
import { keysOf } from "../shortcuts";
import { useLaidOut, useStudio } from "../ui/context";
import { Tip } from "../ui/Tip";

/** Where the engine laid a place out by itself: that place onto the paper. over: it stands on the paper, if that is bare. */
export function SketchPlace({ over }: { readonly over: boolean }) {
  const { laidOut } = useStudio();
  const seen = useLaidOut((l) => l.seen);
  const coming = useLaidOut((l) => l.coming);
  if (seen === "nowhere" || (over && seen !== "bare")) return null;
  return (
    <Tip label={t`The rendered place, as a layer to paint over`} keys={keysOf("sketch-place")} side="top">
      <button
        type="button"
        aria-busy={coming}
        onClick={() => void laidOut.sketch()}
        className="float appear pointer-events-auto flex h-8 cursor-pointer items-center gap-2 rounded-full pr-4 pl-3 text-ink hover:bg-raised aria-busy:text-faint pointer-coarse:h-11"
      >
        <PencilLine size={15} strokeWidth={1.75} aria-hidden />
        {t`Sketch it for me`}
      </button>
    </Tip>
  );
}
