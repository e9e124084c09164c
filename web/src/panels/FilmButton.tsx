import { plural, t } from "@lingui/core/macro";
import { Popover } from "radix-ui";
import { useState } from "react";
import { DEFAULT_PACE, type FilmFormat, filmSeconds, MAX_PACE, MIN_PACE } from "../history/film";
import { fixed, percent } from "../language/numbers";
import { useHistory, useLab, useStudio } from "../ui/context";
import { LabelledSlider } from "../ui/LabelledSlider";
import { Tip } from "../ui/Tip";
import { FilmChoices, FilmIcon, FilmTrouble } from "./film-parts";

/** The session as a time-lapse, and what recordings show. */
export function FilmButton() {
  const part = useLab((l) => l.part);
  const done = percent(part ?? 0);
  return (
    <Popover.Root>
      <Tip label={t`Time-lapse of the session`} side="top">
        <Popover.Trigger
          aria-label={part === null ? t`Time-lapse` : t`Time-lapse: ${done}`}
          className="relative grid size-8 shrink-0 cursor-pointer place-items-center rounded-lg text-soft hover:bg-veil/10 hover:text-ink data-[state=open]:bg-veil/10 data-[state=open]:text-ink pointer-coarse:size-11"
        >
          <FilmIcon part={part} />
        </Popover.Trigger>
      </Tip>
      <Popover.Portal>
        <Popover.Content
          side="top"
          align="end"
          sideOffset={24}
          collisionPadding={8}
          aria-label={t`Time-lapse`}
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
  const { part, problem } = useLab((l) => l);
  const [pace, setPace] = useState(DEFAULT_PACE);
  const [format, setFormat] = useState<FilmFormat>("video");
  const count = moments.length;
  const length = fixed(filmSeconds(moments.length, pace), 1);
  const done = percent(part ?? 0);
  return (
    <>
      <h3 className="font-medium text-ink">{t`Time-lapse`}</h3>
      <FilmChoices shows={t`Shows (recorded video too)`} format={format} onFormat={setFormat} />
      <LabelledSlider
        label={t`Pace`}
        value={pace}
        low={MIN_PACE}
        high={MAX_PACE}
        step={1}
        fallback={DEFAULT_PACE}
        format={(value) => t`${value} a second`}
        onChange={setPace}
      />
      {problem !== null && <FilmTrouble problem={problem} />}
      <div className="flex items-center justify-between">
        <p className="figures text-small text-soft">
          {plural(count, { one: `# moment · ${length} s`, other: `# moments · ${length} s` })}
        </p>
        {part === null ? (
          <button
            type="button"
            disabled={moments.length === 0}
            onClick={() => void studio.lab.make(moments, studio.sides, format, pace)}
            className="h-8 cursor-pointer rounded-lg bg-veil/12 px-3 text-ink hover:bg-veil/20 disabled:cursor-default disabled:opacity-35 pointer-coarse:h-11"
          >
            {t`Make time-lapse`}
          </button>
        ) : (
          <button
            type="button"
            onClick={() => studio.lab.stop()}
            className="figures h-8 cursor-pointer rounded-lg bg-veil/12 px-3 text-ink hover:bg-veil/20 pointer-coarse:h-11"
          >
            {t`Cancel · ${done}`}
          </button>
        )}
      </div>
    </>
  );
}
