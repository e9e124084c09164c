import {
  Brush,
  Circle,
  Eraser,
  Hand,
  Highlighter,
  Lasso,
  LassoSelect,
  type LucideIcon,
  Move,
  PaintBucket,
  Pipette,
  Slash,
  Square,
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

interface ToolButton {
  readonly tool: Tool;
  readonly icon: LucideIcon;
  readonly label: string;
  readonly shortcut: string;
}

const TOOLS: readonly ToolButton[] = [
  { tool: "brush", icon: Brush, label: "Brush", shortcut: "brush" },
  { tool: "area", icon: LassoSelect, label: "Area: fill what you outline", shortcut: "area" },
  { tool: "fill", icon: PaintBucket, label: "Fill", shortcut: "fill" },
  { tool: "rect", icon: Square, label: "Rectangle", shortcut: "shapes" },
  { tool: "ellipse", icon: Circle, label: "Ellipse", shortcut: "shapes" },
  { tool: "line", icon: Slash, label: "Line", shortcut: "shapes" },
  { tool: "eraser", icon: Eraser, label: "Eraser", shortcut: "eraser" },
  { tool: "text", icon: Type, label: "Text", shortcut: "text" },
  { tool: "move", icon: Move, label: "Move, scale and turn the layer", shortcut: "move" },
  { tool: "eyedropper", icon: Pipette, label: "Eyedropper", shortcut: "eyedropper" },
  { tool: "mask", icon: Highlighter, label: "Mask: render only here", shortcut: "mask" },
  { tool: "hand", icon: Hand, label: "Move the view", shortcut: "hand" },
];

/** The one button of the selection tools stands before the eraser. */
const AFTER_SHAPES = TOOLS.findIndex(({ tool }) => tool === "eraser");

/** In a low window the buttons give way, so that no material is out of sight. */
const LOW =
  "[@media(min-height:790px)_and_(max-height:876px)_and_(pointer:fine)]:h-7 [@media(min-height:722px)_and_(max-height:789px)_and_(pointer:fine)]:h-6 [@media(max-height:721px)_and_(pointer:fine)]:h-[22px]";
const LOW_OVER_STRIP =
  "[@media(min-height:874px)_and_(max-height:960px)_and_(pointer:fine)]:h-7 [@media(min-height:806px)_and_(max-height:873px)_and_(pointer:fine)]:h-6 [@media(max-height:805px)_and_(pointer:fine)]:h-[22px]";
const RULE = "my-1.5 h-px w-7 shrink-0 bg-line [@media(max-height:789px)]:my-0.5";

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

/** The tools at the left edge; on a phone a strip within the thumb's reach. */
export function ToolRail({ stacked }: { readonly stacked: boolean }) {
  const { desk } = useStudio();
  const active = useDesk(activeTool);
  const masks = useSheet((s) => s.card?.masks === true);
  const overStrip = useDesk((d) => d.historyOpen);
  // A camera or a clip is shown where one draws.
  const moving = useVideo((v) => v.input.element !== null);
  const canEdit = useCanEdit();
  const idle = moving || !canEdit;
  const selectTool = useDesk((d) => d.selectTool);
  const select: ToolButton = {
    tool: selectTool,
    icon: SELECTS[selectTool],
    label: "Select a part",
    shortcut: selectTool === "wand" ? "wand" : "select",
  };
  const tools = [...TOOLS.slice(0, AFTER_SHAPES), select, ...TOOLS.slice(AFTER_SHAPES)];
  const buttons = tools
    .filter(({ tool }) => masks || tool !== "mask")
    .map(({ tool, icon, label, shortcut }) => (
      <IconButton
        key={tool}
        icon={icon}
        label={label}
        shortcut={shortcut}
        active={active === tool}
        side={stacked ? "top" : "right"}
        className={overStrip ? LOW_OVER_STRIP : LOW}
        onClick={() => desk.set({ tool })}
      />
    ));
  if (stacked)
    return (
      <div
        role="toolbar"
        aria-label="Tools"
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
    <div className="pointer-events-none absolute top-10 bottom-[var(--foot)] left-3 z-20 flex flex-col justify-center py-3">
      <div
        role="toolbar"
        aria-label="Tools"
        inert={idle}
        onKeyDown={walk}
        aria-orientation="vertical"
        className="float inert:opacity-35 pointer-events-auto flex max-h-full flex-col items-center gap-0.5 [@media(max-height:876px)]:gap-0 overflow-y-auto p-1.5 [scrollbar-width:none]"
      >
        {buttons}
        <span className={RULE} />
        <BrushDials side="right" />
        <span className={RULE} />
        <ColourWell side="right" />
        <MaterialGrid />
      </div>
    </div>
  );
}
