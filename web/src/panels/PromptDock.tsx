import { t } from "@lingui/core/macro";
import { Plus, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { DOCK_DROP } from "../canvas/bring";
import { PANEL_PX, RAIL_PX } from "../canvas/layout";
import type { PromptValue } from "../doc/prompts";
import { percent } from "../language/numbers";
import { useCanEdit, useDesk, useFilming, useLive, useSheet, useStudio } from "../ui/context";
import { Tip } from "../ui/Tip";
import { MAX_PROMPTS } from "../wire/shots";
import { ImageChip } from "./ImageChip";
import { LayerBar, useLayerBar } from "./LayerBar";
import { MaskBar, useMaskBar } from "./MaskBar";
import { DockNotice } from "./Notice";
import { PickPicture } from "./PickPicture";
import { PromptChip } from "./PromptChip";
import { SelectBar, useSelectBar } from "./SelectBar";
import { VideoBar } from "./VideoBar";

const NO_EXAMPLES: readonly string[] = [];
const MAX_SUGGESTIONS = 5;

/** The chips, across both panes at the bottom; every key and every pixel of a drag renders. */
export function PromptDock({ stacked }: { readonly stacked: boolean }) {
  const canEdit = useCanEdit();
  const studio = useStudio();
  const { doc, desk } = studio;
  const row = useRef<HTMLDivElement>(null);
  const prompts = useSheet((s) => s.prompts);
  const references = useSheet((s) => s.references);
  const limit = useSheet((s) => s.card?.references ?? 0);
  const unusable = useLive((l) => l.unusable);
  const morphing = useSheet((s) => s.morphAt !== null);
  const maskPrompt = useSheet((s) => s.card?.masks === true && s.maskPrompt.trim() !== "");
  const dropping = useDesk((d) => d.dropping);
  const panelOpen = useDesk((d) => d.panelOpen);
  const filming = useFilming();
  const bar = useMaskBar();
  const layerBar = useLayerBar();
  const selectBar = useSelectBar();
  const examples = useSheet((s) => s.card?.example_prompts ?? NO_EXAMPLES);
  const [fresh, setFresh] = useState<string | null>(null);
  const freshPrompt = prompts.find((p) => p.id === fresh);
  const pictures = limit > 0 ? references : [];
  const suggesting = (prompts.length === 0 && pictures.length === 0) || freshPrompt?.text === "";
  const full = prompts.length >= MAX_PROMPTS;
  const empty = prompts.length === 0 && pictures.length === 0;

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
  // A phone has room for one of them.
  const layerBarShown = layerBar !== null && !(stacked && bar !== null);
  const selectBarShown = selectBar && !(stacked && bar !== null);
  const swapped = stacked && (bar !== null || layerBarShown || selectBarShown);

  return (
    <section
      aria-label={t`Prompts`}
      inert={!canEdit}
      className={
        stacked
          ? "relative flex flex-col inert:opacity-35"
          : "inert:opacity-35 pointer-events-none absolute bottom-[calc(12px+var(--foot))] z-20 flex flex-col items-center gap-2"
      }
      style={stacked ? undefined : { left: RAIL_PX, right: panelOpen ? PANEL_PX : RAIL_PX }}
    >
      <div className={stacked ? "absolute inset-x-0 bottom-full mb-16" : ""}>
        <DockNotice />
      </div>
      {suggestions.length > 0 && !swapped && (
        <div
          className={`appear pointer-events-auto flex max-w-full gap-1.5 px-2 ${stacked ? "overflow-x-auto [scrollbar-width:none]" : "flex-wrap justify-center"}`}
        >
          {suggestions.map((text) => (
            <button
              key={text}
              type="button"
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => add(text)}
              className="h-7 shrink-0 cursor-pointer truncate rounded-full border border-line bg-surface px-3 text-small text-soft hover:border-veil/30 hover:text-ink pointer-coarse:h-11 pointer-coarse:px-4"
            >
              {text}
            </button>
          ))}
        </div>
      )}
      <div className={stacked ? "contents" : "flex max-w-full flex-wrap items-end justify-center gap-2"}>
        <MaskBar stacked={stacked} />
        {selectBarShown && <SelectBar stacked={stacked} />}
        {layerBarShown && <LayerBar stacked={stacked} />}
        <div ref={row} className={stacked ? "" : "flex max-w-full flex-wrap items-end justify-center gap-2"}>
          {!stacked && <VideoBar stacked={false} />}
          <div
            {...{ [DOCK_DROP]: "" }}
            className={`${
              stacked
                ? "flex h-14 items-center gap-1 px-2"
                : "float pointer-events-auto flex max-w-[min(100%,920px)] items-end gap-1.5 p-1.5"
            } ${swapped ? "hidden" : ""} ${dropping ? "outline-2 outline-accent outline-offset-1" : ""}`}
          >
            <ul
              className={`flex min-w-0 items-center empty:hidden ${stacked ? "gap-2 overflow-x-auto [scrollbar-width:none]" : "flex-wrap gap-1.5"}`}
            >
              {morphing && <MorphPill />}
              {prompts.map((prompt) => (
                <PromptChip
                  key={prompt.id}
                  prompt={prompt}
                  autoEdit={prompt.id === fresh}
                  dim={morphing || maskPrompt || (filming && prompt.weight <= 0)}
                  scrolls={stacked}
                  onChange={(patch, gesture) => change(prompt.id, patch, gesture)}
                  onRemove={() => remove(prompt.id)}
                  onDone={() => {
                    const now = doc.promptList().find((p) => p.id === prompt.id);
                    if (now?.text.trim() === "") remove(prompt.id, `text:${prompt.id}:0`);
                    setFresh(null);
                  }}
                />
              ))}
              {pictures.map((reference, i) => (
                <ImageChip
                  key={reference.id}
                  reference={reference}
                  dim={morphing || i >= limit}
                  scrolls={stacked}
                  broken={unusable.has(reference.sha256)}
                  onWeight={(weight, gesture) =>
                    doc.setReferences(
                      (all) => all.map((r) => (r.id === reference.id ? { ...r, weight } : r)),
                      gesture,
                    )
                  }
                  onRemove={() => doc.setReferences((all) => all.filter((r) => r.id !== reference.id), "")}
                />
              ))}
            </ul>
            <div className="flex shrink-0 gap-0.5">
              <Tip label={full ? t`At most ${MAX_PROMPTS} prompts` : t`Add a prompt`} side="top">
                <button
                  type="button"
                  aria-label={t`Add a prompt`}
                  aria-disabled={full || undefined}
                  onClick={() => full || add("")}
                  className={`flex h-8 cursor-pointer items-center gap-1.5 rounded-lg text-soft hover:bg-veil/10 hover:text-ink aria-disabled:cursor-default aria-disabled:opacity-35 pointer-coarse:h-11 ${empty ? "px-3" : "w-8 justify-center pointer-coarse:w-11"}`}
                >
                  <Plus size={16} aria-hidden />
                  {empty && (filming ? t`Say what to see` : t`Describe the light, the weather, the place`)}
                </button>
              </Tip>
              {limit > 0 && (
                <PickPicture
                  label={t`Add a picture as a prompt`}
                  tip={t`Add a picture as a prompt: pick, drop or paste one here`}
                  onPick={(files) => void studio.pictures.add(files)}
                />
              )}
            </div>
          </div>
        </div>
      </div>
    </section>
  );
}

/** While a morph is in force the chips wait: this says so, and leads back to them. */
function MorphPill() {
  const studio = useStudio();
  const at = useSheet((s) => s.morphAt);
  const playing = useLive((l) => l.playing);
  return (
    <li className="flex h-8 shrink-0 items-center rounded-lg border border-line bg-veil/10 pl-2.5 text-ink pointer-coarse:h-11">
      {t`Morph`}
      <span className="figures min-w-11 text-right text-soft">{percent(playing ?? at ?? 0)}</span>
      <Tip label={t`Back to these prompts`} side="top">
        <button
          type="button"
          aria-label={t`Leave the morph`}
          onClick={() => studio.looks.leaveMorph()}
          className="ml-1 grid h-full w-7 cursor-pointer place-items-center text-faint hover:text-ink pointer-coarse:w-10"
        >
          <X size={13} aria-hidden />
        </button>
      </Tip>
    </li>
  );
}
