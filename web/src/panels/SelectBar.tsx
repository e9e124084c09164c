import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg, t } from "@lingui/core/macro";
import {
  Contrast,
  CopyPlus,
  Highlighter,
  Lasso,
  type LucideIcon,
  Scissors,
  SquareDashed,
  SquareMinus,
  SquarePlus,
  SquareX,
  Trash2,
  WandSparkles,
} from "lucide-react";
import { Slider } from "radix-ui";
import { useDesk, useSelection, useSheet, useStudio } from "../ui/context";
import { DEFAULT_TOLERANCE, isSelectTool, type SelectTool } from "../ui/desk";
import { takeSelectTool } from "../ui/desk-commands";
import { IconButton } from "../ui/IconButton";
import { Tip } from "../ui/Tip";

const TOOLS: readonly (readonly [SelectTool, LucideIcon, MessageDescriptor, string])[] = [
  ["select-rect", SquareDashed, msg`Rectangle`, "select"],
  ["lasso", Lasso, msg`Lasso`, "select"],
  ["wand", WandSparkles, msg`Magic wand: by colour, or by what is seen`, "wand"],
];
const THINGS: readonly (readonly [boolean, MessageDescriptor, MessageDescriptor])[] = [
  [false, msg`Colour`, msg`What has the colour under the press`],
  [true, msg`Thing`, msg`What is seen in the render under the press: sky, water, a tree`],
];
const MAX_TOLERANCE = 128;
const RULE = "mx-1 h-5 w-px shrink-0 bg-line";

export const useSelectBar = (): boolean => useDesk((d) => isSelectTool(d.tool));

/** While a selection tool is in hand: which one, how it takes, and what can be done with what is selected. */
export function SelectBar({ stacked }: { readonly stacked: boolean }) {
  const { desk, selecting, clipboard } = useStudio();
  const tool = useDesk((d) => d.tool);
  const combine = useDesk((d) => d.combine);
  const some = useSelection((s) => s.selection !== null);
  const masks = useSheet((s) => s.card?.masks === true);
  const box = stacked
    ? "flex h-14 w-full min-w-0 items-center gap-0.5 overflow-x-auto px-2 [scrollbar-width:none]"
    : "float appear pointer-events-auto flex min-w-0 max-w-full flex-wrap items-center justify-center gap-0.5 p-1.5";
  return (
    <fieldset aria-label={t`Selection`} className={box}>
      {TOOLS.map(([name, icon, label, shortcut]) => (
        <IconButton
          key={name}
          icon={icon}
          label={i18n._(label)}
          shortcut={shortcut}
          side="top"
          active={tool === name}
          onClick={() => takeSelectTool(desk, name)}
        />
      ))}
      <span className={RULE} />
      <IconButton
        icon={SquarePlus}
        label={t`Add to what is selected (or hold Shift)`}
        side="top"
        active={combine === "add"}
        onClick={() => desk.set({ combine: combine === "add" ? "replace" : "add" })}
      />
      <IconButton
        icon={SquareMinus}
        label={t`Take away from it (or hold Alt)`}
        side="top"
        active={combine === "subtract"}
        onClick={() => desk.set({ combine: combine === "subtract" ? "replace" : "subtract" })}
      />
      {tool === "wand" && <Wand />}
      <span className={RULE} />
      <IconButton
        icon={Contrast}
        label={t`Select the rest instead`}
        shortcut="select-inverse"
        side="top"
        onClick={() => selecting.invert()}
      />
      <IconButton
        icon={SquareX}
        label={t`Select nothing`}
        shortcut="select-none"
        side="top"
        disabled={!some}
        onClick={() => selecting.none()}
      />
      <span className={RULE} />
      <IconButton
        icon={CopyPlus}
        label={t`Copy`}
        shortcut="copy"
        side="top"
        onClick={() => void clipboard.copy(false)}
      />
      <IconButton
        icon={Scissors}
        label={t`Cut`}
        shortcut="cut"
        side="top"
        disabled={!some}
        onClick={() => void clipboard.cut()}
      />
      <IconButton
        icon={Trash2}
        label={t`Delete what is selected`}
        shortcut="delete-selected"
        side="top"
        disabled={!some}
        onClick={() => void selecting.erase()}
      />
      {masks && (
        <IconButton
          icon={Highlighter}
          label={t`Render only what is selected`}
          shortcut="select-to-mask"
          side="top"
          disabled={!some}
          onClick={() => selecting.toMask()}
        />
      )}
    </fieldset>
  );
}

