import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg, plural, t } from "@lingui/core/macro";
import {
  AlignCenterHorizontal,
  AlignCenterVertical,
  AlignEndHorizontal,
  AlignEndVertical,
  AlignStartHorizontal,
  AlignStartVertical,
  CaretsToAxisDashedHorizontal,
  CaretsToAxisDashedVertical,
  Check,
  Crop,
  FolderMinus,
  FolderPlus,
  Images,
  type LucideIcon,
  RotateCcw,
} from "lucide-react";
import { Popover } from "radix-ui";
import { type Alignment, scaledBy, turnedTo } from "../canvas/transform";
import { isFramed, type Layer, MAX_TEXT_SIZE, MIN_TEXT_SIZE } from "../doc/layers";
import { SHAPES } from "../doc/shapes";
import { useDesk, useSheet, useStudio } from "../ui/context";
import type { Tool } from "../ui/desk";
import { Figure } from "../ui/Figure";
import { IconButton } from "../ui/IconButton";
import { Tip } from "../ui/Tip";
import { ShapeFields, ShapeTools } from "./ShapeBar";

type What = "moving" | "writing" | "shaping";

/** What the bar is about: the layer that the move tool holds, the text that is written, the shape in hand, or nothing. */
export function useLayerBar(): What | null {
  const tool = useDesk((d) => d.tool);
  const writing = useDesk((d) => d.editing !== null);
  const held = useSheet(
    (s) => s.layer !== null && s.layers.some(({ id, visible }) => id === s.layer && visible),
  );
  if (writing) return "writing";
  if (shapeIn(tool) !== null) return "shaping";
  return tool === "move" && held ? "moving" : null;
}

const shapeIn = (tool: Tool) => SHAPES.find((shape) => shape === tool) ?? null;
const TITLES: Readonly<Record<What, MessageDescriptor>> = {
  moving: msg`Move the layer`,
  writing: msg`Text`,
  shaping: msg`Shape`,
};

/** While a layer is moved: its figures, and what turns it around. While a text is written: its size. */
export function LayerBar({ stacked }: { readonly stacked: boolean }) {
  const shown = useLayerBar();
  const layer = useSheet((s) => s.layers.find(({ id }) => id === s.layer) ?? null);
  const shape = useDesk((d) => shapeIn(d.tool));
  const several = useDesk((d) => d.picked.length > 0);
  if (shown === null || (layer === null && shown !== "shaping")) return null;
  const many = several || layer?.kind === "group";
  const box = stacked
    ? "flex h-14 w-full min-w-0 items-center gap-1 overflow-x-auto px-2 [scrollbar-width:none]"
    : "float appear pointer-events-auto flex min-w-0 max-w-full flex-wrap items-center justify-center gap-1 p-1.5";
  return (
    <fieldset aria-label={i18n._(TITLES[shown])} className={box}>
      {shown === "writing" && <Writing stacked={stacked} />}
      {shown === "shaping" && shape !== null && <ShapeTools shape={shape} />}
      {shown === "moving" && many && <MovingMany />}
      {shown === "moving" && !many && layer !== null && <Moving layer={layer} stacked={stacked} />}
    </fieldset>
  );
}

const ALIGNMENTS: readonly (readonly [Alignment, LucideIcon, MessageDescriptor])[] = [
  ["left", AlignStartVertical, msg`Left edges`],
  ["centre", AlignCenterVertical, msg`Centres, left to right`],
  ["right", AlignEndVertical, msg`Right edges`],
  ["top", AlignStartHorizontal, msg`Upper edges`],
  ["middle", AlignCenterHorizontal, msg`Centres, top to bottom`],
  ["bottom", AlignEndHorizontal, msg`Lower edges`],
];

