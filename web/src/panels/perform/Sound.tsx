import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg, t } from "@lingui/core/macro";
import { Mic, MicOff } from "lucide-react";
import { useEffect, useRef } from "react";
import { fixed } from "../../language/numbers";
import { CURVE_NAMES, CURVES } from "../../perform/curves";
import { type Modulation, SOURCES, type Source } from "../../perform/stored";
import { MAX_BPM, MIN_BPM } from "../../perform/tempo";
import { useCanEdit, usePerformance, useStudio } from "../../ui/context";
import { LabelledSlider } from "../../ui/LabelledSlider";
import { Tip } from "../../ui/Tip";
import { Empty, KnobMenu, nameOf, Pick, PlainButton, Remove, Section, Trouble, useOffers } from "./parts";

const SOURCE_NAMES: Readonly<Record<Source, MessageDescriptor>> = {
  bass: msg`Bass`,
  mid: msg`Mid`,
  treble: msg`Treble`,
  level: msg`Level`,
  onset: msg`Onset`,
  beat: msg`Beat`,
  bar: msg`Bar`,
};
const METERS = ["bass", "mid", "treble", "onset"] as const;

export function SoundAndBeat() {
  return (
    <>
      <Listen />
      <Beat />
      <Moved />
    </>
  );
}

function Listen() {
  const { performing } = useStudio();
  const sound = usePerformance((p) => p.sound);
  const gain = usePerformance((p) => p.gain);
  return (
    <Section title={t`Sound`}>
      {sound.name === "off" && <Trouble problem={sound.problem} />}
      {sound.name !== "on" ? (
        <PlainButton onClick={() => performing.listen()}>
          <Mic size={15} strokeWidth={1.75} aria-hidden />
          {sound.name === "asking" ? t`The browser asks…` : t`Listen to the microphone`}
        </PlainButton>
      ) : (
        <>
          <div className="flex gap-2">
            {sound.devices.length > 1 && (
              <Pick
                label={t`Input`}
                value={sound.device}
                options={sound.devices.map(({ id, name }) => [id, name])}
                onPick={(device) => performing.listen(device)}
              />
            )}
            <PlainButton onClick={() => performing.endListening()}>
              <MicOff size={15} strokeWidth={1.75} aria-hidden />
              {t`Stop`}
            </PlainButton>
          </div>
          <div className="flex flex-col gap-1">
            {METERS.map((source) => (
              <Meter key={source} source={source} />
            ))}
          </div>
          <LabelledSlider
            label={t`Sensitivity`}
            value={gain}
            low={0.25}
            high={4}
            step={0.05}
            fallback={1}
            format={(value) => `${value.toFixed(2)}×`}
            onChange={(value) => performing.setGain(value)}
          />
        </>
      )}
    </Section>
  );
}

/** Written to directly: sixty times a second is nothing for React to follow. */
function Meter({ source }: { readonly source: Source }) {
  const { performing } = useStudio();
  const bar = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const show = () => {
      if (bar.current !== null)
        bar.current.style.transform = `scaleX(${performing.sources[source].toFixed(3)})`;
    };
    show();
    return performing.watch(show);
  }, [performing, source]);
  return (
    <div className="flex items-center gap-2">
      <span className="w-12 text-faint text-small">{i18n._(SOURCE_NAMES[source])}</span>
      <span className="h-1.5 flex-1 overflow-hidden rounded-full bg-veil/10" data-meter={source}>
        <span
          ref={bar}
          className="block h-full origin-left rounded-full bg-ink"
          style={{ transform: "scaleX(0)" }}
        />
      </span>
    </div>
  );
}