function Wand() {
  const { desk } = useStudio();
  const contiguous = useDesk((d) => d.wandContiguous);
  const shown = useDesk((d) => d.wandShown);
  const labels = useSheet((s) => s.card?.labels === true);
  const things = useDesk((d) => d.wandThings) && labels;
  return (
    <>
      <span className={RULE} />
      {labels && (
        <fieldset aria-label={t`The wand takes`} className="flex shrink-0 gap-0.5 rounded-lg bg-veil/8 p-0.5">
          {THINGS.map(([wandThings, label, about]) => (
            <Tip key={label.id} label={i18n._(about)} side="top">
              <button
                type="button"
                aria-pressed={things === wandThings}
                onClick={() => desk.set({ wandThings })}
                className={`h-7 cursor-pointer rounded-md px-2.5 text-small pointer-coarse:h-10 ${things === wandThings ? "bg-veil/16 text-ink" : "text-soft hover:text-ink"}`}
              >
                {i18n._(label)}
              </button>
            </Tip>
          ))}
        </fieldset>
      )}
      {!things && <Tolerance />}
      <Check
        label={t`Joined`}
        checked={contiguous}
        onChange={(wandContiguous) => desk.set({ wandContiguous })}
      />
      {!things && (
        <>
          <Check label={t`All layers`} checked={shown} onChange={(wandShown) => desk.set({ wandShown })} />
          <ColourInHand />
        </>
      )}
    </>
  );
}

/** All of the colour in hand at once. */
function ColourInHand() {
  const { selecting } = useStudio();
  const color = useDesk((d) => d.color);
  return (
    <Tip label={t`Select the colour in hand, wherever it is drawn`} side="top">
      <button
        type="button"
        aria-label={t`Select the colour in hand, wherever it is drawn`}
        onClick={() => selecting.byColor()}
        className="grid size-8 shrink-0 cursor-pointer place-items-center rounded-lg hover:bg-veil/10 pointer-coarse:size-11"
      >
        <span
          aria-hidden
          className="size-4 rounded-[5px] ring-1 ring-veil/40 ring-offset-2 ring-offset-surface"
          style={{ background: color }}
        />
      </button>
    </Tip>
  );
}

function Tolerance() {
  const { desk } = useStudio();
  const tolerance = useDesk((d) => d.wandTolerance);
  return (
    <div className="flex h-8 shrink-0 items-center gap-2.5 px-1.5 text-soft pointer-coarse:h-11">
      <Slider.Root
        className="group relative flex h-full w-16 cursor-pointer touch-none items-center"
        value={[tolerance]}
        max={MAX_TOLERANCE}
        onValueChange={([wandTolerance = tolerance]) => desk.set({ wandTolerance })}
        onDoubleClick={() => desk.set({ wandTolerance: DEFAULT_TOLERANCE })}
      >
        <Slider.Track className="relative h-1 grow rounded-full bg-veil/15">
          <Slider.Range className="absolute h-full rounded-full bg-soft group-hover:bg-ink" />
        </Slider.Track>
        <Slider.Thumb
          aria-label={t`Tolerance`}
          className="block size-3.5 rounded-full bg-ink shadow transition-transform duration-75 hover:scale-110 pointer-coarse:size-6"
        />
      </Slider.Root>
      <span aria-hidden className="figures w-9 text-right text-ink">
        ±{tolerance}
      </span>
    </div>
  );
}

function Check(props: {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}) {
  return (
    <label className="flex h-8 shrink-0 cursor-pointer items-center gap-1.5 px-1.5 text-soft pointer-coarse:h-11">
      <input
        type="checkbox"
        checked={props.checked}
        onChange={(event) => props.onChange(event.target.checked)}
        className="size-4 accent-accent"
      />
      {props.label}
    </label>
  );
}
