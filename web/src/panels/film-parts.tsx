/** What the time-lapse and the rendering of the timeline say and ask alike. */

import { t } from "@lingui/core/macro";
import { Film } from "lucide-react";
import type { FilmFormat } from "../history/film";
import { fixOf, messageOf } from "../language/problems";
import { Choice } from "../ui/Choice";
import { useDesk, useStudio } from "../ui/context";
import { sentence } from "../ui/words";
import type { Problem } from "../wire/shots";

/** part: how far a film is, 0 to 1; null while none is made. */
export function FilmIcon({ part }: { readonly part: number | null }) {
  return (
    <>
      <Film size={17} strokeWidth={1.75} aria-hidden />
      {part !== null && (
        <span
          aria-hidden
          className="absolute inset-x-1.5 bottom-0.5 h-0.5 overflow-hidden rounded-full bg-veil/15"
        >
          <span className="block h-full bg-accent" style={{ width: `${part * 100}%` }} />
        </span>
      )}
    </>
  );
}

interface FilmChoicesProps {
  /** Of the choice of what the film shows. */
  readonly shows: string;
  readonly format: FilmFormat;
  readonly onFormat: (format: FilmFormat) => void;
}

export function FilmChoices({ shows, format, onFormat }: FilmChoicesProps) {
  const { desk } = useStudio();
  const sides = useDesk((d) => d.sides);
  return (
    <>
      <Choice
        label={shows}
        value={sides}
        options={[
          ["render", t`Render`],
          ["both", t`Sketch and render`],
        ]}
        onPick={(next) => desk.set({ sides: next })}
      />
      <Choice
        label={t`File`}
        value={format}
        options={[
          ["video", t`Video`],
          ["gif", "GIF"],
        ]}
        onPick={(next) => onFormat(next === "gif" ? "gif" : "video")}
      />
    </>
  );
}

export function FilmTrouble({ problem }: { readonly problem: Pick<Problem, "code" | "message" | "fix"> }) {
  return (
    <p role="alert" className="text-small text-soft">
      <span className="text-ink">{sentence(messageOf(problem))}</span> {sentence(fixOf(problem))}
    </p>
  );
}
