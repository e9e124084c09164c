import { t } from "@lingui/core/macro";
import { Check, Contrast, Eraser, SquareDashed, Trash2, Undo2 } from "lucide-react";
import { useEffect, useRef } from "react";
import { useDesk, useLive, useSheet, useStudio } from "../ui/context";
import { IconButton } from "../ui/IconButton";
import { Tip } from "../ui/Tip";
import { MAX_PROMPT_CHARS } from "../wire/shots";

/** What the bar is about: a mask, a kept picture, or nothing. */
export function useMaskBar(): "masking" | "kept" | null {
  const masking = useSheet((s) => s.mask.name === "masking" && s.card?.masks === true);
  const held = useLive((l) => l.held);
  return masking ? "masking" : held ? "kept" : null;
}

/** While there is a mask: its own prompt, and what can be done with it. While a picture is kept: the way out. */
export function MaskBar({ stacked }: { readonly stacked: boolean }) {
  const shown = useMaskBar();
  if (shown === null) return null;
  const box = stacked
    ? "flex h-14 w-full min-w-0 items-center px-2"
    : "float appear pointer-events-auto flex min-w-0 max-w-full items-center gap-1 p-1.5";
  return (
    <fieldset aria-label={t`Mask`} className={box}>
      {shown === "masking" ? <Masking stacked={stacked} /> : <Kept />}
    </fieldset>
  );
}

function Masking({ stacked }: { readonly stacked: boolean }) {
  const studio = useStudio();
  const text = useSheet((s) => s.maskPrompt);
  const erases = useDesk((d) => d.maskErases);
  const visits = useRef(0);
  useEffect(() => () => studio.desk.set({ maskErases: false }), [studio]);
  return (
    <>
      <label
        className={`flex h-8 items-center gap-2 pointer-coarse:h-11 ${stacked ? "mr-1 min-w-0 flex-1" : "mr-1 min-w-0 pl-2.5"}`}
      >
        <span className={stacked ? "sr-only" : "shrink-0 text-soft"}>{t`Only here`}</span>
        <input
          value={text}
          maxLength={MAX_PROMPT_CHARS}
          placeholder={stacked ? t`Only here: …` : t`as the prompts say, or in its own words`}
          onFocus={() => {
            visits.current += 1;
          }}
          onChange={(event) => studio.mask.setPrompt(event.target.value, `mask:${visits.current}`)}
          onKeyDown={(event) => {
            if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
          }}
          className={`h-full min-w-0 rounded-lg bg-veil/8 px-2.5 text-ink outline-none placeholder:text-faint focus-visible:ring-2 focus-visible:ring-accent ${stacked ? "w-0 flex-1" : "w-72"}`}
        />
      </label>
      <IconButton
        icon={Eraser}
        label={t`Take away from the mask (or hold Shift)`}
        active={erases}
        side="top"
        onClick={() => studio.desk.set({ maskErases: !erases, tool: "mask" })}
      />
      <IconButton
        icon={SquareDashed}
        label={t`Select what the mask covers`}
        side="top"
        onClick={() => studio.selecting.fromMask()}
      />
      <IconButton
        icon={Contrast}
        label={t`Invert the mask`}
        side="top"
        onClick={() => studio.mask.invert()}
      />
      <IconButton
        icon={Trash2}
        label={t`Clear the mask: the whole picture renders again`}
        side="top"
        onClick={() => studio.mask.clear()}
      />
      <Tip label={t`Keep this picture as it is shown`} side="top">
        <button
          type="button"
          onClick={() => void studio.mask.keep()}
          className="flex h-8 shrink-0 cursor-pointer items-center gap-1.5 rounded-lg ml-1 bg-veil/12 px-3 text-ink hover:bg-veil/20 pointer-coarse:h-11"
        >
          <Check size={15} aria-hidden />
          {t`Done`}
        </button>
      </Tip>
    </>
  );
}

function Kept() {
  const studio = useStudio();
  return (
    <>
      <span className="min-w-0 flex-1 truncate px-2.5 text-soft">{t`This picture is kept until you draw on`}</span>
      <button
        type="button"
        onClick={() => studio.mask.clear()}
        className="flex h-8 shrink-0 cursor-pointer items-center gap-1.5 rounded-lg px-2.5 text-ink hover:bg-veil/10 pointer-coarse:h-11"
      >
        <Undo2 size={15} aria-hidden />
        {t`Let it go`}
      </button>
    </>
  );
}