/** One layer to the canvas, several to each other. */
function Align() {
  const { layering } = useStudio();
  const several = useDesk((d) => d.picked.length > 0);
  const label = several ? t`Align them to each other` : t`Align to the canvas`;
  return (
    <Popover.Root>
      <Tip label={label} side="top">
        <Popover.Trigger
          aria-label={label}
          className="grid size-8 shrink-0 cursor-pointer place-items-center rounded-lg text-soft hover:bg-veil/10 hover:text-ink pointer-coarse:size-11"
        >
          <AlignCenterVertical size={17} strokeWidth={1.75} aria-hidden />
        </Popover.Trigger>
      </Tip>
      <Popover.Portal>
        <Popover.Content
          side="top"
          sideOffset={14}
          collisionPadding={8}
          aria-label={label}
          className="float appear popover z-40 flex gap-0.5 p-1.5"
        >
          {ALIGNMENTS.map(([to, icon, name]) => (
            <IconButton
              key={to}
              icon={icon}
              label={i18n._(name)}
              side="top"
              onClick={() => layering.align(to)}
            />
          ))}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** What one layer and several are turned and laid by. */
function Place() {
  const { layering } = useStudio();
  return (
    <>
      <IconButton
        icon={CaretsToAxisDashedVertical}
        label={t`Flip left and right`}
        side="top"
        onClick={() => layering.flip("x")}
      />
      <IconButton
        icon={CaretsToAxisDashedHorizontal}
        label={t`Flip top and bottom`}
        side="top"
        onClick={() => layering.flip("y")}
      />
      <Align />
    </>
  );
}

/** Layers and groups that move together. */
function MovingMany() {
  const { layering } = useStudio();
  const picked = useDesk((d) => d.picked.length);
  const count = picked + 1;
  const group = useSheet((s) => s.layers.find(({ id }) => id === s.layer)?.kind === "group");
  return (
    <>
      <span className="px-2 text-soft">
        {picked > 0 ? plural(count, { one: "# picked", other: "# picked" }) : t`Group`}
      </span>
      <Place />
      {picked > 0 && (
        <IconButton
          icon={FolderPlus}
          label={t`Group them`}
          shortcut="group-layers"
          side="top"
          onClick={() => layering.group()}
        />
      )}
      {group && (
        <IconButton
          icon={FolderMinus}
          label={t`Ungroup`}
          shortcut="ungroup-layers"
          side="top"
          onClick={() => layering.ungroup()}
        />
      )}
    </>
  );
}

function Moving({ layer, stacked }: { readonly layer: Layer; readonly stacked: boolean }) {
  const { layering, pictures } = useStudio();
  const prompts = useSheet((s) => (s.card?.references ?? 0) > 0);
  const turned = ((layer.rotation % 360) + 360) % 360;
  const { x, y, scaleX, scaleY, rotation } = layer;
  const cropped = isFramed(layer) && layer.crop !== undefined;
  const cropping = useDesk((d) => d.cropping === layer.id);
  const rests = x === 0 && y === 0 && scaleX === 1 && scaleY === 1 && rotation === 0 && !cropped;
  return (
    <>
      <Figure
        label={t`Size`}
        brief={stacked}
        unit="%"
        value={Math.abs(layer.scaleX) * 100}
        onPick={(percent) =>
          percent > 0 && layering.transform((grip) => scaledBy(grip, percent / 100 / Math.abs(layer.scaleX)))
        }
      />
      <Figure
        label={t`Turn`}
        brief={stacked}
        unit="°"
        value={turned > 180 ? turned - 360 : turned}
        onPick={(degrees) => layering.transform((grip) => turnedTo(grip, degrees))}
      />
      <Place />
      {layer.kind !== "shape" && (
        <IconButton
          icon={RotateCcw}
          label={t`Back to how it was made`}
          side="top"
          disabled={rests || layer.locked}
          onClick={() => layering.rest()}
        />
      )}
      {isFramed(layer) && (
        <IconButton
          icon={Crop}
          label={t`Crop the picture`}
          shortcut="crop"
          side="top"
          active={cropping}
          onClick={() => layering.crop()}
        />
      )}
      {layer.kind === "shape" && <ShapeFields layer={layer} />}
      {layer.kind === "image" && prompts && (
        <IconButton
          icon={Images}
          label={t`Use this picture as a prompt too`}
          side="top"
          onClick={() => void pictures.addLayer(layer)}
        />
      )}
    </>
  );
}

function Writing({ stacked }: { readonly stacked: boolean }) {
  const { layering, desk } = useStudio();
  const size = useDesk((d) => d.textSize);
  return (
    <>
      <Figure
        label={t`Size`}
        unit=""
        value={size}
        onPick={(wanted) => {
          const textSize = Math.min(MAX_TEXT_SIZE, Math.max(MIN_TEXT_SIZE, Math.round(wanted)));
          desk.set({ textSize });
          layering.write({ size: textSize });
        }}
      />
      <span
        className={`px-2 text-soft ${stacked ? "truncate" : ""}`}
      >{t`Its colour is the one in hand`}</span>
      <button
        type="button"
        onClick={() => layering.endWriting()}
        className="ml-auto flex h-8 shrink-0 cursor-pointer items-center gap-1.5 rounded-lg bg-veil/12 px-3 text-ink hover:bg-veil/20 pointer-coarse:h-11"
      >
        <Check size={15} aria-hidden />
        {t`Done`}
      </button>
    </>
  );
}
