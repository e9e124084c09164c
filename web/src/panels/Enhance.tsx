import { i18n } from "@lingui/core";
import { msg, t } from "@lingui/core/macro";
import { ChevronDown, Dices, ImageUpscale } from "lucide-react";
import { Popover, RadioGroup } from "radix-ui";
import { useId, useState } from "react";
import { toWire } from "../doc/prompts";
import {
  DEFAULT_CLARITY,
  DEFAULT_CREATIVITY,
  DEFAULT_RESEMBLANCE,
  MIN_CREATIVITY,
  promptsText,
} from "../jobs/creative";
import { FORMATS, type Format } from "../jobs/job";
import {
  chosenTarget,
  DEFAULT_FORMAT,
  guessBytes,
  holds,
  madeOf,
  type PixelSize,
  targetLabel,
  targetSize,
} from "../jobs/sizes";
import { bytesText, formatName, sizeText } from "../jobs/words";
import { fixed } from "../language/numbers";
import { keysOf } from "../shortcuts";
import { Choice } from "../ui/Choice";
import { useDesk, useJobs, useLive, useSheet, useStudio } from "../ui/context";
import { IconButton } from "../ui/IconButton";
import { LabelledSlider } from "../ui/LabelledSlider";
import { SeedInput } from "../ui/SeedInput";
import { Tip } from "../ui/Tip";

interface Enhancing {
  /** What one press makes; null: the picture is as large as it can be made. */
  readonly to: string | null;
  readonly size: PixelSize | null;
  readonly source: PixelSize;
  readonly format: Format;
  /** A picture is on its way. */
  readonly starting: boolean;
  readonly able: boolean;
  /** An engine paints it anew. */
  readonly creative: boolean;
}

/** What one press would make of the render; null where the server makes none larger. */
function useEnhancing(): Enhancing | null {
  const offered = useJobs((j) => j.offered);
  const online = useJobs((j) => j.feed === "open" || j.feed === "polled" || j.feed === "connecting");
  const starting = useJobs((j) => j.starting);
  const hasPicture = useLive((l) => l.hasPicture);
  const engines = useLive((l) => l.welcome?.engines);
  const wished = useDesk((d) => d.enhanceCreative);
  const settings = useSheet((s) => s.settings);
  const kept = useDesk((d) => d.enhanceTo);
  const keptFormat = useDesk((d) => d.enhanceFormat);
  if (!offered || settings === null) return null;
  const source = { width: settings.size[0], height: settings.size[1] };
  const to = chosenTarget(kept, source);
  const size = to === null ? null : targetSize(to, source);
  const format = FORMATS.find((name) => name === keptFormat) ?? DEFAULT_FORMAT;
  const creative = wished && engines?.some((card) => card.paints_anew) === true;
  return {
    to,
    size,
    source,
    format,
    starting,
    creative,
    able: online && hasPicture && to !== null && !starting,
  };
}

function labelOf({ to, size, starting, creative }: Enhancing): string {
  if (to === null || size === null) return t`The render is as large as it can be made`;
  if (starting) return t`On its way to the jobs`;
  const [target, pixels] = [targetLabel(to), sizeText(size.width, size.height)];
  return creative ? t`Enhance to ${target}, painted anew: ${pixels}` : t`Enhance to ${target}: ${pixels}`;
}

/** In the bar: one press. */
export function EnhanceButton() {
  const studio = useStudio();
  const enhancing = useEnhancing();
  if (enhancing === null) return null;
  return (
    <IconButton
      icon={ImageUpscale}
      label={labelOf(enhancing)}
      shortcut="enhance"
      aria-busy={enhancing.starting}
      disabled={!enhancing.able}
      onClick={() => void studio.enhancing.start()}
    />
  );
}

const ON_PICTURE =
  "flex h-9 cursor-pointer items-center bg-black/55 text-white hover:bg-black/75 data-[state=open]:bg-black/75 aria-disabled:cursor-default aria-disabled:text-white/50 pointer-coarse:h-11";

