/** Everything that can be done here, by name: the shortcuts (shortcuts.ts), and what has a button or a list only. */

import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg, t } from "@lingui/core/macro";
import { brushName, PRESETS } from "../brushes/presets";
import { SHAPE_NAMES } from "../canvas/shape-gesture";
import { toHex } from "../doc/example";
import { isVideo, keysFor } from "../doc/settings";
import { SHAPES } from "../doc/shapes";
import { LANGUAGE_NAMES, LANGUAGES } from "../language/language";
import { titleOf } from "../layering";
import { canRender } from "../local/engine";
import { canRun, GROUP_NAMES, SHORTCUTS } from "../shortcuts";
import type { Studio } from "../studio";
import { takeSelectTool, takeShape } from "../ui/desk-commands";
import { THEMES, type Theme } from "../ui/theme";
import { engineWord } from "../wire/engine-words";

export interface Command {
  /** The same at every visit: it is what is remembered as used. */
  readonly id: string;
  readonly label: string;
  readonly group: string;
  /** As shown to people. */
  readonly keys?: string | undefined;
  /** Whether it can be done at this moment. */
  readonly can: boolean;
  readonly run: () => void;
}

const THEME_COMMANDS: Readonly<Record<Theme, MessageDescriptor>> = {
  system: msg`Theme: as the system has it`,
  light: msg`Light theme`,
  dark: msg`Dark theme`,
};

/** What there is now: asked for anew each time the palette opens. */
export const commandsOf = (studio: Studio): Command[] => [
  ...shortcuts(studio),
  ...tools(studio),
  ...brushes(studio),
  ...colours(studio),
  ...layers(studio),
  ...render(studio),
  ...view(studio),
];

function shortcuts(studio: Studio): Command[] {
  return SHORTCUTS.filter((shortcut) => !shortcut.byHand && shortcut.available?.(studio) !== false).map(
    (shortcut) => ({
      id: shortcut.id,
      label: i18n._(shortcut.label),
      group: i18n._(GROUP_NAMES[shortcut.group]),
      keys: shortcut.keys[0],
      can: canRun(shortcut, studio),
      run: () => shortcut.run(studio, new KeyboardEvent("keydown")),
    }),
  );
}

/** Of tools that share a key and a button, each by itself. */
function tools({ desk, canEdit }: Studio): Command[] {
  const group = t`Tools`;
  return [
    ...SHAPES.map((shape) => ({
      id: `shape:${shape}`,
      label: i18n._(SHAPE_NAMES[shape]),
      group,
      can: canEdit,
      run: () => takeShape(desk, shape),
    })),
    {
      id: "select-rect",
      label: t`Rectangle select`,
      group,
      can: canEdit,
      run: () => takeSelectTool(desk, "select-rect"),
    },
    { id: "lasso", label: t`Lasso`, group, can: canEdit, run: () => takeSelectTool(desk, "lasso") },
  ];
}

function brushes({ brushes, desk, canEdit }: Studio): Command[] {
  return [...PRESETS, ...brushes.now.get().own].map((preset) => ({
    id: `brush:${preset.id}`,
    label: t`Brush: ${{ name: brushName(preset) }}`,
    group: t`Brushes`,
    can: canEdit,
    run: () => {
      brushes.take(preset.id, "brush");
      desk.set({ tool: "brush" });
    },
  }));
}

function colours({ sheet, desk, canEdit }: Studio): Command[] {
  return (sheet.get().card?.materials ?? []).map(({ name, label, rgb }) => ({
    id: `material:${name}`,
    label: t`Paint with ${{ material: engineWord(label) }}`,
    group: t`Colours`,
    can: canEdit,
    run: () => desk.set({ color: toHex(rgb), tool: "brush" }),
  }));
}

function layers({ sheet, layering, desk, canEdit }: Studio): Command[] {
  const { card, layer: inHand } = sheet.get();
  return [
    {
      id: "new-region",
      label: t`New region: an area with words of its own`,
      group: t`Layers`,
      can: canEdit && (card?.regions ?? 0) > 0,
      run: () => {
        layering.addRegion();
        desk.set({ panelOpen: true, panel: "layers" });
      },
    },
    // From the top to the bottom, as the panel lists them.
    ...sheet
      .get()
      .layers.toReversed()
      .map((layer) => ({
        id: `layer:${layer.id}`,
        label: t`Layer: ${{ name: titleOf(layer) }}`,
        group: t`Layers`,
        can: canEdit && layer.id !== inHand,
        run: () => layering.select(layer.id),
      })),
  ];
}

function render(studio: Studio): Command[] {
  const { doc, desk, sheet, live, recordings, sharing, video, canEdit } = studio;
  const { card } = sheet.get();
  const { inBrowser, crossFade, sharpens } = desk.get();
  const engines = (live.get().welcome?.engines ?? []).filter((engine) => isVideo(engine) === video.on);
  const group = t`Render`;
  return [
    ...engines.map((engine) => ({
      id: `engine:${engine.id}`,
      label: t`Engine: ${{ name: engine.name }}`,
      group,
      can: canEdit && engine.id !== card?.id,
      run: () => doc.setParams({ [keysFor(video.on).engine]: engine.id }, ""),
    })),
    ...(card?.browser === true && canRender()
      ? [
          {
            id: "render-here",
            label: inBrowser ? t`Render on the server` : t`Render in this browser`,
            group,
            can: true,
            run: () => desk.set({ inBrowser: !inBrowser }),
          },
        ]
      : []),
    ...(card?.sharpens === true
      ? [
          {
            id: "sharpen",
            label: sharpens ? t`Do not sharpen at rest` : t`Sharpen when the hand rests`,
            group,
            can: true,
            run: () => desk.set({ sharpens: !sharpens }),
          },
        ]
      : []),
    {
      id: "cross-fade",
      label: crossFade ? t`Without cross-fade` : t`Cross-fade between renders`,
      group,
      can: true,
      run: () => desk.set({ crossFade: !crossFade }),
    },
    ...(recordings.now.get().list.length > 0
      ? [
          {
            id: "recordings",
            label: t`Recordings and premieres`,
            group,
            can: true,
            run: () => desk.set({ recordingsOpen: true, chromeHidden: false }),
          },
        ]
      : []),
    {
      id: "room-versions",
      label: t`Earlier versions of the room`,
      group: t`History`,
      can: sharing.shared,
      run: () => desk.set({ versionsOpen: true }),
    },
  ];
}

function view({ desk }: Studio): Command[] {
  const { divider, theme } = desk.get();
  const group = t`View`;
  const side = (id: string, label: string, at: number) => ({
    id,
    label,
    group,
    can: divider !== at,
    run: () => desk.set({ divider: at }),
  });
  return [
    {
      id: "share",
      label: t`Share: invite others`,
      group,
      can: true,
      run: () => desk.set({ shareOpen: true, chromeHidden: false }),
    },
    side("both-panes", t`Both panes`, 0.5),
    side("sketch-only", t`The sketch alone`, 1),
    side("render-only", t`The render alone`, 0),
    ...LANGUAGES.map((name) => ({
      id: `language:${name}`,
      // In its own words too, for who came here by mistake.
      label: t`Language: ${{ name: LANGUAGE_NAMES[name] }}`,
      group,
      can: name !== i18n.locale,
      run: () => desk.set({ language: name }),
    })),
    ...THEMES.map((name) => ({
      id: `theme:${name}`,
      label: i18n._(THEME_COMMANDS[name]),
      group,
      can: name !== theme,
      run: () => desk.set({ theme: name }),
    })),
  ];
}
