import {
  Brush,
  Circle,
  Eraser,
  Hand,
  Highlighter,
  LassoSelect,
  type LucideIcon,
  PaintBucket,
  Pipette,
  Slash,
  Square,
} from "lucide-react";
import { useDesk, useSheet, useStudio } from "../ui/context";
import { activeTool, type Tool } from "../ui/desk";
import { IconButton } from "../ui/IconButton";
import { BrushDials } from "./BrushDials";
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
  { tool: "eyedropper", icon: Pipette, label: "Eyedropper", shortcut: "eyedropper" },
  { tool: "mask", icon: Highlighter, label: "Mask: render only here", shortcut: "mask" },
  { tool: "hand", icon: Hand, label: "Move the view", shortcut: "hand" },
];

/** The tools at the left edge; on a phone a strip within the thumb's reach. */
export function ToolRail({ stacked }: { readonly stacked: boolean }) {
  const { desk } = useStudio();
  const active = useDesk(activeTool);
  const masks = useSheet((s) => s.card?.masks === true);
  const buttons = TOOLS.filter(({ tool }) => masks || tool !== "mask").map(
    ({ tool, icon, label, shortcut }) => (
      <IconButton
        key={tool}
        icon={icon}
        label={label}
        shortcut={shortcut}
        active={active === tool}
        side={stacked ? "top" : "right"}
        onClick={() => desk.set({ tool })}
      />
    ),
  );
  if (stacked)
    return (
      <div
        role="toolbar"
        aria-label="Tools"
        className="flex h-14 items-center gap-1 overflow-x-auto px-2 [scrollbar-width:none]"
      >
        <ColourWell side="top" />
        <BrushDials side="top" />
        <span className="mx-1 h-6 w-px shrink-0 bg-line" />
        {buttons}
      </div>
    );
  return (
    <div className="pointer-events-none absolute top-10 bottom-0 left-3 z-20 flex flex-col justify-center py-3">
      <div
        role="toolbar"
        aria-label="Tools"
        aria-orientation="vertical"
        className="float pointer-events-auto flex max-h-full flex-col items-center gap-0.5 overflow-y-auto p-1.5 [scrollbar-width:none]"
      >
        {buttons}
        <span className="my-1.5 h-px w-7 shrink-0 bg-line" />
        <BrushDials side="right" />
        <span className="my-1.5 h-px w-7 shrink-0 bg-line" />
        <ColourWell side="right" />
        <MaterialGrid />
      </div>
    </div>
  );
}