function Beat() {
  const { performing } = useStudio();
  const bpm = usePerformance((p) => p.tempo.bpm);
  const light = useRef<HTMLSpanElement>(null);
  useEffect(
    () =>
      performing.watch(() => {
        if (light.current !== null) light.current.style.opacity = String(0.2 + 0.8 * performing.sources.beat);
      }),
    [performing],
  );
  return (
    <Section
      title={t`Beat`}
      aside={
        bpm !== null && (
          <span className="figures flex items-center gap-1.5 text-ink">
            <span ref={light} aria-hidden className="size-2 rounded-full bg-ink" />
            {fixed(bpm, 1)} BPM
            <Remove label={t`No beat`} onClick={() => performing.setBpm(null)} />
          </span>
        )
      }
    >
      <div className="flex gap-2">
        <Tip label={t`Tap in time, four times or more`} keys="Y">
          <button
            type="button"
            // At the touch, not when the finger leaves: that is the beat.
            onPointerDown={(event) => event.button === 0 && performing.tap()}
            onKeyDown={(event) => {
              if ((event.key !== " " && event.key !== "Enter") || event.repeat) return;
              event.preventDefault();
              performing.tap();
            }}
            className="h-8 flex-1 cursor-pointer rounded-lg bg-veil/8 text-ink hover:bg-veil/16 active:bg-veil/25 pointer-coarse:h-11"
          >
            {t`Tap`}
          </button>
        </Tip>
        {bpm !== null && (
          <>
            <PlainButton
              aria-label={t`Half the tempo`}
              onClick={() => performing.setBpm(Math.max(MIN_BPM, bpm / 2))}
            >
              ½
            </PlainButton>
            <PlainButton
              aria-label={t`Twice the tempo`}
              onClick={() => performing.setBpm(Math.min(MAX_BPM, bpm * 2))}
            >
              2×
            </PlainButton>
          </>
        )}
      </div>
    </Section>
  );
}

/** What sound and beat move. */
function Moved() {
  const { performing } = useStudio();
  const modulations = usePerformance((p) => p.modulations);
  const offers = useOffers();
  const canEdit = useCanEdit();
  return (
    <Section title={t`Modulation`}>
      <div className="flex flex-col gap-2" inert={!canEdit}>
        {modulations.length === 0 && (
          <Empty>
            {t`Bass, onsets and the beat can move anything with a value. It swings around where you put it.`}
          </Empty>
        )}
        {modulations.map((modulation) => (
          <Row key={modulation.id} modulation={modulation} name={nameOf(modulation.knob, offers)} />
        ))}
        <KnobMenu label={t`Move a parameter`} modulable onPick={(knob) => performing.modulate(knob)} />
      </div>
    </Section>
  );
}

function Row({ modulation, name }: { readonly modulation: Modulation; readonly name: string | null }) {
  const { performing } = useStudio();
  const { id, source, amount, curve } = modulation;
  const title = name ?? t`What it moved is not here`;
  return (
    <fieldset
      aria-label={t`Modulation of ${title}`}
      className="flex flex-col gap-1.5 rounded-lg bg-veil/4 p-2.5"
    >
      <div className="flex items-center justify-between gap-2">
        <span className={`truncate first-letter:uppercase ${name === null ? "text-faint" : "text-ink"}`}>
          {title}
        </span>
        <Remove label={t`Move ${title} no longer`} onClick={() => performing.unmodulate(id)} />
      </div>
      <div className="flex gap-1.5">
        <Pick
          label={t`Moved by`}
          value={source}
          options={SOURCES.map((each) => [each, i18n._(SOURCE_NAMES[each])])}
          onPick={(picked) => performing.change(id, { source: picked })}
        />
        <Pick
          label={t`Curve`}
          value={curve}
          options={CURVES.map((each) => [each, i18n._(CURVE_NAMES[each])])}
          onPick={(picked) => performing.change(id, { curve: picked })}
        />
      </div>
      <LabelledSlider
        label={t`Amount`}
        value={amount}
        low={-1}
        high={1}
        step={0.01}
        fallback={0}
        middle={0}
        format={(value) => `${value > 0 ? "+" : ""}${Math.round(value * 100)} %`.replace("-", "−")}
        onChange={(value, gesture) => performing.change(id, { amount: value }, gesture)}
      />
    </fieldset>
  );
}
