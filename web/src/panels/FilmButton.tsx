import { Film } from "lucide-react";
import { Popover } from "radix-ui";
import { useState } from "react";
import { DEFAULT_PACE, type FilmFormat, filmSeconds, MAX_PACE, MIN_PACE } from "../history/film";
import { Choice } from "../ui/Choice";
import { useDesk, useHistory, useLab, useStudio } from "../ui/context";
import { LabelledSlider } from "../ui/LabelledSlider";
import { Tip } from "../ui/Tip";

/** The session as a time-lapse, and what recordings show. */
export function FilmButton() {
  const part = useLab((l) => l.part);
  return (
    <Popover.Root>
      <Tip label="Time-lapse of the session" side="top">
        <Popover.Trigger
          aria-label={part === null ? "Time-lapse" : `Time-lapse: ${Math.round(part * 100)}%`}
          className="relative grid size-8 shrink-0 cursor-pointer place-items-center rounded-lg text-soft hover:bg-white/10 hover:text-ink data-[state=open]:bg-white/10 data-[state=open]:text-ink pointer-coarse:size-11"
        >
          <Film size={17} strokeWidth={1.75} aria-hidden />
          {part !== null && (
            <span
              aria-hidden
              className="absolute inset-x-1.5 bottom-0.5 h-0.5 overflow-hidden rounded-full bg-white/15"
            >
              <span className="block h-full bg-accent" style={{ width: `${part * 100}%` }} />
            </span>
          )}
        </Popover.Trigger>
      </Tip>
      <Popover.Portal>
        <Popover.Content
          side="top"
          align="end"
          sideOffset={24}
          collisionPadding={8}
          aria-label="Time-lapse"
          className="float appear popover z-40 flex w-72 flex-col gap-3 p-4"
        >
          <TimeLapse />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function TimeLapse() {
  const studio = useStudio();
  const moments = useHistory((h) => h.moments);
  const sides = useDesk((d) => d.sides);
  const { part, problem } = useLab((l) => l);
  const [pace, setPace] = useState(DEFAULT_PACE);
  const [format, setFormat] = useState<FilmFormat>("video");
  const seconds = filmSeconds(moments.length, pace);
  return (
    <>
      <h3 className="font-medium text-ink">Time-lapse</h3>
      <Choice
        label="Shows (recorded video too)"
        value={sides}
        options={[
          ["render", "Render"],
          ["both", "Sketch and render"],
        ]}
        onPick={(next) => studio.desk.set({ sides: next })}
      />
      <Choice
        label="File"
        value={format}
        options={[
          ["video", "Video"],
          ["gif", "GIF"],
        ]}
        onPick={(next) => setFormat(next === "gif" ? "gif" : "video")}
      />
      <LabelledSlider
        label="Pace"
        value={pace}
        low={MIN_PACE}
        high={MAX_PACE}
        step={1}
        fallback={DEFAULT_PACE}
        format={(value) => `${value} a second`}
        onChange={setPace}
      />
      {problem && (
        <p role="alert" className="text-small text-soft">
          <span className="text-ink">{sentence(problem.message)}</span> {problem.fix}
        </p>
      )}
      <div className="flex items-center justify-between">
        <p className="figures text-small text-soft">
          {moments.length} {moments.length === 1 ? "moment" : "moments"} · {seconds.toFixed(1)} s
        </p>
        {part === null ? (
          <button
            type="button"
            disabled={moments.length === 0}
            onClick={() => void studio.lab.make(moments, studio.sides, format, pace)}
            className="h-8 cursor-pointer rounded-lg bg-white/12 px-3 text-ink hover:bg-white/20 disabled:cursor-default disabled:opacity-35 pointer-coarse:h-11"
          >
            Make time-lapse
          </button>
        ) : (
          <button
            type="button"
            onClick={() => studio.lab.stop()}
            className="figures h-8 cursor-pointer rounded-lg bg-white/12 px-3 text-ink hover:bg-white/20 pointer-coarse:h-11"
          >
            Cancel · {Math.round(part * 100)}%
          </button>
        )}
      </div>
    </>
  );
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
