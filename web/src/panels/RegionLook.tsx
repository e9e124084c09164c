import { plural, t } from "@lingui/core/macro";
import { Plus, SquareDashed } from "lucide-react";
import { useEffect, useState } from "react";
import { newId } from "../doc/keep";
import { DEFAULT_FEATHER, type RegionLayer } from "../doc/layers";
import type { PromptValue } from "../doc/prompts";
import type { ReferenceValue } from "../doc/references";
import { readPictures, readPrompts, writePictures, writePrompts } from "../doc/regions";
import { percent } from "../language/numbers";
import { useLive, useSheet, useStudio } from "../ui/context";
import { LabelledSlider } from "../ui/LabelledSlider";
import { MAX_PROMPTS } from "../wire/shots";
import { ImageChip } from "./ImageChip";
import { PickPicture } from "./PickPicture";
import { PromptChip } from "./PromptChip";

interface Props {
  readonly layer: RegionLayer;
  readonly stacked: boolean;
  /** It was made just now: what it says is asked for at once, and once. */
  readonly made: boolean;
  readonly onAsked: () => void;
}

/** A soft edge of half a picture is no edge; the wire takes more. */
const SOFTEST = 0.25;

/** What is said in the region in hand, how strongly, and how soft its edge is. */
export function RegionLook({ layer, stacked, made, onAsked }: Props) {
  const { layering, pictures } = useStudio();
  const most = useSheet((s) => s.card?.regions ?? 0);
  const engine = useSheet((s) => s.card?.name ?? "");
  const beyond = useSheet((s) => {
    const above = s.layers.slice(s.layers.findIndex(({ id }) => id === layer.id) + 1);
    return above.filter(({ kind, visible }) => kind === "region" && visible).length >= most;
  });
  const painted = useSheet((s) => s.layer !== layer.id || !s.empty);
  const prompts = readPrompts(layer);
  const limit = useSheet((s) => s.card?.references ?? 0);
  const unusable = useLive((l) => l.unusable);
  const shownPictures = limit > 0 ? readPictures(layer) : [];
  // Not in the document before a word is typed.
  const [fresh, setFresh] = useState<PromptValue | null>(made ? emptyPrompt : null);
  useEffect(onAsked, [onAsked]);
  const shown = fresh === null || prompts.some(({ id }) => id === fresh.id) ? prompts : [...prompts, fresh];
  const write = (next: readonly PromptValue[], gesture: string) =>
    layering.change(layer.id, { prompts: writePrompts(next) }, gesture && `${layer.id}:${gesture}`);
  const writeImages = (next: readonly ReferenceValue[], gesture: string) =>
    layering.change(layer.id, { pictures: writePictures(next) }, gesture && `${layer.id}:${gesture}`);
  const full = shown.length >= MAX_PROMPTS;
  const change = (field: "opacity" | "feather") => (value: number, gesture: string) =>
    layering.change(layer.id, { [field]: value }, gesture && `${layer.id}:${field}:${gesture}`);
  return (
    <fieldset
      aria-label={t`Region`}
      className={`flex min-w-0 flex-col gap-2 ${stacked ? "flex-1" : "shrink-0"}`}
    >
      <div className="flex h-6 items-center justify-between text-soft">
        {t`Prompts here`}
        <span className="-mr-1.5 flex">
          <button
            type="button"
            aria-label={t`Add words to the region`}
            disabled={full}
            onClick={() => setFresh(emptyPrompt())}
            className="grid size-8 cursor-pointer place-items-center rounded-lg hover:bg-veil/10 hover:text-ink disabled:cursor-default disabled:opacity-35 pointer-coarse:size-11"
          >
            <Plus size={16} aria-hidden />
          </button>
          {limit > 0 && (
            <PickPicture
              label={t`Add a picture to the region`}
              onPick={(files) => void pictures.addTo(layer.id, files)}
            />
          )}
        </span>
      </div>
      {shown.length + shownPictures.length > 0 && (
        <ul
          aria-label={t`What is said here`}
          className="flex max-h-28 min-w-0 flex-wrap gap-1.5 overflow-y-auto [scrollbar-width:thin]"
        >
          {shown.map((prompt) => (
            <PromptChip
              key={prompt.id}
              prompt={prompt}
              autoEdit={prompt.id === fresh?.id}
              placeholder={t`A castle, deep snow…`}
              dim={!layer.visible || most === 0}
              scrolls={false}
              onChange={(patch, gesture) =>
                write(
                  shown.map((p) => (p.id === prompt.id ? { ...p, ...patch } : p)),
                  gesture,
                )
              }
              onRemove={() => {
                if (prompt.id === fresh?.id) setFresh(null);
                write(
                  prompts.filter((p) => p.id !== prompt.id),
                  "",
                );
              }}
              onDone={() => {
                const left = prompts.filter((p) => p.text.trim() !== "");
                if (left.length < prompts.length) write(left, `text:${prompt.id}:0`);
                setFresh(null);
              }}
            />
          ))}
          {shownPictures.map((reference) => (
            <ImageChip
              key={reference.id}
              reference={reference}
              dim={!layer.visible || most === 0}
              scrolls={false}
              broken={unusable.has(reference.sha256)}
              onWeight={(weight, gesture) =>
                writeImages(
                  shownPictures.map((each) => (each.id === reference.id ? { ...each, weight } : each)),
                  gesture,
                )
              }
              onRemove={() =>
                writeImages(
                  shownPictures.filter((each) => each.id !== reference.id),
                  "",
                )
              }
            />
          ))}
        </ul>
      )}
      <div className={stacked ? "grid grid-cols-2 gap-4" : "flex flex-col gap-2"}>
        <LabelledSlider
          label={t`Strength`}
          value={layer.opacity}
          low={0}
          high={1}
          step={0.01}
          fallback={1}
          format={percent}
          onChange={change("opacity")}
        />
        <LabelledSlider
          label={t`Soft edge`}
          value={layer.feather}
          low={0}
          high={SOFTEST}
          step={0.01}
          fallback={DEFAULT_FEATHER}
          format={percent}
          onChange={change("feather")}
        />
      </div>
      {most === 0 || beyond ? (
        <p className="text-small text-soft">
          {most === 0
            ? t`${engine} takes no regions`
            : plural(most, {
                one: `${engine} takes # region; the topmost comes first`,
                other: `${engine} takes # regions; those above come first`,
              })}
        </p>
      ) : (
        !painted && (
          <div className="flex items-center justify-between gap-2 text-small text-soft">
            {t`Paint where it lies`}
            <button
              type="button"
              onClick={() => layering.coverAll()}
              className="flex h-7 shrink-0 cursor-pointer items-center gap-1.5 rounded-lg bg-veil/6 px-2 text-soft hover:bg-veil/12 hover:text-ink pointer-coarse:h-11"
            >
              <SquareDashed size={14} aria-hidden />
              {t`Everywhere`}
            </button>
          </div>
        )
      )}
    </fieldset>
  );
}

const emptyPrompt = (): PromptValue => ({ id: newId(), text: "", weight: 1, on: true });
