import { plural, t } from "@lingui/core/macro";
import { useState } from "react";
import type { FilmFormat } from "../../history/film";
import { percent } from "../../language/numbers";
import { frameTimes } from "../../timeline/timeline";
import { useFilming, useRendering, useSheet, useStudio, useTiming } from "../../ui/context";
import { FilmChoices, FilmIcon, FilmTrouble } from "../film-parts";
import { Menu } from "./menus";
import { sayTime } from "./words";

/** Each frame in turn, into a file. */
export function RenderMenu() {
  const studio = useStudio();
  const { rendering } = studio;
  const frames = useRendering((r) => r.frames);
  const problem = useRendering((r) => r.problem);
  const timeline = useTiming((t) => t.timeline);
  const filming = useFilming();
  const [format, setFormat] = useState<FilmFormat>("video");
  const count = frameTimes(timeline).length;
  const part = frames === null ? null : frames.done / frames.all;
  const [made, length] = [percent(part ?? 0), sayTime((count * 1000) / timeline.fps)];
  const videos = useSheet((s) => s.layers.some(({ kind }) => kind === "video"));
  const empty = timeline.tracks.length === 0 && !videos;
  return (
    <Menu
      label={part === null ? t`Render the timeline` : t`Render the timeline: ${made}`}
      wide="w-72"
      icon={<FilmIcon part={part} />}
    >
      <h3 className="font-medium text-ink">{t`Render the timeline`}</h3>
      <p className="text-small text-soft">
        {filming
          ? t`Frame by frame is for pictures. A video is recorded as it plays: O.`
          : t`Every frame in turn, however long it takes. You can draw on meanwhile: it renders what is here now.`}
      </p>
      <FilmChoices shows={t`Shows`} format={format} onFormat={setFormat} />
      {problem !== null && <FilmTrouble problem={problem} />}
      <div className="flex items-center justify-between gap-2">
        <p className="figures text-small text-soft" role="status">
          {frames === null
            ? plural(count, { one: `# frame · ${length}`, other: `# frames · ${length}` })
            : t`Frame ${{ done: frames.done }} of ${{ all: frames.all }}`}
        </p>
        {frames === null ? (
          <button
            type="button"
            disabled={empty || filming}
            onClick={() => void rendering.make(studio.sides === "both", format)}
            className="h-8 cursor-pointer rounded-lg bg-veil/12 px-3 text-ink hover:bg-veil/20 disabled:cursor-default disabled:opacity-35 pointer-coarse:h-11"
          >
            {t`Start rendering`}
          </button>
        ) : (
          <button
            type="button"
            onClick={() => rendering.stop()}
            className="h-8 cursor-pointer rounded-lg bg-veil/12 px-3 text-ink hover:bg-veil/20 pointer-coarse:h-11"
          >
            {t`Cancel`}
          </button>
        )}
      </div>
    </Menu>
  );
}
