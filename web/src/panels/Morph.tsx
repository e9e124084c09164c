import { t } from "@lingui/core/macro";
import { ChevronRight, Pause, Play, X } from "lucide-react";
import { Collapsible, Slider } from "radix-ui";
import { useRef } from "react";
import type { KeptLook } from "../doc/morph";
import { MORPH } from "../timeline/targets";
import { AssetImage } from "../ui/AssetImage";
import { useDesk, useLive, useSheet, useStudio } from "../ui/context";
import { IconButton } from "../ui/IconButton";
import { KeyDiamond } from "./timeline/KeyDiamond";

/** Two looks and the way between them. */
export function Morph() {
  const { desk } = useStudio();
  const open = useDesk((d) => d.morphOpen);
  return (
    <Collapsible.Root
      open={open}
      onOpenChange={(morphOpen) => desk.set({ morphOpen })}
      className="border-line border-t pt-3"
    >
      <Collapsible.Trigger className="-mx-1 flex w-[calc(100%+8px)] cursor-pointer items-center gap-1 rounded-md px-1 text-left font-medium text-ink pointer-coarse:h-11">
        <ChevronRight
          size={15}
          aria-hidden
          className={`text-faint transition-transform duration-75 ${open ? "rotate-90" : ""}`}
        />
        {t`Morph`}
      </Collapsible.Trigger>
      <Collapsible.Content className="flex flex-col gap-2 pt-2">
        <Journey />
      </Collapsible.Content>
    </Collapsible.Root>
  );
}

function Journey() {
  const studio = useStudio();
  const a = useSheet((s) => s.lookA);
  const b = useSheet((s) => s.lookB);
  const at = useSheet((s) => s.morphAt);
  const playing = useLive((l) => l.playing);
  const gesture = useRef(0);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const ready = a !== null && b !== null;
  const m = playing ?? at;
  const part = Math.round((m ?? 0) * 100);
  const missing = a === null ? "A" : "B";
  return (
    <>
      <div className="grid grid-cols-2 gap-2">
        <Slot
          name="A"
          look={a}
          onSet={() => void studio.looks.set("a")}
          onForget={() => studio.looks.forget("a")}
        />
        <Slot
          name="B"
          look={b}
          onSet={() => void studio.looks.set("b")}
          onForget={() => studio.looks.forget("b")}
        />
      </div>
      {ready ? (
        <div className="flex items-center gap-2">
          <Slider.Root
            className={`relative flex h-8 min-w-0 flex-1 cursor-pointer touch-none items-center pointer-coarse:h-11 ${m === null ? "opacity-50" : ""}`}
            value={[m ?? 0]}
            min={0}
            max={1}
            step={0.01}
            onPointerDown={() => {
              gesture.current += 1;
              if (playing !== null) studio.looks.togglePlay();
            }}
            onValueChange={([next]) => {
              if (next !== undefined) studio.looks.morphTo(next, `morph:${gesture.current}`);
            }}
          >
            <Slider.Track className="relative h-1 grow rounded-full bg-veil/15" />
            <Slider.Thumb
              aria-label={t`Morph from A to B`}
              aria-valuetext={m === null ? t`off` : t`${part} percent B`}
              className="block size-3.5 rounded-full bg-ink shadow transition-transform duration-75 hover:scale-110 pointer-coarse:size-6"
            />
          </Slider.Root>
          <KeyDiamond target={MORPH} name={t`Morph`} />
          <IconButton
            icon={playing === null ? Play : Pause}
            label={
              calm
                ? t`Play: off, because this device asks for less motion. Drag instead`
                : playing === null
                  ? t`Play: A to B and back`
                  : t`Pause`
            }
            disabled={calm}
            side="left"
            onClick={() => studio.looks.togglePlay()}
          />
        </div>
      ) : (
        <p className="text-faint text-small">
          {a === null && b === null
            ? t`Set a look as A, change the prompts, the seed or the light, and set that as B.`
            : t`Now make another look and set it as ${missing}.`}
        </p>
      )}
      {ready && m === null && (
        <p className="text-faint text-small">{t`The prompts lead now. Drag to travel between A and B.`}</p>
      )}
    </>
  );
}

interface SlotProps {
  readonly name: "A" | "B";
  readonly look: KeptLook | null;
  readonly onSet: () => void;
  readonly onForget: () => void;
}

function Slot({ name, look, onSet, onForget }: SlotProps) {
  const hasPicture = useLive((l) => l.hasPicture);
  const said = look?.prompts.map(([text]) => text).join(", ") || t`no prompts`;
  return (
    <div className="flex flex-col gap-1">
      <div className="relative h-16 overflow-hidden rounded-lg bg-veil/6" title={look ? said : undefined}>
        {look ? (
          <>
            <AssetImage sha256={look.thumbnail} className="size-full" />
            <span className="absolute bottom-1 left-1 rounded bg-black/60 px-1.5 font-medium text-small text-white">
              {name}
            </span>
            <button
              type="button"
              aria-label={t`Forget look ${name}`}
              onClick={onForget}
              className="absolute top-1 right-1 grid size-5 cursor-pointer place-items-center rounded bg-black/60 text-white hover:bg-black/80 pointer-coarse:size-8"
            >
              <X size={12} aria-hidden />
            </button>
          </>
        ) : (
          <span className="grid size-full place-items-center rounded-lg border border-veil/20 border-dashed text-faint">
            {name}
          </span>
        )}
      </div>
      <button
        type="button"
        disabled={!hasPicture}
        onClick={onSet}
        className="h-7 cursor-pointer rounded-md bg-veil/8 text-small text-soft hover:bg-veil/15 hover:text-ink disabled:cursor-default disabled:opacity-40 pointer-coarse:h-11"
      >
        {t`Set ${name}`}
      </button>
    </div>
  );
}
