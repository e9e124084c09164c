import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg, t } from "@lingui/core/macro";
import { ArrowUpRight, Circle, Hexagon, type LucideIcon, Slash, Square } from "lucide-react";
import { Popover } from "radix-ui";
import { useRef } from "react";
import { SHAPE_NAMES } from "../canvas/shape-gesture";
import type { LayerPatch, ShapeLayer } from "../doc/layers";
import {
  isLine,
  MAX_LINE,
  MAX_SIDES,
  MIN_LINE,
  MIN_SIDES,
  SHAPE_STYLES,
  SHAPES,
  type ShapeName,
  type ShapeStyle,
} from "../doc/shapes";
import { useDesk, useStudio } from "../ui/context";
import { takeShape } from "../ui/desk-commands";
import { Figure } from "../ui/Figure";
import { IconButton } from "../ui/IconButton";
import { HexField } from "./Colours";
import { ColourWheel } from "./ColourWheel";

export const SHAPE_ICONS: Readonly<Record<ShapeName, LucideIcon>> = {
  rect: Square,
  ellipse: Circle,
  polygon: Hexagon,
  line: Slash,
  arrow: ArrowUpRight,
};
const STYLES: Readonly<Record<ShapeStyle, MessageDescriptor>> = {
  filled: msg`Filled`,
  outlined: msg`Outlined`,
  both: msg`Both`,
};
const between = (low: number, value: number, high: number) =>
  Math.round(Math.min(high, Math.max(low, value)));

/** While a shape is in hand: which one, what is painted of it, and whether it stays a shape. */
export function ShapeTools({ shape }: { readonly shape: ShapeName }) {
  const { desk } = useStudio();
  const style = useDesk((d) => d.shapeStyle);
  const sides = useDesk((d) => d.polygonSides);
  const layers = useDesk((d) => d.shapeLayers);
  return (
    <>
      {SHAPES.map((name) => (
        <IconButton
          key={name}
          icon={SHAPE_ICONS[name]}
          label={i18n._(SHAPE_NAMES[name])}
          shortcut="shapes"
          side="top"
          active={name === shape}
          onClick={() => takeShape(desk, name)}
        />
      ))}
      <span className="mx-1 h-5 w-px shrink-0 bg-line" />
      {!isLine(shape) && (
        <select
          aria-label={t`Fill and outline`}
          value={style}
          onChange={(event) => desk.set({ shapeStyle: event.target.value as ShapeStyle })}
          className="h-8 shrink-0 rounded-lg bg-raised px-2 text-ink pointer-coarse:h-11"
        >
          {SHAPE_STYLES.map((name) => (
            <option key={name} value={name}>
              {i18n._(STYLES[name])}
            </option>
          ))}
        </select>
      )}
      {shape === "polygon" && (
        <Figure
          label={t`Sides`}
          unit=""
          value={sides}
          onPick={(value) => desk.set({ polygonSides: between(MIN_SIDES, value, MAX_SIDES) })}
        />
      )}
      <label className="flex h-8 shrink-0 cursor-pointer items-center gap-2 px-2 text-soft hover:text-ink pointer-coarse:h-11">
        <input
          type="checkbox"
          checked={layers}
          onChange={(event) => desk.set({ shapeLayers: event.target.checked })}
          className="size-4 accent-accent"
        />
        {t`Stays editable`}
      </label>
    </>
  );
}

/** While a shape layer is held: its colours, its line, its corners. */
export function ShapeFields({ layer }: { readonly layer: ShapeLayer }) {
  const { layering } = useStudio();
  const change = (patch: LayerPatch, gesture = "") => {
    if (!layering.refuse(layer)) layering.change(layer.id, patch, gesture);
  };
  const line = isLine(layer.shape);
  return (
    <>
      {!line && (
        <Paint label={t`Fill`} color={layer.fill} onPick={(fill, gesture) => change({ fill }, gesture)} />
      )}
      <Paint
        label={line ? t`Colour` : t`Outline`}
        color={layer.stroke}
        // Something of it has to be seen.
        needed={line || layer.fill === ""}
        onPick={(stroke, gesture) => change({ stroke }, gesture)}
      />
      {layer.stroke !== "" && (
        <Figure
          label={t`Width`}
          unit=""
          value={layer.line}
          onPick={(value) => change({ line: between(MIN_LINE, value, MAX_LINE) })}
        />
      )}
      {layer.shape === "polygon" && (
        <Figure
          label={t`Sides`}
          unit=""
          value={layer.sides}
          onPick={(value) => change({ sides: between(MIN_SIDES, value, MAX_SIDES) })}
        />
      )}
    </>
  );
}

interface PaintProps {
  readonly label: string;
  /** "": none. */
  readonly color: string;
  readonly needed?: boolean;
  readonly onPick: (color: string, gesture: string) => void;
}

function Paint({ label, color, needed = false, onPick }: PaintProps) {
  const inHand = useDesk((d) => d.color);
  const opened = useRef(0);
  const gesture = (of: string) => `shape:${label}:${opened.current}:${of}`;
  return (
    <Popover.Root onOpenChange={(open) => open && opened.current++}>
      <Popover.Trigger
        aria-label={`${label}: ${color || t`none`}`}
        className="flex h-8 shrink-0 cursor-pointer items-center gap-2 rounded-lg px-2 text-soft hover:bg-veil/10 hover:text-ink pointer-coarse:h-11"
      >
        {label}
        <span
          className={`size-4 rounded-[5px] ring-1 ring-veil/25 ring-inset ${color === "" ? "no-colour" : ""}`}
          style={color === "" ? undefined : { background: color }}
        />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          side="top"
          sideOffset={12}
          collisionPadding={8}
          className="float appear popover z-40 flex w-60 flex-col gap-3 p-4"
        >
          <ColourWheel color={color || inHand} onPick={(hex, of) => onPick(hex, gesture(of))} />
          <div className="flex items-center gap-2">
            <HexField color={color || inHand} onPick={(hex) => onPick(hex, gesture("hex"))} />
            <button
              type="button"
              onClick={() => onPick(inHand, "")}
              className="flex h-8 shrink-0 cursor-pointer items-center gap-2 rounded-lg bg-veil/8 px-2 text-soft hover:bg-veil/16 hover:text-ink pointer-coarse:h-11"
            >
              <span
                className="size-4 rounded-[5px] ring-1 ring-veil/25 ring-inset"
                style={{ background: inHand }}
              />
              {t`In hand`}
            </button>
          </div>
          {!needed && (
            <button
              type="button"
              aria-pressed={color === ""}
              onClick={() => onPick("", "")}
              className="flex h-8 cursor-pointer items-center gap-2 rounded-lg bg-veil/8 px-2 text-soft hover:bg-veil/16 hover:text-ink pointer-coarse:h-11"
            >
              <span className="no-colour size-4 rounded-[5px] ring-1 ring-veil/25 ring-inset" />
              {t`None`}
            </button>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
