import { t } from "@lingui/core/macro";
import { useEffect, useRef, useState } from "react";
import type { PromptValue } from "../doc/prompts";
import { promptTarget } from "../timeline/targets";
import { MAX_PROMPT_CHARS } from "../wire/shots";
import { WeightChip } from "./WeightChip";

interface Props {
  readonly prompt: PromptValue;
  readonly autoEdit: boolean;
  readonly dim: boolean;
  readonly placeholder?: string;
  readonly scrolls: boolean;
  /** gesture: one name for all changes of one drag or one edit. */
  readonly onChange: (patch: Partial<PromptValue>, gesture: string) => void;
  readonly onRemove: () => void;
  readonly onDone: () => void;
}

/** A second click so soon after the one that opened the text is a double-click on the chip. */
const DOUBLE_CLICK_MS = 500;

/** A prompt: its text is edited in place, its weight is dragged on the chip itself. */
export function PromptChip(props: Props) {
  const { prompt, autoEdit, dim, scrolls, placeholder, onChange, onRemove, onDone } = props;
  const { id, text, weight } = prompt;
  const [editing, setEditing] = useState(autoEdit);
  const input = useRef<HTMLInputElement>(null);
  const edits = useRef(0);
  const opened_ms = useRef(Number.NEGATIVE_INFINITY);

  useEffect(() => {
    if (editing) input.current?.focus();
  }, [editing]);
  // The whole chip, not only the caret, where its row scrolls; it grows as one types.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text sets the chip's width.
  useEffect(() => {
    if (editing) input.current?.closest("li")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [editing, text]);

  const edit = (event: React.MouseEvent) => {
    edits.current += 1;
    opened_ms.current = event.timeStamp;
    setEditing(true);
  };

  return (
    <WeightChip
      id={id}
      kind="prompt"
      track={promptTarget(id)}
      name={text}
      weight={weight}
      editing={editing}
      dim={dim}
      scrolls={scrolls}
      onWeight={(next, gesture) => onChange({ weight: next }, gesture)}
      onRemove={onRemove}
    >
      {editing ? (
        <input
          ref={input}
          aria-label={t`Prompt text`}
          value={text}
          maxLength={MAX_PROMPT_CHARS}
          placeholder={placeholder ?? t`Describe light, weather, place…`}
          size={Math.max(text.length, 10)}
          onChange={(event) => onChange({ text: event.target.value }, `text:${id}:${edits.current}`)}
          onKeyDown={(event) => {
            if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
          }}
          onDoubleClick={(event) => {
            if (event.timeStamp - opened_ms.current > DOUBLE_CLICK_MS) return;
            onChange({ weight: 1 }, "");
            event.currentTarget.blur();
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
          aria-label={t`Edit prompt: ${text}`}
          onClick={edit}
          className="h-full max-w-[min(52vw,360px)] cursor-[inherit] truncate rounded-l-lg px-2.5 text-left text-ink -outline-offset-2"
        >
          {text || "…"}
        </button>
      )}
    </WeightChip>
  );
}