/** On the render: one press, and what it makes. */
export function EnhanceOnRender() {
  const studio = useStudio();
  const enhancing = useEnhancing();
  const [open, setOpen] = useState(false);
  if (enhancing === null) return null;
  const { to, able, starting } = enhancing;
  return (
    <div className="flex">
      <Tip label={labelOf(enhancing)} keys={keysOf("enhance")}>
        <button
          type="button"
          aria-label={labelOf(enhancing)}
          aria-busy={starting}
          aria-disabled={!able || undefined}
          onClick={able ? () => void studio.enhancing.start() : undefined}
          className={`${ON_PICTURE} figures gap-1.5 rounded-l-lg pr-1.5 pl-2.5 pointer-coarse:pl-3`}
        >
          <ImageUpscale size={17} strokeWidth={1.75} aria-hidden />
          {to !== null && <span className="min-w-[2ch] text-small">{targetLabel(to)}</span>}
        </button>
      </Tip>
      <Popover.Root open={open} onOpenChange={setOpen}>
        <Tip label={t`Size and format`}>
          <Popover.Trigger
            aria-label={t`Size and format of what is enhanced`}
            className={`${ON_PICTURE} justify-center rounded-r-lg border-white/15 border-l px-1.5 pointer-coarse:w-11`}
          >
            <ChevronDown size={15} aria-hidden />
          </Popover.Trigger>
        </Tip>
        <Popover.Portal>
          <Popover.Content
            side="bottom"
            align="end"
            sideOffset={6}
            collisionPadding={8}
            aria-label={t`Enhance`}
            // Where the jobs open they have the focus.
            onCloseAutoFocus={(event) => studio.desk.get().jobsOpen && event.preventDefault()}
            className="float appear popover z-40 flex max-h-(--radix-popover-content-available-height) w-[min(304px,calc(100vw-16px))] flex-col"
          >
            <Options {...enhancing} done={() => setOpen(false)} />
          </Popover.Content>
        </Popover.Portal>
      </Popover.Root>
    </div>
  );
}

function Options({ to, size, source, format, able, done }: Enhancing & { readonly done: () => void }) {
  const studio = useStudio();
  const { desk } = studio;
  const wanted = to === null ? "" : targetLabel(to);
  const pick = (target: string) => {
    const made = targetSize(target, source);
    desk.set({ enhanceTo: target });
    if (made !== null && !holds(format, made)) desk.set({ enhanceFormat: DEFAULT_FORMAT });
  };
  return (
    <>
      <div className="flex min-h-0 flex-col gap-3 overflow-y-auto p-4 [scrollbar-width:thin]">
        <div>
          <h2 className="font-medium text-ink">{t`Enhance`}</h2>
          <p className="text-small text-soft">
            {t`Made in the background, in the gaps between your strokes. Draw on.`}
          </p>
        </div>
        <RadioGroup.Root
          aria-label={t`Size`}
          value={to ?? ""}
          onValueChange={pick}
          className="-mx-2 flex flex-col"
        >
          {madeOf(source).map(([target, made]) => (
            <RadioGroup.Item
              key={target}
              value={target}
              className="group figures flex h-8 cursor-pointer items-center gap-2.5 rounded-lg px-2 text-left text-soft hover:bg-veil/6 data-[state=checked]:text-ink pointer-coarse:h-11"
            >
              <span className="grid size-3.5 shrink-0 place-items-center rounded-full border border-veil/40 group-data-[state=checked]:border-accent">
                <RadioGroup.Indicator className="size-2 rounded-full bg-accent" />
              </span>
              <span className="w-8 font-medium">{targetLabel(target)}</span>
              <span className="flex-1 text-small">{sizeText(made.width, made.height)}</span>
              <span className="text-faint text-small">≈ {bytesText(guessBytes(format, made))}</span>
            </RadioGroup.Item>
          ))}
        </RadioGroup.Root>
        <Choice
          label={t`Format`}
          value={format}
          options={FORMATS.filter((name) => size === null || holds(name, size)).map((name) => [
            name,
            formatName(name),
          ])}
          onPick={(name) => desk.set({ enhanceFormat: name })}
        />
        <Way />
      </div>
      <div className="border-line border-t px-4 py-3">
        <button
          type="button"
          aria-disabled={!able || undefined}
          onClick={() => {
            if (!able) return;
            done();
            void studio.enhancing.start();
          }}
          className="h-9 w-full cursor-pointer rounded-lg bg-ink font-medium text-onaccent hover:bg-veil aria-disabled:cursor-default aria-disabled:bg-veil/10 aria-disabled:text-faint pointer-coarse:h-11"
        >
          {to === null ? t`Enhance` : t`Enhance to ${wanted}`}
        </button>
      </div>
    </>
  );
}

/** As readable as those of the document. */
const anySeed = () => Math.floor(Math.random() * 1_000_000);

const WAYS = [
  ["faithful", msg`Faithful`],
  ["creative", msg`Creative`],
] as const;

