import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg, t } from "@lingui/core/macro";
import { X } from "lucide-react";
import { Dialog } from "radix-ui";
import { GROUP_NAMES, GROUPS, SHORTCUTS } from "../shortcuts";
import { useDesk, useLive, useSheet, useStudio } from "../ui/context";
import { Keys } from "../ui/Tip";

/** Rows for what not every engine can do. */
const FOR_REFERENCES = msg`Makes it a prompt`;
const FOR_MASKS = msg`Takes away from the mask`;
const FOR_VIDEO = msg`Makes the video start from it`;

const HANDS: readonly (readonly [MessageDescriptor, MessageDescriptor])[] = [
  [msg`Wheel, or two fingers`, msg`Zoom`],
  [msg`Space and drag, or middle button`, msg`Move the view`],
  [msg`Shift while drawing a shape`, msg`Square, circle, 45°`],
  [msg`Drag on a chip`, msg`Its weight; Shift for fine`],
  [msg`Double-click a slider or a chip`, msg`Its default`],
  [msg`Paste or drop an image`, msg`Makes it a layer`],
  [msg`… onto the prompts`, FOR_REFERENCES],
  [msg`Drag the render to the left`, msg`Makes it a layer`],
  [msg`Shift on a corner or while turning`, msg`Sides freely; steps of 15°`],
  [msg`Ctrl while moving a layer`, msg`Without snapping`],
  [msg`Double-click a layer's name`, msg`Renames it`],
  [msg`Drop a video file`, FOR_VIDEO],
  [msg`Shift with the mask brush`, FOR_MASKS],
  [msg`In the timeline: Space, arrows, Delete`, msg`Play, step, delete keyframes`],
  [msg`Shift, Alt while selecting`, msg`Adds; takes away`],
  [msg`Drag what is selected, with V`, msg`Moves it`],
  [msg`Shift Tab`, msg`Into the controls by keyboard`],
];

export function HelpSheet() {
  const studio = useStudio();
  const { desk } = studio;
  const open = useDesk((d) => d.helpOpen);
  const references = useSheet((s) => (s.card?.references ?? 0) > 0);
  const masks = useSheet((s) => s.card?.masks === true);
  const films = useLive((l) => l.welcome?.engines.some((card) => card.video_input) === true);
  const can = new Map([
    [FOR_REFERENCES, references],
    [FOR_MASKS, masks],
    [FOR_VIDEO, films],
  ]);
  const hands = HANDS.filter(([, what]) => can.get(what) !== false);
  const groups = GROUPS.map(
    (group) =>
      [group, SHORTCUTS.filter((s) => s.group === group && s.available?.(studio) !== false)] as const,
  ).filter(([, rows]) => rows.length > 0);
  return (
    <Dialog.Root open={open} onOpenChange={(helpOpen) => desk.set({ helpOpen })}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-50 bg-black/55" />
        <Dialog.Content
          aria-describedby={undefined}
          className="float appear fixed top-1/2 left-1/2 z-50 max-h-[calc(100dvh-32px)] w-[min(1240px,calc(100vw-32px))] -translate-x-1/2 -translate-y-1/2 overflow-y-auto p-6 pb-3"
        >
          <div className="mb-4 flex items-center justify-between">
            <Dialog.Title className="font-semibold text-[15px] text-ink">{t`Shortcuts`}</Dialog.Title>
            <Dialog.Close
              aria-label={t`Close`}
              className="grid size-8 cursor-pointer place-items-center rounded-lg text-soft hover:bg-veil/10 hover:text-ink pointer-coarse:size-11"
            >
              <X size={17} aria-hidden />
            </Dialog.Close>
          </div>
          <div className="gap-8 sm:columns-2 lg:columns-3 xl:columns-4">
            {groups.map(([group, rows]) => (
              <section key={group} className="mb-5 break-inside-avoid">
                <h3 className="mb-1.5 text-faint text-small">{i18n._(GROUP_NAMES[group])}</h3>
                <dl>
                  {rows.map((s) => (
                    <Row key={s.id} label={i18n._(s.label)}>
                      {s.keys.map((keys) => (
                        <Keys key={keys} keys={keys} />
                      ))}
                    </Row>
                  ))}
                </dl>
              </section>
            ))}
            <section className="mb-5 break-inside-avoid">
              <h3 className="mb-1.5 text-faint text-small">{t`By hand`}</h3>
              <dl>
                {hands.map(([how, what]) => (
                  <div key={how.id} className="py-1">
                    <dt className="text-ink">{i18n._(how)}</dt>
                    <dd className="text-small text-soft">{i18n._(what)}</dd>
                  </div>
                ))}
              </dl>
            </section>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Row({ label, children }: { readonly label: string; readonly children: React.ReactNode }) {
  return (
    <div className="flex min-h-7 items-center justify-between gap-3">
      <dt className="text-ink">{label}</dt>
      <dd className="flex shrink-0 gap-2">{children}</dd>
    </div>
  );
}
