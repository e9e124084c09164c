import { t } from "@lingui/core/macro";
import { ArrowLeftRight, Pin, Pipette } from "lucide-react";
import { Popover } from "radix-ui";
import { useState } from "react";
import { toHex } from "../doc/example";
import { keysOf } from "../shortcuts";
import { useCanEdit, useDesk, useSheet, useStudio } from "../ui/context";
import { IconButton } from "../ui/IconButton";
import { Tip } from "../ui/Tip";
import { engineWord } from "../wire/engine-words";
import type { Material } from "../wire/shots";
import { ColourRows } from "./ColourRows";
import { ColourWheel } from "./ColourWheel";

const NO_MATERIALS: readonly Material[] = [];

function useMaterials(): readonly Material[] {
  return useSheet((s) => s.card?.materials ?? NO_MATERIALS);
}

/** Picking a colour with the eraser or the hand in hand means wanting to paint. */
function usePick(): (color: string) => void {
  const { desk } = useStudio();
  return (color) => {
    const { tool } = desk.get();
    const paints = tool !== "eraser" && tool !== "eyedropper" && tool !== "hand";
    desk.set({ color, ...(paints ? {} : { tool: "brush" as const }) });
  };
}

/** The named materials of the engine, as swatches in the rail; fingers find them in the colour's list. */
export function MaterialGrid() {
  const materials = useMaterials();
  const color = useDesk((d) => d.color);
  const pick = usePick();
  if (materials.length === 0) return null;
  return (
    <fieldset className="mt-1 grid grid-cols-2 gap-1 pointer-coarse:hidden" aria-label={t`Materials`}>
      {materials.map((material) => {
        const hex = toHex(material.rgb);
        return (
          <Tip key={material.name} label={engineWord(material.label)} side="right">
            <button
              type="button"
              aria-label={engineWord(material.label)}
              aria-pressed={color === hex}
              onClick={() => pick(hex)}
              className={`size-5 cursor-pointer rounded-md ${color === hex ? "outline-2 outline-accent outline-offset-1" : "ring-1 ring-veil/15 ring-inset hover:ring-veil/60"}`}
              style={{ background: hex }}
            />
          </Tip>
        );
      })}
    </fieldset>
  );
}

/** The colour in hand; pressing it opens the materials by name and the free picker. */
export function ColourWell({ side }: { readonly side: "right" | "top" }) {
  const studio = useStudio();
  const materials = useMaterials();
  const color = useDesk((d) => d.color);
  const other = useDesk((d) => d.otherColor);
  const pick = usePick();
  const named = materials.find((m) => toHex(m.rgb) === color);
  const called = named === undefined ? color : engineWord(named.label);
  const canEdit = useCanEdit();
  const [open, setOpen] = useState(false);
  const takeColour = () => {
    setOpen(false);
    studio.desk.set({ tool: "eyedropper" });
  };
  const swap = () => studio.desk.set({ color: other, otherColor: color });
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Tip label={named ? t`Colour: ${called}` : t`Colour ${color}`} side={side}>
        <Popover.Trigger
          aria-label={t`Colour: ${called}`}
          className="relative size-9 shrink-0 cursor-pointer rounded-lg hover:bg-veil/10 pointer-coarse:size-11"
        >
          <span
            className="absolute right-1 bottom-1 size-4 rounded-[5px] ring-1 ring-veil/25 ring-inset"
            style={{ background: other }}
          />
          <span
            className="absolute top-1 left-1 size-6 rounded-md border-2 border-surface ring-1 ring-veil/25 ring-inset pointer-coarse:size-8"
            style={{ background: color }}
          />
        </Popover.Trigger>
      </Tip>
      <Popover.Portal>
        <Popover.Content
          side={side}
          sideOffset={18}
          collisionPadding={8}
          className="float appear popover z-40 w-[min(560px,calc(100vw-16px))] p-4"
          onOpenAutoFocus={(event) => event.preventDefault()}
        >
          <div className="grid grid-cols-[minmax(0,1fr)] gap-x-5 gap-y-4 sm:grid-cols-[208px_minmax(0,1fr)]">
            <div className="flex flex-col gap-3 max-sm:order-last">
              <ColourWheel color={color} onPick={pick} />
              <div className="flex items-center gap-2">
                <HexField color={color} onPick={pick} />
                <IconButton
                  icon={Pipette}
                  label={t`Take a colour from the sketch, the render or a picture on the board`}
                  shortcut="eyedropper"
                  side="top"
                  onClick={takeColour}
                />
                <Tip label={t`Swap the two colours`} keys={keysOf("swap")} side="top">
                  <button
                    type="button"
                    aria-label={t`Swap the two colours`}
                    onClick={swap}
                    className="flex h-8 cursor-pointer items-center gap-2 rounded-lg px-2 text-soft hover:bg-veil/10 hover:text-ink"
                  >
                    <ArrowLeftRight size={15} aria-hidden />
                    <span
                      className="size-4 rounded-[5px] ring-1 ring-veil/25 ring-inset"
                      style={{ background: other }}
                    />
                  </button>
                </Tip>
              </div>
            </div>
            <div className="flex min-w-0 flex-col gap-3">
              {materials.length > 0 && (
                <fieldset className="-mx-1.5 grid grid-cols-3 gap-1" aria-label={t`Materials`}>
                  {materials.map((material) => {
                    const hex = toHex(material.rgb);
                    return (
                      <button
                        key={material.name}
                        type="button"
                        aria-pressed={color === hex}
                        onClick={() => pick(hex)}
                        className={`flex h-7 cursor-pointer items-center gap-1.5 rounded-md px-1.5 text-left text-small pointer-coarse:h-11 ${color === hex ? "bg-veil/12 text-ink" : "text-soft hover:bg-veil/8 hover:text-ink"}`}
                      >
                        <span
                          className="size-4 shrink-0 rounded-[5px] ring-1 ring-veil/20 ring-inset"
                          style={{ background: hex }}
                        />
                        <span className="truncate">{engineWord(material.label)}</span>
                      </button>
                    );
                  })}
                </fieldset>
              )}
              <ColourRows color={color} onPick={pick} />
              {side === "top" && canEdit && (
                // A phone's top bar has no room for it.
                <button
                  type="button"
                  onClick={() => {
                    setOpen(false);
                    studio.board.toggle();
                  }}
                  className="flex h-11 cursor-pointer items-center gap-2 self-start rounded-lg text-soft hover:text-ink"
                >
                  <Pin size={17} strokeWidth={1.75} aria-hidden />
                  {t`Reference board`}
                </button>
              )}
            </div>
          </div>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

export function HexField({
  color,
  onPick,
}: {
  readonly color: string;
  readonly onPick: (color: string) => void;
}) {
  const [draft, setDraft] = useState<string | null>(null);
  return (
    <input
      aria-label={t`Colour as hex`}
      value={draft ?? color}
      spellCheck={false}
      maxLength={7}
      onChange={(event) => {
        const text = event.target.value.trim();
        setDraft(text);
        const digits = text.replace(/^#/, "");
        if (/^[0-9a-f]{6}$/i.test(digits)) onPick(`#${digits.toLowerCase()}`);
      }}
      onBlur={() => setDraft(null)}
      className="figures h-8 min-w-0 flex-1 rounded-lg bg-veil/8 px-2.5 text-ink outline-none focus-visible:ring-2 focus-visible:ring-accent"
    />
  );
}
