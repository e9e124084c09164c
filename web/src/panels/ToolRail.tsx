import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg, t } from "@lingui/core/macro";
import {
  Brush,
  Eraser,
  Hand,
  Highlighter,
  Lasso,
  LassoSelect,
  type LucideIcon,
  Move,
  PaintBucket,
  Pipette,
  SquareDashed,
  Type,
  WandSparkles,
} from "lucide-react";
import { useCanEdit, useDesk, useSheet, useStudio, useVideo } from "../ui/context";
import { activeTool, type SelectTool, type Tool } from "../ui/desk";
import { IconButton } from "../ui/IconButton";
import { BrushDials } from "./BrushDials";
import { ClearButton } from "./ClearButton";
import { ColourWell, MaterialGrid } from "./Colours";
import { SHAPE_ICONS } from "./ShapeBar";

interface ToolButton {
  readonly tool: Tool;
  readonly icon: LucideIcon;
  readonly label: MessageDescriptor;
  readonly shortcut: string;
}

const TOOLS: readonly ToolButton[] = [
  { tool: "brush", icon: Brush, label: msg`Brush`, shortcut: "brush" },
  { tool: "area", icon: LassoSelect, label: msg`Area: fill what you outline`, shortcut: "area" },
  { tool: "fill", icon: PaintBucket, label: msg`Fill`, shortcut: "fill" },
  { tool: "eraser", icon: Eraser, label: msg`Eraser`, shortcut: "eraser" },
  { tool: "text", icon: Type, label: msg`Text`, shortcut: "text" },
  { tool: "move", icon: Move, label: msg`Move, scale and turn the layer`, shortcut: "move" },
  { tool: "eyedropper", icon: Pipette, label: msg`Eyedropper`, shortcut: "eyedropper" },
  { tool: "mask", icon: Highlighter, label: msg`Mask: render only here`, shortcut: "mask" },
  { tool: "hand", icon: Hand, label: msg`Move the view`, shortcut: "hand" },
];

/** The shapes have one button, and so have the selection tools: both before the eraser. */
const AFTER_FILL = TOOLS.findIndex(({ tool }) => tool === "eraser");

const WAY: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

/** Arrow keys walk a toolbar. What it opens has keys of its own. */
function walk(event: React.KeyboardEvent<HTMLElement>): void {
  const way = WAY[event.key];
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const at = buttons.indexOf(event.target as HTMLButtonElement);
  if (way === undefined || at < 0) return;
  event.preventDefault();
  buttons.at((at + way) % buttons.length)?.focus();
}

const SELECTS: Readonly<Record<SelectTool, LucideIcon>> = {
  "select-rect": SquareDashed,
  lasso: Lasso,
  wand: WandSparkles,
};

const Rule = () => <span className="rail-rule my-1.5 h-px w-7 shrink-0 bg-line" />;

/** The tools at the left edge; on a phone a strip within the thumb's reach. */
export function ToolRail({ stacked }: { readonly stacked: boolean }) {
  const { desk } = useStudio();
  const active = useDesk(activeTool);
  const masks = useSheet((s) => s.card?.masks === true);
  // A camera or a clip is shown where one draws.
  const moving = useVideo((v) => v.input.element !== null);
  const canEdit = useCanEdit();
  const idle = moving || !canEdit;
  const selectTool = useDesk((d) => d.selectTool);
  const select: ToolButton = {
    tool: selectTool,
    icon: SELECTS[selectTool],
    label: msg`Select a part`,
    shortcut: selectTool === "wand" ? "wand" : "select",
  };
  const shape = useDesk((d) => d.shape);
  const shapes: ToolButton = {
    tool: shape,
    icon: SHAPE_ICONS[shape],
    label: msg`Draw a shape`,
    shortcut: "shapes",
  };
  const tools = [...TOOLS.slice(0, AFTER_FILL), shapes, select, ...TOOLS.slice(AFTER_FILL)];
  const buttons = tools
    .filter(({ tool }) => masks || tool !== "mask")
    .map(({ tool, icon, label, shortcut }) => (
      <IconButton
        key={shortcut}
        icon={icon}
        label={i18n._(label)}
        shortcut={shortcut}
        active={active === tool}
        side={stacked ? "top" : "right"}
        className="rail-tool"
        onClick={() => desk.set({ tool })}
      />
    ));
  if (stacked)
    return (
      <div
        role="toolbar"
        aria-label={t`Tools`}
        inert={idle}
        onKeyDown={walk}
        className="flex h-14 items-center gap-1 overflow-x-auto px-2 inert:opacity-35 [scrollbar-width:none]"
      >
        <ColourWell side="top" />
        <BrushDials side="top" />
        <span className="mx-1 h-6 w-px shrink-0 bg-line" />
        {buttons}
        <span className="mx-1 h-6 w-px shrink-0 bg-line" />
        <ClearButton side="top" />
      </div>
    );
  return (
    <div className="rail pointer-events-none absolute top-10 bottom-[var(--foot)] left-3 z-20 flex w-[58px] flex-col justify-center py-3 pointer-coarse:top-12">
      <div
        role="toolbar"
        aria-label={t`Tools`}
        inert={idle}
        onKeyDown={walk}
        aria-orientation="vertical"
        className="rail-bar float inert:opacity-35 pointer-events-auto flex max-h-full flex-col items-center gap-0.5 overflow-y-auto p-1.5 [scrollbar-width:none]"
      >
        <div className="rail-tools flex shrink-0 flex-col items-center gap-[inherit]">{buttons}</div>
        <Rule />
        <BrushDials side="right" />
        <Rule />
        <ColourWell side="right" />
        <MaterialGrid />
      </div>
    </div>
  );
}
