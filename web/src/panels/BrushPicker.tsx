import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg, t } from "@lingui/core/macro";
import { ChevronRight, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { type Box, heldAt, MAX_BRUSH_NAME_CHARS, NO_SYMMETRY, type PenEnd } from "../brushes/box";
import { brushName, PRESETS, type Preset } from "../brushes/presets";
import {
  type Brush,
  FOLLOWS,
  type Follows,
  GRAINS,
  type Grain,
  LIMITS,
  MAX_FOLDS,
  MIN_FOLDS,
  MIRRORS,
  type Mirror,
  ROUND,
  TIPS,
} from "../doc/brush";
import { percent } from "../language/numbers";
import { Choice } from "../ui/Choice";
import { useDesk, useStudio } from "../ui/context";
import { activeTool } from "../ui/desk";
import { LabelledSlider } from "../ui/LabelledSlider";
import { useStore } from "../ui/store";
import { BrushPreview } from "./BrushPreview";

const useBox = <S,>(select: (box: Box) => S): S => useStore(useStudio().brushes.now, select);
const usePenEnd = (): PenEnd => useDesk((d) => (activeTool(d) === "eraser" ? "eraser" : "brush"));

const MIRROR_NAMES: Readonly<Record<Mirror, MessageDescriptor>> = {
  off: msg`Off`,
  vertical: msg`Left and right`,
  horizontal: msg`Top and bottom`,
  both: msg`Both`,
  radial: msg`Around a point`,
};
const GRAIN_NAMES: Readonly<Record<Grain, MessageDescriptor>> = {
  none: msg`None`,
  paper: msg`Paper`,
  canvas: msg`Canvas`,
  coarse: msg`Coarse`,
};
const FOLLOW_NAMES: Readonly<Record<Follows, MessageDescriptor>> = {
  nothing: msg`Nothing`,
  way: msg`The stroke`,
  tilt: msg`The pen`,
};
const TIP_NAMES: Readonly<Record<Brush["tip"], MessageDescriptor>> = {
  round: msg`Round`,
  flat: msg`Flat`,
  rough: msg`Rough`,
  bristle: msg`Bristle`,
  spray: msg`Spray`,
};

/** The brushes, each by a stroke of its own, and what one can change about the one in hand: the eraser has one too. */
export function BrushPicker() {
  const { brushes, desk } = useStudio();
  const end = usePenEnd();
  const chosen = useBox((box) => heldAt(box, end).chosen);
  const own = useBox((box) => box.own);
  const smoothing = useBox((box) => box.smoothing);
  const { mirror, folds } = useBox((box) => box.symmetry);
  const brush = useBox((box) => heldAt(box, end).brush);
  const take = (id: string) => {
    brushes.take(id, end);
    desk.set({ tool: end });
  };
  return (
    <>
      {end === "eraser" && <p className="mt-1 text-small text-soft">{t`What the eraser erases with`}</p>}
      <fieldset
        aria-label={end === "eraser" ? t`Erasers` : t`Brushes`}
        className="mt-1 grid grid-cols-3 gap-1"
      >
        {[...PRESETS, ...own].map((preset) => (
          <BrushButton
            key={preset.id}
            preset={preset}
            active={preset.id === chosen}
            brush={preset.id === chosen ? brush : preset.brush}
            onTake={() => take(preset.id)}
          />
        ))}
      </fieldset>
      <LabelledSlider
        label={t`Steady hand`}
        value={smoothing}
        low={0}
        high={1}
        step={0.01}
        fallback={0}
        format={(value) => (value === 0 ? t`Off` : percent(value))}
        onChange={(value) => brushes.now.set({ smoothing: value })}
      />
      <Choice
        label={t`Mirror`}
        value={mirror}
        options={MIRRORS.map((name) => [name, i18n._(MIRROR_NAMES[name])] as const)}
        onPick={(value) => brushes.mirror({ mirror: value as Mirror })}
      />
      {mirror === "radial" && (
        <LabelledSlider
          label={t`Times around`}
          value={folds}
          low={MIN_FOLDS}
          high={MAX_FOLDS}
          step={1}
          fallback={NO_SYMMETRY.folds}
          onChange={(value) => brushes.mirror({ folds: value })}
        />
      )}
      {brush !== null && (
        <Adjust brush={brush} end={end} mine={own.find(({ id }) => id === chosen) ?? null} />
      )}
    </>
  );
}

interface BrushButtonProps {
  readonly preset: Preset;
  readonly active: boolean;
  /** As it is in hand. */
  readonly brush: Brush | null;
  readonly onTake: () => void;
}

function BrushButton({ preset, active, brush, onTake }: BrushButtonProps) {
  return (
    <button
      type="button"
      aria-pressed={active}
      onClick={onTake}
      className={`flex min-w-0 cursor-pointer flex-col rounded-lg px-1 pt-0.5 pb-1 ${active ? "bg-veil/14 text-ink outline-2 outline-accent" : "text-soft hover:bg-veil/8 hover:text-ink"}`}
    >
      <BrushPreview brush={brush} />
      <span className="w-full truncate text-center text-small">{brushName(preset)}</span>
    </button>
  );
}

interface AdjustProps {
  readonly brush: Brush;
  readonly end: PenEnd;
  /** Null: it is not one of one's own. */
  readonly mine: Preset | null;
}

/** Kept out of the way until it is wanted. */
function Adjust({ brush, end, mine }: AdjustProps) {
  const { brushes } = useStudio();
  const chosen = useBox((box) => heldAt(box, end).chosen);
  const made = brushes.all.find(({ id }) => id === chosen)?.brush ?? ROUND;
  const dial = (label: string, name: keyof typeof LIMITS, format = percent) => (
    <LabelledSlider
      label={label}
      value={brush[name]}
      low={LIMITS[name][0]}
      high={LIMITS[name][1]}
      step={name === "angle" ? 1 : 0.01}
      fallback={made[name]}
      format={format}
      onChange={(value) => brushes.adjust({ [name]: value }, end)}
    />
  );
  const check = (label: string, name: "buildUp") => (
    <label className="flex cursor-pointer items-center justify-between text-soft pointer-coarse:h-11">
      {label}
      <input
        type="checkbox"
        checked={brush[name]}
        onChange={(event) => brushes.adjust({ [name]: event.target.checked }, end)}
        className="size-4 accent-accent"
      />
    </label>
  );
  return (
    <details className="group/adjust">
      <summary className="-mx-1 flex h-8 cursor-pointer list-none items-center gap-1 rounded-lg px-1 text-soft hover:text-ink pointer-coarse:h-11">
        <ChevronRight size={15} aria-hidden className="group-open/adjust:rotate-90" />
        {t`Adjust this brush`}
      </summary>
      <div className="flex flex-col gap-2 pt-1">
        {dial(t`Flow`, "flow")}
        {check(t`Builds up where it meets itself`, "buildUp")}
        {dial(t`Hardness`, "hardness")}
        {dial(t`Spacing`, "spacing")}
        {dial(t`Scatter`, "scatter")}
        <Choice
          label={t`Tip`}
          value={brush.tip}
          options={TIPS.map((name) => [name, i18n._(TIP_NAMES[name])] as const)}
          onPick={(value) => brushes.adjust({ tip: value as Brush["tip"] }, end)}
        />
        {dial(t`Roundness`, "roundness")}
        {dial(t`Angle`, "angle", (value) => `${value}°`)}
        <Choice
          label={t`Turns with`}
          value={brush.follows}
          options={FOLLOWS.map((name) => [name, i18n._(FOLLOW_NAMES[name])] as const)}
          onPick={(value) => brushes.adjust({ follows: value as Follows }, end)}
        />
        <Choice
          label={t`Grain`}
          value={brush.grain}
          options={GRAINS.map((name) => [name, i18n._(GRAIN_NAMES[name])] as const)}
          onPick={(value) => brushes.adjust({ grain: value as Grain }, end)}
        />
        {brush.grain !== "none" && dial(t`Depth of the grain`, "depth")}
        {dial(t`Pressure on size`, "pressureSize")}
        {dial(t`Pressure on flow`, "pressureFlow")}
        {dial(t`Tilt on width`, "tiltSize")}
        <Keep end={end} />
        {mine !== null && (
          <button
            type="button"
            onClick={() => brushes.remove(mine.id)}
            className="flex h-8 cursor-pointer items-center gap-2 rounded-lg px-2 text-soft hover:bg-veil/10 hover:text-ink pointer-coarse:h-11"
          >
            <Trash2 size={15} aria-hidden />
            <span className="truncate">{t`Remove ${{ name: brushName(mine) }}`}</span>
          </button>
        )}
      </div>
    </details>
  );
}

/** The brush as it is now, under a name, among one's own. */
function Keep({ end }: { readonly end: PenEnd }) {
  const { brushes } = useStudio();
  const [name, setName] = useState("");
  return (
    <form
      className="flex gap-1"
      onSubmit={(event) => {
        event.preventDefault();
        brushes.keep(name, end);
        setName("");
      }}
    >
      <input
        aria-label={t`Name of your brush`}
        placeholder={t`Name`}
        value={name}
        maxLength={MAX_BRUSH_NAME_CHARS}
        onChange={(event) => setName(event.target.value)}
        className="h-8 min-w-0 flex-1 rounded-lg bg-veil/8 px-2.5 text-ink outline-none placeholder:text-faint focus-visible:ring-2 focus-visible:ring-accent pointer-coarse:h-11"
      />
      <button
        type="submit"
        className="flex h-8 shrink-0 cursor-pointer items-center gap-1.5 rounded-lg bg-veil/12 px-3 text-ink hover:bg-veil/20 pointer-coarse:h-11"
      >
        <Plus size={15} aria-hidden />
        {t`Keep it as mine`}
      </button>
    </form>
  );
}
