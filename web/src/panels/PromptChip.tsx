import { X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import {
  describeWeight,
  formatWeight,
  type PromptValue,
  weightAfterDrag,
  weightAfterKey,
} from "../doc/prompts";
import { Tip } from "../ui/Tip";
import { MAX_PROMPT_CHARS, WEIGHT_MAX, WEIGHT_MIN } from "../wire/shots";

interface Props {
  readonly prompt: PromptValue;
  readonly autoEdit: boolean;
  /** gesture: one name for all changes of one drag or one edit. */
  readonly onChange: (patch: Partial<PromptValue>, gesture: string) => void;
  readonly onRemove: () => void;
  readonly onDone: () => void;
}

const DRAG_THRESHOLD_PX = 4;

/** A prompt: its text is edited in place, its weight is dragged on the chip itself. */
export function PromptChip({ prompt, autoEdit, onChange, onRemove, onDone }: Props) {
  const { id, text, weight } = prompt;
  const [editing, setEditing] = useState(autoEdit);
  const [dragging, setDragging] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const press = useRef<{ x: number; weight: number; pointer: number } | null>(null);
  const gesture = useRef(0);
  const less = weight < 0;

  useEffect(() => {
    if (editing) input.current?.focus();
  }, [editing]);

  const down = (event: React.PointerEvent) => {
    if (editing || event.button !== 0) return;
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
    onChange({ weight: weightAfterDrag(from.weight, dx, event.shiftKey) }, `weight:${id}:${gesture.current}`);
  };
  const up = () => {
    press.current = null;
    // The click that ends a drag must not open the text.
    if (dragging) setTimeout(() => setDragging(false));
  };
  const edit = () => {
    if (dragging) return;
    gesture.current += 1;
    setEditing(true);
  };

  return (
    <li
      data-testid="chip"
      className={`group relative isolate flex h-8 max-w-full shrink-0 touch-pan-y items-center overflow-hidden rounded-lg border bg-white/6 pointer-coarse:h-11 ${
        dragging ? "border-accent" : editing ? "border-white/30" : "border-line hover:border-white/25"
      } ${editing ? "" : "cursor-ew-resize"} ${weight === 0 ? "opacity-60" : ""}`}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={up}
      onDoubleClick={() => !editing && onChange({ weight: 1 }, "")}
    >
      {!editing && (
        <span
          aria-hidden
          className={`pointer-events-none absolute inset-y-0 -z-10 ${less ? "less-of right-0" : "left-0 bg-white/10"} ${dragging ? "border-accent border-x" : ""}`}
          style={{ width: `${(Math.abs(weight) / WEIGHT_MAX) * 100}%` }}
        />
      )}
      {less && <span className="pointer-events-none pl-2.5 text-faint">less of</span>}
      {editing ? (
        <input
          ref={input}
          aria-label="Prompt text"
          value={text}
          maxLength={MAX_PROMPT_CHARS}
          placeholder="Describe light, weather, place…"
          size={Math.max(text.length, 10)}
          onChange={(event) => onChange({ text: event.target.value }, `text:${id}:${gesture.current}`)}
          onKeyDown={(event) => {
            if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
          }}
          onBlur={() => {
            setEditing(false);
            onDone();
          }}
          className="chip-input h-full min-w-24 max-w-[min(60vw,420px)] bg-transparent px-2.5 text-ink outline-none placeholder:text-faint"
        />
      ) : (
        <button
          type="button"
          aria-label={`Edit prompt: ${text}`}
          onClick={edit}
          className="h-full max-w-[min(52vw,360px)] cursor-[inherit] truncate px-2.5 text-left text-ink"
        >
          {text || "…"}
        </button>
      )}
      <Tip label="Drag sideways: weight. Shift: fine. Double-click: 1" side="top">
        <span
          role="slider"
          tabIndex={0}
          aria-label={`Weight of ${text || "prompt"}`}
          aria-valuemin={WEIGHT_MIN}
          aria-valuemax={WEIGHT_MAX}
          aria-valuenow={weight}
          aria-valuetext={describeWeight(weight)}
          onKeyDown={(event) => {
            const next = weightAfterKey(weight, event.key, event.shiftKey);
            if (next === null) return;
            event.preventDefault();
            onChange({ weight: next }, `key:${id}`);
          }}
          className={`figures grid h-full min-w-9 place-items-center rounded-sm px-1.5 text-small ${dragging ? "text-accent" : "text-soft"}`}
        >
          {formatWeight(less ? -weight : weight)}
        </span>
      </Tip>
      <button
        type="button"
        aria-label={`Remove prompt: ${text}`}
        onPointerDown={(event) => event.stopPropagation()}
        onDoubleClick={(event) => event.stopPropagation()}
        onClick={onRemove}
        className="grid h-full w-6 shrink-0 cursor-pointer place-items-center text-faint hover:bg-white/10 hover:text-ink pointer-coarse:w-10"
      >
        <X size={13} aria-hidden />
      </button>
    </li>
  );
}
