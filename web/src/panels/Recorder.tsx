import { i18n } from "@lingui/core";
import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ChevronDown, CircleDot, Clapperboard, Download, Square, Trash2, X } from "lucide-react";
import { Popover, RadioGroup } from "radix-ui";
import { useState } from "react";
import { FILM_FORMATS, type FilmFormat } from "../jobs/job";
import { chosenTarget, filmsOf, targetLabel } from "../jobs/sizes";
import { bytesText, sizeText } from "../jobs/words";
import { fixOf, messageOf } from "../language/problems";
import type { Recording } from "../recordings/recording";
import { Choice } from "../ui/Choice";
import { clock } from "../ui/clock";
import { useDesk, useJobs, useLive, useRecordings, useStudio } from "../ui/context";
import { IconButton } from "../ui/IconButton";
import { Tip } from "../ui/Tip";
import { sentence } from "../ui/words";

const ON_PICTURE = "rounded-lg bg-black/55 text-white pointer-coarse:bg-black/60";

/**
 * Records the session: a button, a light and a clock while it goes on, and what can be made of a recording.
 * onPicture: over the render, where the bar has no room.
 */
export function Recorder({ onPicture = false }: { readonly onPicture?: boolean }) {
  const { desk, recordings } = useStudio();
  const offered = useRecordings((r) => r.offered);
  const state = useRecordings((r) => r.state.name);
  const any = useRecordings((r) => r.list.length > 0);
  const online = useLive((l) => l.link.name === "open");
  const hasPicture = useLive((l) => l.hasPicture);
  const open = useDesk((d) => d.recordingsOpen);
  if (!offered && state === "idle") return null;
  const on = state !== "idle";
  return (
    <Popover.Root open={open && !on} onOpenChange={(recordingsOpen) => desk.set({ recordingsOpen })}>
      <Popover.Anchor className={`flex shrink-0 items-center ${onPicture ? ON_PICTURE : ""}`}>
        <IconButton
          icon={on ? Square : CircleDot}
          label={on ? t`Stop recording` : t`Record this session`}
          shortcut="record-session"
          aria-pressed={on}
          aria-busy={state === "starting" || state === "stopping"}
          disabled={!on && !(online && hasPicture)}
          className={
            on ? "[&>svg]:size-3.5 [&>svg]:fill-current [&>svg]:text-bad" : onPicture ? "text-white" : ""
          }
          onClick={() => recordings.toggle()}
        />
        {on && <Light />}
        {!on && any && (
          <Tip label={t`Recordings and premieres`}>
            <Popover.Trigger
              aria-label={t`Recordings`}
              className={`grid h-8 w-5 cursor-pointer place-items-center rounded-lg hover:bg-veil/10 hover:text-ink data-[state=open]:bg-veil/10 pointer-coarse:h-11 pointer-coarse:w-8 ${onPicture ? "text-white" : "text-soft"}`}
            >
              <ChevronDown size={15} aria-hidden />
            </Popover.Trigger>
          </Tip>
        )}
      </Popover.Anchor>
      <Popover.Portal>
        <Popover.Content
          side="bottom"
          align="end"
          sideOffset={8}
          collisionPadding={8}
          aria-label={t`Premiere`}
          // Where the jobs open they have the focus.
          onCloseAutoFocus={(event) => desk.get().jobsOpen && event.preventDefault()}
          onInteractOutside={(event) => event.preventDefault()} // it stays while one draws on
          className="float appear popover z-40 w-[min(344px,calc(100vw-16px))]"
        >
          <Premiere />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** That it records, and for how long; amber while the connection is lost. */
function Light() {
  const elapsed_s = useRecordings((r) => r.elapsed_s);
  const lost = useRecordings((r) => r.state.name === "lost");
  return (
    <span
      role="timer"
      aria-label={lost ? t`Recording goes on when the connection is back` : t`Recording`}
      className="figures flex items-center gap-1.5 pr-2 text-ink"
    >
      <span aria-hidden className={`size-2 rounded-full ${lost ? "bg-slow" : "recording bg-bad"}`} />
      <span className="min-w-7">{clock(elapsed_s)}</span>
    </span>
  );
}

/** While all controls are hidden: that it records is never. */
export function HiddenLight() {
  const on = useRecordings((r) => r.state.name !== "idle");
  if (!on) return null;
  return (
    <div className="float appear pointer-events-none absolute top-3 right-3 z-20 rounded-full py-1 pl-3">
      <Light />
    </div>
  );
}

function Premiere() {
  const { desk, jobs } = useStudio();
  const list = useRecordings((r) => r.list);
  const problem = useRecordings((r) => r.problem);
  const able = useJobs((j) => j.offered);
  const [picked, pick] = useState("");
  const chosen = list.find(({ id }) => id === picked) ?? list.find(({ pictures }) => pictures > 0) ?? null;
  const start = async (to: string, format: FilmFormat, fps: number) => {
    if (chosen === null) return;
    desk.set({ recordingsOpen: false, jobsOpen: true });
    await jobs.film({ kind: "premiere", recording: chosen.id, to, model: "light", format, fps });
  };
  return (
    <>
      <div className="flex items-start justify-between gap-2 pt-2 pr-1.5 pl-4">
        <div className="pt-1.5">
          <h2 className="font-medium text-ink">{t`Premiere`}</h2>
          <p className="text-small text-soft">
            {t`Every picture that you saw, rendered again from its shot: larger, sharper, at its time.`}
          </p>
        </div>
        <Popover.Close
          aria-label={t`Close the premiere`}
          className="grid size-8 shrink-0 cursor-pointer place-items-center rounded-lg text-soft hover:bg-veil/10 hover:text-ink pointer-coarse:size-11"
        >
          <X size={17} strokeWidth={1.75} aria-hidden />
        </Popover.Close>
      </div>
      {problem !== null && (
        <p role="status" className="px-4 pt-2 text-bad text-small">
          {sentence(messageOf(problem), fixOf(problem))}
        </p>
      )}
      {list.length === 0 ? (
        <div className="flex flex-col items-center px-8 py-8 text-center">
          <Clapperboard size={24} strokeWidth={1.5} aria-hidden className="text-faint" />
          <p className="mt-3 font-medium text-ink">{t`No recording yet`}</p>
          <p className="mt-1 text-small text-soft">{t`Record a session, then make its premiere here.`}</p>
        </div>
      ) : (
        <RadioGroup.Root
          aria-label={t`Recording`}
          value={chosen?.id ?? ""}
          onValueChange={pick}
          className="mt-2 flex max-h-44 flex-col overflow-y-auto border-line border-y py-1 [scrollbar-width:thin]"
        >
          {list.map((one) => (
            <Row key={one.id} recording={one} />
          ))}
        </RadioGroup.Root>
      )}
      {chosen !== null && chosen.pictures > 0 && able && (
        <Options recording={chosen} start={(...asked) => void start(...asked)} />
      )}
      {list.length > 0 && !able && (
        <p className="px-4 py-3 text-small text-soft">
          <Trans>
            This server makes no premieres. Download the recording and bake it elsewhere:{" "}
            <code className="text-ink">lightbrush premiere</code>
          </Trans>
        </p>
      )}
    </>
  );
}

/** "Today, 14:03" */
function when(ms: number): string {
  const date = new Date(ms);
  const time = i18n.date(date, { hour: "2-digit", minute: "2-digit" });
  const today = date.toDateString() === new Date().toDateString();
  if (today) return t`Today, ${time}`;
  return `${i18n.date(date, { day: "numeric", month: "short" })}, ${time}`;
}

function Row({ recording }: { readonly recording: Recording }) {
  const { recordings } = useStudio();
  const busy = useRecordings((r) => r.busy.has(recording.id));
  const { id, pictures, duration_ms, bytes } = recording;
  const name = when(recording.started_ms);
  const count = plural(pictures, { one: "# picture", other: "# pictures" });
  return (
    <div className="flex items-center pr-1.5 hover:bg-veil/4">
      <RadioGroup.Item
        value={id}
        disabled={pictures === 0}
        className="group figures flex min-w-0 flex-1 cursor-pointer items-center gap-2.5 py-1.5 pl-4 text-left text-soft disabled:cursor-default data-[state=checked]:text-ink"
      >
        <span className="grid size-3.5 shrink-0 place-items-center rounded-full border border-veil/40 group-disabled:opacity-35 group-data-[state=checked]:border-accent">
          <RadioGroup.Indicator className="size-2 rounded-full bg-accent" />
        </span>
        <span className="min-w-0">
          <span className="block truncate font-medium">{name}</span>
          <span className="block truncate text-small text-soft">
            {clock(duration_ms / 1000)} · {count} · {bytesText(bytes)}
          </span>
        </span>
      </RadioGroup.Item>
      <IconButton
        icon={Download}
        label={t`Download the recording: ${name}`}
        disabled={busy}
        onClick={() => void recordings.save(recording)}
      />
      <IconButton
        icon={Trash2}
        label={t`Remove the recording: ${name}`}
        disabled={busy}
        onClick={() => void recordings.remove(id)}
      />
    </div>
  );
}

interface OptionsProps {
  readonly recording: Recording;
  readonly start: (to: string, format: FilmFormat, fps: number) => void;
}

function Options({ recording, start }: OptionsProps) {
  const { desk } = useStudio();
  const kept = useDesk((d) => d.premiereTo);
  const keptFormat = useDesk((d) => d.premiereFormat);
  const format = FILM_FORMATS.find((name) => name === keptFormat) ?? "mp4";
  const rate = useDesk((d) => d.premiereRate);
  const source = { width: recording.width_px, height: recording.height_px };
  const made = filmsOf(source, format);
  const to = made.some(([target]) => target === kept) ? kept : chosenTarget(kept, source);
  return (
    <div className="flex flex-col gap-3 px-4 pt-3 pb-4">
      <RadioGroup.Root
        aria-label={t`Size`}
        value={to ?? ""}
        onValueChange={(premiereTo) => desk.set({ premiereTo })}
        className="-mx-2 flex flex-col"
      >
        {made.map(([target, size]) => (
          <RadioGroup.Item
            key={target}
            value={target}
            className="group figures flex h-8 cursor-pointer items-center gap-2.5 rounded-lg px-2 text-left text-soft hover:bg-veil/6 data-[state=checked]:text-ink pointer-coarse:h-11"
          >
            <span className="grid size-3.5 shrink-0 place-items-center rounded-full border border-veil/40 group-data-[state=checked]:border-accent">
              <RadioGroup.Indicator className="size-2 rounded-full bg-accent" />
            </span>
            <span className="w-8 font-medium">{targetLabel(target)}</span>
            <span className="flex-1 text-small">{sizeText(size.width, size.height)}</span>
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
      <Choice
        label={t`Format`}
        value={format}
        options={[
          ["mp4", t`MP4 film`],
          ["png", t`PNG stills`],
        ]}
        onPick={(premiereFormat) => desk.set({ premiereFormat })}
      />
      <Choice
        label={t`Pictures change`}
        value={rate}
        options={[
          ["0", t`As seen`],
          ["30", t`30 / s`],
          ["60", t`60 / s`],
        ]}
        onPick={(premiereRate) => desk.set({ premiereRate })}
      />
      <div className="sticky bottom-0 -mx-4 -mb-4 bg-surface px-4 pt-1 pb-4">
        <button
          type="button"
          disabled={to === null}
          onClick={() => to !== null && start(to, format, Number(rate))}
          className="h-9 w-full cursor-pointer rounded-lg bg-ink font-medium text-onaccent hover:bg-veil disabled:cursor-default disabled:bg-veil/10 disabled:text-faint pointer-coarse:h-11"
        >
          {to === null ? t`Make the premiere` : t`Make the ${{ size: targetLabel(to) }} premiere`}
        </button>
      </div>
    </div>
  );
}
