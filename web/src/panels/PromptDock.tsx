import { Plus } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { PromptValue } from "../doc/prompts";
import { useSheet, useStudio } from "../ui/context";
import { Tip } from "../ui/Tip";
import { MAX_PROMPTS } from "../wire/shots";
import { PromptChip } from "./PromptChip";

const NO_EXAMPLES: readonly string[] = [];
const MAX_SUGGESTIONS = 5;

/** The chips, across both panes at the bottom; every key and every pixel of a drag renders. */
export function PromptDock({ stacked }: { readonly stacked: boolean }) {
  const { doc, desk } = useStudio();
  const row = useRef<HTMLUListElement>(null);
  const prompts = useSheet((s) => s.prompts);
  const examples = useSheet((s) => s.card?.example_prompts ?? NO_EXAMPLES);
  const [fresh, setFresh] = useState<string | null>(null);
  const freshPrompt = prompts.find((p) => p.id === fresh);
  const suggesting = prompts.length === 0 || freshPrompt?.text === "";
  const full = prompts.length >= MAX_PROMPTS;

  useEffect(() => {
    if (row.current === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) desk.set({ dockHeight_px: Math.round(entry.borderBoxSize[0]?.blockSize ?? 0) });
    });
    observer.observe(row.current);
    return () => observer.disconnect();
  }, [desk]);

  const add = (text: string) => {
    const prompt = doc.newPrompt(text);
    // A chip and the text typed into it are one step of undo.
    doc.setPrompts((all) => [...all.filter((p) => p.text !== ""), prompt], `text:${prompt.id}:0`);
    setFresh(text === "" ? prompt.id : null);
  };
  const change = (id: string, patch: Partial<PromptValue>, gesture: string) =>
    doc.setPrompts((all) => all.map((p) => (p.id === id ? { ...p, ...patch } : p)), gesture);
  const remove = (id: string, gesture = "") =>
    doc.setPrompts((all) => all.filter((p) => p.id !== id), gesture);
  const suggestions = suggesting
    ? examples.filter((text) => !prompts.some((p) => p.text === text)).slice(0, MAX_SUGGESTIONS)
    : NO_EXAMPLES;

  return (
    <section
      aria-label="Prompts"
      className={
        stacked
          ? "flex flex-col"
          : "pointer-events-none absolute inset-x-20 bottom-3 z-20 flex flex-col items-center gap-2"
      }
    >
      {suggestions.length > 0 && (
        <div
          className={`appear pointer-events-auto flex max-w-full gap-1.5 px-2 ${stacked ? "overflow-x-auto [scrollbar-width:none]" : "flex-wrap justify-center"}`}
        >
          {suggestions.map((text) => (
            <button
              key={text}
              type="button"
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => add(text)}
              className="h-7 shrink-0 cursor-pointer truncate rounded-full border border-line bg-surface px-3 text-small text-soft hover:border-white/30 hover:text-ink pointer-coarse:h-11 pointer-coarse:px-4"
            >
              {text}
            </button>
          ))}
        </div>
      )}
      <ul
        ref={row}
        className={
          stacked
            ? "flex h-14 items-center gap-2 overflow-x-auto px-2 [scrollbar-width:none]"
            : "float pointer-events-auto flex max-w-[min(100%,920px)] flex-wrap items-center justify-center gap-1.5 p-1.5"
        }
      >
        {prompts.map((prompt) => (
          <PromptChip
            key={prompt.id}
            prompt={prompt}
            autoEdit={prompt.id === fresh}
            onChange={(patch, gesture) => change(prompt.id, patch, gesture)}
            onRemove={() => remove(prompt.id)}
            onDone={() => {
              const now = doc.promptList().find((p) => p.id === prompt.id);
              if (now?.text.trim() === "") remove(prompt.id, `text:${prompt.id}:0`);
              setFresh(null);
            }}
          />
        ))}
        <li className="shrink-0">
          <Tip label={full ? `At most ${MAX_PROMPTS} prompts` : "Add a prompt"} side="top">
            <button
              type="button"
              aria-label="Add a prompt"
              disabled={full}
              onClick={() => add("")}
              className={`flex h-8 cursor-pointer items-center gap-1.5 rounded-lg text-soft hover:bg-white/10 hover:text-ink disabled:opacity-35 pointer-coarse:h-11 ${prompts.length === 0 ? "px-3" : "w-8 justify-center pointer-coarse:w-11"}`}
            >
              <Plus size={16} aria-hidden />
              {prompts.length === 0 && "Describe the light, the weather, the place"}
            </button>
          </Tip>
        </li>
      </ul>
    </section>
  );
}
