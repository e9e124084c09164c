import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg, t } from "@lingui/core/macro";
import { ImageDown, Minus, Plus } from "lucide-react";
import { useState, useSyncExternalStore } from "react";
import { coloursOf } from "../colour/extract";
import { HARMONIES, type Harmony, harmonyOf } from "../colour/harmony";
import { addToPalette, MAX_PALETTE, paletteOf, removeFromPalette } from "../doc/palette";
import { useCanEdit, useLive, useStudio } from "../ui/context";
import { IconButton } from "../ui/IconButton";
import { useStore } from "../ui/store";

const FROM_RENDER = 8;
/** As large as a picture has to be for its colours. */
const SAMPLE_PX = 96;

const HARMONY_NAMES: Readonly<Record<Harmony, MessageDescriptor>> = {
  complement: msg`Complement`,
  analogous: msg`Analogous`,
  triad: msg`Triad`,
  split: msg`Split complement`,
  tetrad: msg`Tetrad`,
};

interface Props {
  readonly color: string;
  readonly onPick: (color: string) => void;
}

/** What goes with the colour in hand, what was used last, and the document's own palette. */
export function ColourRows({ color, onPick }: Props) {
  return (
    <>
      <Harmonies color={color} onPick={onPick} />
      <Recent color={color} onPick={onPick} />
      <Palette color={color} onPick={onPick} />
    </>
  );
}

function Harmonies({ color, onPick }: Props) {
  const [harmony, setHarmony] = useState<Harmony>("complement");
  // The row stays what it was made from while one picks from it.
  const [base, setBase] = useState(color);
  const row = harmonyOf(base, harmony);
  const shown = row.includes(color) ? row : harmonyOf(color, harmony);
  const kind = i18n._(HARMONY_NAMES[harmony]);
  const pick = (hex: string) => {
    setBase(shown[0] ?? hex);
    onPick(hex);
  };
  return (
    <div className="flex flex-col gap-1.5">
      <select
        aria-label={t`Harmony`}
        value={harmony}
        onChange={(event) => {
          setHarmony(event.target.value as Harmony);
          setBase(color);
        }}
        className="h-8 cursor-pointer self-start rounded-lg bg-raised px-2 text-ink pointer-coarse:h-11"
      >
        {HARMONIES.map((name) => (
          <option key={name} value={name}>
            {i18n._(HARMONY_NAMES[name])}
          </option>
        ))}
      </select>
      <Swatches label={t`${kind} colours`} colours={shown} color={color} onPick={pick} />
    </div>
  );
}

function Recent({ color, onPick }: Props) {
  const { recent } = useStudio();
  const colours = useStore(recent.now, ({ colours }) => colours);
  if (colours.length === 0) return null;
  return (
    <div className="flex flex-col gap-1">
      <span className="text-soft">{t`Recent`}</span>
      <Swatches label={t`Recent colours`} colours={colours} color={color} onPick={onPick} />
    </div>
  );
}

function usePalette(): readonly string[] {
  const { doc } = useStudio();
  const said = useSyncExternalStore(
    (changed) => doc.observe((parts) => parts.has("params") && changed()),
    () => paletteOf(doc).join(),
  );
  return said === "" ? [] : said.split(",");
}

function Palette({ color, onPick }: Props) {
  const { doc, render } = useStudio();
  const canEdit = useCanEdit();
  const hasPicture = useLive((l) => l.hasPicture);
  const palette = usePalette();
  const has = palette.includes(color);
  const full = palette.length >= MAX_PALETTE;
  const fromRender = () => {
    const canvas = render.snapshot();
    if (canvas === null) return;
    const small = new OffscreenCanvas(SAMPLE_PX, SAMPLE_PX).getContext("2d");
    small?.drawImage(canvas, 0, 0, SAMPLE_PX, SAMPLE_PX);
    const pixels = small?.getImageData(0, 0, SAMPLE_PX, SAMPLE_PX).data;
    if (pixels !== undefined) addToPalette(doc, coloursOf(pixels, FROM_RENDER));
  };
  return (
    <div className="flex flex-col gap-1">
      <div className="flex items-center justify-between">
        <span className="text-soft">{t`Palette`}</span>
        <span className="-my-1 flex">
          <IconButton
            icon={ImageDown}
            label={t`Add the colours of the render`}
            side="top"
            disabled={!hasPicture || !canEdit || full}
            onClick={fromRender}
          />
          <IconButton
            icon={has ? Minus : Plus}
            label={has ? t`Take this colour out of the palette` : t`Add this colour to the palette`}
            side="top"
            disabled={!canEdit || (full && !has)}
            onClick={() => (has ? removeFromPalette(doc, color) : addToPalette(doc, [color]))}
          />
        </span>
      </div>
      {palette.length === 0 ? (
        <p className="text-faint text-small">{t`Colours that you add stay with this picture.`}</p>
      ) : (
        <Swatches label={t`Palette`} colours={palette} color={color} onPick={onPick} />
      )}
    </div>
  );
}

interface SwatchesProps extends Props {
  readonly label: string;
  readonly colours: readonly string[];
}

export function Swatches({ label, colours, color, onPick }: SwatchesProps) {
  return (
    <fieldset aria-label={label} className="flex flex-wrap gap-1">
      {colours.map((hex) => (
        <button
          key={hex}
          type="button"
          aria-label={hex}
          aria-pressed={hex === color}
          title={hex}
          onClick={() => onPick(hex)}
          className={`size-6 cursor-pointer rounded-md pointer-coarse:size-11 ${hex === color ? "outline-2 outline-accent outline-offset-1" : "ring-1 ring-veil/20 ring-inset hover:ring-veil/60"}`}
          style={{ background: hex }}
        />
      ))}
    </fieldset>
  );
}
