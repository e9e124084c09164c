/** What the sections of the panel have in common. */

import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg, t } from "@lingui/core/macro";
import { Plus, X } from "lucide-react";
import { Popover } from "radix-ui";
import { type ReactNode, useState } from "react";
import { fixOf, messageOf } from "../../language/problems";
import { DEED_NAMES, DEEDS, deedOf, isModulable, knobsOf, parseKnob } from "../../perform/knobs";
import type { Offer } from "../../timeline/targets";
import { useSheet, useStudio } from "../../ui/context";
import { capital, sentence } from "../../ui/words";
import type { Problem } from "../../wire/shots";

export function Section({ title, aside, children }: SectionProps) {
  return (
    <section aria-label={title} className="flex flex-col gap-2 border-line border-t pt-3">
      <div className="flex min-h-6 items-center justify-between gap-2">
        <h3 className="font-medium text-ink">{title}</h3>
        {aside}
      </div>
      {children}
    </section>
  );
}

interface SectionProps {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

export const Empty = ({ children }: { readonly children: ReactNode }) => (
  <p className="text-small text-soft">{children}</p>
);

/** What went wrong, and what to do. */
export function Trouble({ problem }: { readonly problem: Problem | null }) {
  if (problem === null) return null;
  return (
    <p role="alert" className="flex gap-2 text-small">
      <span aria-hidden className="mt-[5px] size-1.5 shrink-0 rounded-full bg-bad" />
      <span className="text-soft">
        <span className="text-ink">{sentence(messageOf(problem))}</span> {sentence(fixOf(problem))}
      </span>
    </p>
  );
}

export function PlainButton({ children, pressed, ...rest }: PlainProps) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      className={`flex h-8 cursor-pointer items-center justify-center gap-2 rounded-lg px-3 text-ink hover:bg-veil/16 pointer-coarse:h-11 ${pressed ? "bg-veil/16" : "bg-veil/8"}`}
      {...rest}
    >
      {children}
    </button>
  );
}

interface PlainProps {
  readonly children: ReactNode;
  readonly pressed?: boolean;
  readonly onClick: () => void;
  readonly "aria-label"?: string;
}

export function Remove({ label, onClick }: { readonly label: string; readonly onClick: () => void }) {
  return (
    <button
      type="button"
      aria-label={label}
      onClick={onClick}
      className="-mr-1.5 grid size-6 shrink-0 cursor-pointer place-items-center rounded-md text-faint hover:bg-veil/10 hover:text-ink pointer-coarse:size-11"
    >
      <X size={13} aria-hidden />
    </button>
  );
}

interface PickProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [T, string])[];
  readonly onPick: (value: T) => void;
}

/** A list in one line, named for screen readers alone. */
export function Pick<T extends string>({ label, value, options, onPick }: PickProps<T>) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(event) => onPick(event.target.value as T)}
      className="h-7 min-w-0 flex-1 truncate rounded-md bg-raised px-1.5 text-ink text-small pointer-coarse:h-11"
    >
      {options.map(([option, text]) => (
        <option key={option} value={option}>
          {text}
        </option>
      ))}
    </select>
  );
}

interface KnobMenuProps {
  readonly label: string;
  /** Those that sound can move; else all, and things to do. */
  readonly modulable: boolean;
  readonly onPick: (knob: string) => void;
}

/** Whatever can be played. */
export function KnobMenu({ label, modulable, onPick }: KnobMenuProps) {
  const [open, setOpen] = useState(false);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger className="flex h-8 cursor-pointer items-center justify-center gap-1.5 rounded-lg bg-veil/8 px-3 text-ink hover:bg-veil/16 data-[state=open]:bg-veil/16 pointer-coarse:h-11">
        <Plus size={14} aria-hidden className="text-soft" />
        {label}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          side="bottom"
          align="end"
          sideOffset={6}
          collisionPadding={8}
          aria-label={label}
          className="float appear popover z-40 flex w-64 flex-col gap-3 p-4"
        >
          <Knobs
            modulable={modulable}
            onPick={(knob) => {
              setOpen(false);
              onPick(knob);
            }}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

const GROUP_NAMES: Readonly<Record<Offer["group"], MessageDescriptor>> = {
  Prompts: msg`Prompts`,
  Render: msg`Render`,
  Layers: msg`The layer in hand`,
};

function Knobs({ modulable, onPick }: Omit<KnobMenuProps, "label">) {
  const { timing } = useStudio();
  const layer = useSheet((s) => s.layer);
  const offers = timing.offers().filter((offer) => {
    if (offer.group === "Layers" && offer.target.split(":")[1] !== layer) return false;
    return !modulable || isModulable(offer);
  });
  return (
    <>
      {(["Prompts", "Render", "Layers"] as const).map((group) => {
        const knobs = offers.filter((offer) => offer.group === group).flatMap(knobsOf);
        return (
          <Group key={group} title={i18n._(GROUP_NAMES[group])}>
            {knobs.map(({ knob, name }) => (
              <Row
                key={knob}
                name={group === "Layers" ? (name.split(": ").at(-1) ?? name) : name}
                onPick={() => onPick(knob)}
              />
            ))}
          </Group>
        );
      })}
      {!modulable && (
        <Group title={t`To do`}>
          {DEEDS.map((deed) => (
            <Row key={deed} name={i18n._(DEED_NAMES[deed])} onPick={() => onPick(`do:${deed}`)} />
          ))}
        </Group>
      )}
    </>
  );
}

function Group({ title, children }: { readonly title: string; readonly children: ReactNode[] }) {
  if (children.length === 0) return null;
  return (
    <section aria-label={title} className="-mx-2 flex flex-col">
      <h4 className="px-2 pb-1 text-faint text-small">{title}</h4>
      {children}
    </section>
  );
}

function Row({ name, onPick }: { readonly name: string; readonly onPick: () => void }) {
  return (
    <button
      type="button"
      onClick={onPick}
      className="flex min-h-7 cursor-pointer items-center rounded-md px-2 text-left text-ink hover:bg-veil/10 pointer-coarse:min-h-11"
    >
      <span className="truncate">{capital(name)}</span>
    </button>
  );
}

/** What a knob is called now; null: what it turned is gone, or the engine has no such thing. */
export function nameOf(knob: string, offers: readonly Offer[]): string | null {
  const deed = deedOf(knob);
  if (deed !== null) return i18n._(DEED_NAMES[deed]);
  const target = parseKnob(knob)?.target;
  const offer = offers.find((each) => each.target === target);
  return offer === undefined ? null : (knobsOf(offer).find((each) => each.knob === knob)?.name ?? null);
}

/** Everything that can be driven, by what is on the sheet. */
export function useOffers(): readonly Offer[] {
  const { timing } = useStudio();
  useSheet((s) => s.prompts);
  useSheet((s) => s.references);
  useSheet((s) => s.card);
  useSheet((s) => s.layers);
  return timing.offers();
}
