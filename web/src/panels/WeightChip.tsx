import { t } from "@lingui/core/macro";
import { X } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";
import { describeWeight, formatWeight, weightAfterDrag, weightAfterKey } from "../doc/prompts";
import { Tip } from "../ui/Tip";
import { WEIGHT_MAX, WEIGHT_MIN } from "../wire/shots";
import { KeyDiamond } from "./timeline/KeyDiamond";

interface Props {
  readonly id: string;
  readonly weight: number;
  /** What a screen reader calls it: "prompt", "picture prompt". */
  readonly kind: "prompt" | "picture";
  readonly name: string;
  /** Its inside is being edited: no drag. */
  readonly editing?: boolean;
  /** It has no effect now. */
  readonly dim?: boolean;
  /** Its row scrolls: a finger pulls the weight by its figure, and elsewhere the row. */
  readonly scrolls?: boolean;
  /** gesture: one name for all changes of one drag. */
  readonly onWeight: (weight: number, gesture: string) => void;
  readonly onRemove: () => void;
  /** What the timeline calls it. */
  readonly track: string;
  readonly children: ReactNode;
}

const DRAG_THRESHOLD_PX = 4;

/** Before a chip goes whose button has the focus: to the next one, the one before, or what adds another. */
function passFocus(from: HTMLElement): void {
  const chip = from.closest("li");
  const next =
    chip?.nextElementSibling ?? chip?.previousElementSibling ?? chip?.parentElement?.nextElementSibling;
  next?.querySelector<HTMLElement>("[role=slider], button")?.focus();
}

/** A chip whose weight is dragged on the chip itself: what text and picture prompts have in common. */
export function WeightChip(props: Props) {
  const { id, weight, kind, name, editing = false, dim = false, scrolls = false } = props;
  const { onWeight, onRemove, track, children } = props;
  const [dragging, setDragging] = useState(false);
  const press = useRef<{ x: number; weight: number; pointer: number } | null>(null);
  const gesture = useRef(0);
  const less = weight < 0;
  const named = name || (kind === "picture" ? t`picture prompt` : t`prompt`);
  const removal = kind === "picture" ? t`Remove picture prompt: ${named}` : t`Remove prompt: ${named}`;

  const down = (event: React.PointerEvent) => {
    if (editing || event.button !== 0) return;
    const onFigure = event.target instanceof Element && event.target.closest("[role=slider]") !== null;
    if (scrolls && event.pointerType === "touch" && !onFigure) return;
    press.current = { x: event.clientX, weight, pointer: event.pointerId };
    gesture.current += 1;
  };
  const move = (event: React.PointerEvent<HTMLElement>) => {
    const from = press.current;
    if (from === null) return;
    const dx = event.clientX - from.x;
    if (!dragging) {
      if (Math.abs(dx) < DRAG_THRESHOLD_PX) return;
      event.currentTarget.setPointerCapture(from.pointer);
      setDragging(true);
    }
    onWeight(weightAfterDrag(from.weight, dx, event.shiftKey), `weight:${id}:${gesture.current}`);
  };
  const up = () => {
    press.current = null;
    // The click that ends a drag must not open the text.
    if (dragging) setTimeout(() => setDragging(false));
  };

  return (
    <li
      data-testid="chip"
      className={`group relative isolate flex h-8 max-w-full shrink-0 items-center overflow-hidden rounded-lg border bg-veil/6 pointer-coarse:h-11 ${
        dragging ? "border-accent" : editing ? "border-veil/30" : "border-line hover:border-veil/25"
      } ${scrolls ? "" : "touch-pan-y"} ${editing ? "" : "cursor-ew-resize"} ${weight === 0 || dim ? "opacity-60" : ""}`}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={up}
      onClickCapture={(event) => dragging && event.stopPropagation()}
      onDoubleClick={() => !editing && onWeight(1, "")}
    >
      {!editing && (
        <span
          aria-hidden
          className={`pointer-events-none absolute inset-y-0 -z-10 ${less ? "less-of right-0" : "left-0 bg-veil/10"} ${dragging ? "border-accent border-x" : ""}`}
          style={{ width: `${(Math.abs(weight) / WEIGHT_MAX) * 100}%` }}
        />
      )}
      {less && <span className="pointer-events-none pl-2.5 text-faint">{t`less of`}</span>}
      {children}
      <Tip label={t`Drag sideways: weight. Shift: fine. Double-click: 1`} side="top">
        <span
          role="slider"
          tabIndex={0}
          aria-label={t`Weight of ${named}`}
          aria-valuemin={WEIGHT_MIN}
          aria-valuemax={WEIGHT_MAX}
          aria-valuenow={weight}
          aria-valuetext={describeWeight(weight)}
          onKeyDown={(event) => {
            const next = weightAfterKey(weight, event.key, event.shiftKey);
            if (next === null) return;
            event.preventDefault();
            onWeight(next, `key:${id}`);
          }}
          className={`figures grid h-full min-w-9 touch-pan-y place-items-center rounded-sm px-1.5 text-small -outline-offset-2 pointer-coarse:min-w-11 ${dragging ? "text-accent" : "text-soft"}`}
        >
          {formatWeight(less ? -weight : weight)}
        </span>
      </Tip>
      {!editing && <KeyDiamond target={track} name={t`Weight of ${named}`} />}
      <button
        type="button"
        aria-label={removal}
        onPointerDown={(event) => event.stopPropagation()}
        onDoubleClick={(event) => event.stopPropagation()}
        onClick={(event) => {
          if (event.detail === 0) passFocus(event.currentTarget);
          onRemove();
        }}
        className="grid h-full w-6 shrink-0 cursor-pointer place-items-center rounded-r-lg text-faint -outline-offset-2 hover:bg-veil/10 hover:text-ink pointer-coarse:w-10"
      >
        <X size={13} aria-hidden />
      </button>
    </li>
  );
}
