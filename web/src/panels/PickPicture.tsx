import { t } from "@lingui/core/macro";
import { ImagePlus } from "lucide-react";
import { useRef } from "react";
import { Tip } from "../ui/Tip";

interface Props {
  readonly label: string;
  /** More of it, for who points at it. */
  readonly tip?: string;
  readonly className?: string;
  readonly onPick: (files: readonly File[]) => void;
}

/** The system's own picker; a phone offers its camera there. */
export function PickPicture({ label, tip = label, className = "", onPick }: Props) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Tip label={tip} side="top">
        <button
          type="button"
          aria-label={label}
          onClick={() => input.current?.click()}
          className={`grid size-8 cursor-pointer place-items-center rounded-lg text-soft hover:bg-veil/10 hover:text-ink pointer-coarse:size-11 ${className}`}
        >
          <ImagePlus size={16} aria-hidden />
        </button>
      </Tip>
      <input
        ref={input}
        type="file"
        accept="image/*"
        multiple
        hidden
        aria-label={t`Picture file`}
        onChange={(event) => {
          onPick([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
    </>
  );
}