/** Larger and sharper alone; or with what an engine finds in it. Nothing where no engine of the server can. */
function Way() {
  const { desk } = useStudio();
  const offered = useLive((l) => l.welcome?.engines.some((card) => card.paints_anew) === true);
  const creative = useDesk((d) => d.enhanceCreative);
  if (!offered) return null;
  return (
    <>
      <Choice
        label={t`Detail`}
        value={creative ? "creative" : "faithful"}
        options={WAYS.map(([way, name]) => [way, i18n._(name)])}
        onPick={(way) => desk.set({ enhanceCreative: way === "creative" })}
      />
      {creative ? (
        <Wishes />
      ) : (
        <p className="-mt-1.5 text-[11px] text-faint leading-4">{t`Sharper, and nothing of it made up.`}</p>
      )}
    </>
  );
}

const SLIDERS = [
  ["creativity", msg`Creativity`, MIN_CREATIVITY, DEFAULT_CREATIVITY, [msg`a little`, msg`anew`]],
  ["resemblance", msg`Resemblance`, 0, DEFAULT_RESEMBLANCE, [msg`its own tones`, msg`the render's`]],
  ["clarity", msg`Clarity`, 0, DEFAULT_CLARITY, [msg`soft`, msg`crisp`]],
] as const;

function Wishes() {
  const { desk } = useStudio();
  const values = {
    creativity: useDesk((d) => d.creativity),
    resemblance: useDesk((d) => d.resemblance),
    clarity: useDesk((d) => d.clarity),
  };
  const written = useDesk((d) => d.enhancePrompts);
  const drawn = useSheet((s) => s.prompts);
  const seed = useSheet((s) => s.settings?.seed ?? 0);
  const chosen = useDesk((d) => d.enhanceSeed);
  const text = written ?? promptsText(toWire(drawn));
  const id = useId();
  return (
    <>
      {SLIDERS.map(([name, label, low, fallback, ends]) => (
        <LabelledSlider
          key={name}
          label={i18n._(label)}
          value={Math.max(low, values[name])}
          low={low}
          high={1}
          step={0.05}
          fallback={fallback}
          ends={[i18n._(ends[0]), i18n._(ends[1])]}
          format={(value) => fixed(value, 2)}
          onChange={(value) => desk.set({ [name]: value })}
        />
      ))}
      <div>
        <div className="flex items-baseline justify-between">
          <label htmlFor={id} className="text-soft">
            {t`Prompts`}
          </label>
          {written !== null && (
            <Restore label={t`Take the drawing's prompts`} run={() => desk.set({ enhancePrompts: null })} />
          )}
        </div>
        <textarea
          id={id}
          aria-describedby={`${id}-help`}
          rows={Math.min(4, Math.max(2, text.split("\n").length))}
          value={text}
          placeholder={t`moss, rough rock`}
          spellCheck={false}
          onChange={(event) => desk.set({ enhancePrompts: event.target.value })}
          className="mt-1 block w-full resize-none select-text rounded-lg bg-veil/8 px-2.5 py-1.5 text-ink leading-5 outline-none [scrollbar-width:thin] placeholder:text-faint focus-visible:ring-2 focus-visible:ring-accent"
        />
        <p id={`${id}-help`} className="mt-0.5 text-[11px] text-faint leading-4">
          {t`One a line; “fog:0.4” is fog, faintly.`}
        </p>
      </div>
      <div>
        <div className="flex items-baseline justify-between">
          <span className="text-soft">{t`Seed`}</span>
          {chosen !== null && (
            <Restore label={t`Take the drawing's seed`} run={() => desk.set({ enhanceSeed: null })} />
          )}
        </div>
        <div className="mt-1 flex items-center gap-1">
          <SeedInput
            seed={chosen ?? seed}
            fallback={seed}
            onSeed={(next) => desk.set({ enhanceSeed: next === seed ? null : next })}
          />
          <IconButton icon={Dices} label={t`New seed`} onClick={() => desk.set({ enhanceSeed: anySeed() })} />
        </div>
      </div>
    </>
  );
}

const Restore = ({ label, run }: { readonly label: string; readonly run: () => void }) => (
  <button
    type="button"
    aria-label={label}
    onClick={run}
    className="cursor-pointer rounded text-small text-soft underline decoration-veil/30 underline-offset-2 hover:text-ink pointer-coarse:-my-3 pointer-coarse:py-3"
  >
    {t`As drawn`}
  </button>
);
