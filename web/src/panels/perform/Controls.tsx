import { i18n } from "@lingui/core";
import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Cable, Network } from "lucide-react";
import { useEffect, useRef } from "react";
import { CURVE_NAMES, CURVES } from "../../perform/curves";
import { deedOf, parseKnob, reachOf } from "../../perform/knobs";
import { sayControl } from "../../perform/midi";
import type { Binding } from "../../perform/stored";
import { useCanEdit, useInstruments, usePerformance, useSheet, useStudio } from "../../ui/context";
import { NumberField } from "../timeline/NumberField";
import { Empty, KnobMenu, nameOf, Pick, PlainButton, Remove, Section, Trouble, useOffers } from "./parts";

/** Knobs, faders and pads of instruments, and other programs. */
export function Controls() {
  const { performing } = useStudio();
  const bindings = usePerformance((p) => p.bindings);
  const learning = usePerformance((p) => p.learning);
  const connected = useInstruments(({ midi, osc }) => midi.name === "on" || osc.name === "on");
  const offers = useOffers();
  const canEdit = useCanEdit();
  const learnt = learning === null ? null : (nameOf(learning, offers) ?? t`it`);
  return (
    <Section title={t`Controls`}>
      <MidiRow />
      <OscRow />
      <div className="flex flex-col gap-2" inert={!canEdit}>
        {bindings.length === 0 && learning === null && (
          <Empty>
            {connected
              ? t`Pick a parameter, then move the knob, fader or pad that shall turn it.`
              : t`Connect an instrument or OSC, then give its knobs and pads something to turn.`}
          </Empty>
        )}
        {bindings.map((binding) => (
          <Row key={binding.id} binding={binding} name={nameOf(binding.knob, offers)} />
        ))}
        {learning === null ? (
          connected && (
            <KnobMenu
              label={t`Learn a control`}
              modulable={false}
              onPick={(knob) => performing.learn(knob)}
            />
          )
        ) : (
          <div role="status" className="flex flex-col gap-2 rounded-lg border border-accent p-2.5">
            <p className="text-ink">
              <Trans>
                Move a control for <span className="font-medium">{learnt}</span>
              </Trans>
            </p>
            <PlainButton onClick={() => performing.learn(null)}>{t`Cancel`}</PlainButton>
          </div>
        )}
      </div>
    </Section>
  );
}

function MidiRow() {
  const { instruments } = useStudio();
  const midi = useInstruments((i) => i.midi);
  const on = midi.name === "on";
  const said = !on
    ? midi.name === "asking"
      ? t`The browser asks…`
      : t`Off`
    : midi.inputs.length === 0
      ? t`No instrument yet`
      : midi.inputs.join(", ");
  return (
    <>
      <Connection
        icon={Cable}
        name="MIDI"
        said={said}
        on={on}
        toggle={() => (on ? instruments.disconnectMidi() : void instruments.connectMidi())}
      />
      {midi.name === "off" && <Trouble problem={midi.problem} />}
    </>
  );
}

function OscRow() {
  const { instruments } = useStudio();
  const osc = useInstruments((i) => i.osc);
  const said = {
    off: t`Off`,
    none: t`The server hears none`,
    asking: t`Connecting…`,
    lost: t`Waiting for the server…`,
    on: osc.name === "on" ? osc.address : "",
  }[osc.name];
  const on = osc.name !== "off" && osc.name !== "none";
  return (
    <>
      <Connection
        icon={Network}
        name="OSC"
        said={said}
        on={on}
        toggle={() => (on ? instruments.endOsc() : instruments.hearOsc())}
      />
      {osc.name === "none" && (
        <p className="text-small text-soft">
          <Trans>
            Start it with{" "}
            <code className="select-text rounded bg-veil/8 px-1 text-ink">--osc 127.0.0.1:9000</code>, then
            connect again.
          </Trans>
        </p>
      )}
    </>
  );
}

interface ConnectionProps {
  readonly icon: typeof Cable;
  readonly name: string;
  readonly said: string;
  readonly on: boolean;
  readonly toggle: () => void;
}

function Connection({ icon: Icon, name, said, on, toggle }: ConnectionProps) {
  return (
    <div className="flex items-center gap-2">
      <Icon size={15} strokeWidth={1.75} aria-hidden className="shrink-0 text-soft" />
      <span className="flex min-w-0 flex-1 flex-col">
        <span className="text-ink">{name}</span>
        <span className="truncate text-faint text-small" role="status">
          {said}
        </span>
      </span>
      <PlainButton aria-label={on ? t`Disconnect ${name}` : t`Connect ${name}`} onClick={toggle}>
        {on ? t`Disconnect` : t`Connect`}
      </PlainButton>
    </div>
  );
}

function Row({ binding, name }: { readonly binding: Binding; readonly name: string | null }) {
  const { performing } = useStudio();
  const card = useSheet((s) => s.card);
  const { id, knob, control, low, high, curve } = binding;
  const parsed = parseKnob(knob);
  const reach = parsed === null ? null : reachOf(parsed, card);
  const title = name ?? t`What it turned is not here`;
  const digits = reach !== null && reach[1] - reach[0] > 20 ? 0 : 2;
  const step = digits === 0 ? 1 : 0.01;
  const range = (label: string, value: number, set: (next: number) => void) => (
    <div className="min-w-0 flex-1">
      <NumberField
        label={label}
        value={value}
        low={-16_384}
        high={16_384}
        step={step}
        digits={digits}
        onPick={set}
      />
    </div>
  );
  return (
    <fieldset
      aria-label={`${sayControl(control)}: ${title}`}
      className="flex flex-col gap-1.5 rounded-lg bg-veil/4 p-2.5"
    >
      <div className="flex items-center justify-between gap-2">
        <span
          className={`min-w-0 truncate first-letter:uppercase ${name === null ? "text-faint" : "text-ink"}`}
        >
          {title}
        </span>
        <Remove label={t`Turn ${title} no longer`} onClick={() => performing.unbind(id)} />
      </div>
      <div className="flex items-center gap-2">
        <span className="figures min-w-0 flex-1 truncate text-small text-soft">{sayControl(control)}</span>
        <Position control={control} />
      </div>
      {deedOf(knob) === null && reach !== null && (
        <>
          {range(t`From`, low, (next) => performing.changeBinding(id, { low: next }))}
          {range(t`To`, high, (next) => performing.changeBinding(id, { high: next }))}
          <div className="flex">
            <Pick
              label={t`Curve`}
              value={curve}
              options={CURVES.map((each) => [each, i18n._(CURVE_NAMES[each])])}
              onPick={(picked) => performing.changeBinding(id, { curve: picked })}
            />
          </div>
        </>
      )}
    </fieldset>
  );
}

/** Where the control is, once it was moved. */
function Position({ control }: { readonly control: string }) {
  const { performing } = useStudio();
  const bar = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const show = () => {
      const at = performing.moved.get(control) ?? 0;
      if (bar.current !== null) bar.current.style.transform = `scaleX(${at.toFixed(3)})`;
    };
    show();
    return performing.watch(show);
  }, [performing, control]);
  return (
    <span aria-hidden className="h-1.5 w-16 shrink-0 overflow-hidden rounded-full bg-veil/10">
      <span ref={bar} className="block h-full origin-left rounded-full bg-ink" />
    </span>
  );
}
