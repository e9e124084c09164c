import { X } from "lucide-react";
import { Dialog } from "radix-ui";
import { SHORTCUTS, type Shortcut } from "../keys";
import { useDesk, useLive, useSheet, useStudio } from "../ui/context";
import { Keys } from "../ui/Tip";

const GROUPS: readonly Shortcut["group"][] = [
  "Tools",
  "Selection",
  "Layers",
  "Colour and size",
  "History",
  "Render",
  "Video",
  "View",
];

/** Rows for what not every engine can do. */
const FOR_REFERENCES = "Makes it a prompt";
const FOR_MASKS = "Takes away from the mask";
const FOR_VIDEO = "Makes the video start from it";

const HANDS: readonly (readonly [string, string])[] = [
  ["Wheel, or two fingers", "Zoom"],
  ["Space and drag, or middle button", "Move the view"],
  ["Shift while drawing a shape", "Square, circle, 45°"],
  ["Drag on a chip", "Its weight; Shift for fine"],
  ["Double-click a slider or a chip", "Its default"],
  ["Paste or drop an image", "Makes it a layer"],
  ["… onto the prompts", FOR_REFERENCES],
  ["Drag the render to the left", "Makes it a layer"],
  ["Shift on a corner or while turning", "Sides freely; steps of 15°"],
  ["Ctrl while moving a layer", "Without snapping"],
  ["Double-click a layer's name", "Renames it"],
  ["Drop a video file", FOR_VIDEO],
  ["Shift with the mask brush", FOR_MASKS],
  ["In the timeline: Space, arrows, Delete", "Play, step, delete keyframes"],
  ["Shift, Alt while selecting", "Adds; takes away"],
  ["Drag what is selected, with V", "Moves it"],
  ["Shift Tab", "Into the controls by keyboard"],
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
            <Dialog.Title className="font-semibold text-[15px] text-ink">Shortcuts</Dialog.Title>
            <Dialog.Close
              aria-label="Close"
              className="grid size-8 cursor-pointer place-items-center rounded-lg text-soft hover:bg-veil/10 hover:text-ink pointer-coarse:size-11"
            >
              <X size={17} aria-hidden />
            </Dialog.Close>
          </div>
          <div className="gap-8 md:columns-3 xl:columns-4">
            {groups.map(([group, rows]) => (
              <section key={group} className="mb-5 break-inside-avoid">
                <h3 className="mb-1.5 text-faint text-small">{group}</h3>
                <dl>
                  {rows.map((s) => (
                    <Row key={s.id} label={s.label}>
                      {s.keys.map((keys) => (
                        <Keys key={keys} keys={keys} />
                      ))}
                    </Row>
                  ))}
                </dl>
              </section>
            ))}
            <section className="mb-5 break-inside-avoid">
              <h3 className="mb-1.5 text-faint text-small">By hand</h3>
              <dl>
                {hands.map(([how, what]) => (
                  <div key={how} className="py-1">
                    <dt className="text-ink">{how}</dt>
                    <dd className="text-small text-soft">{what}</dd>
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
