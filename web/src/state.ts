/** What the panels show, as values that the studio sets. */

import type { LightDocument } from "./doc/document";
import { type Frame, frameOf } from "./doc/frame";
import type { Layer } from "./doc/layers";
import { type MaskState, NO_MASK } from "./doc/mask";
import { type KeptLook, MORPH_A, MORPH_B, parseLook } from "./doc/morph";
import type { PromptValue } from "./doc/prompts";
import type { ReferenceValue } from "./doc/references";
import type { Settings } from "./doc/settings";
import { NO_READING, type Reading } from "./live/meter";
import type { LocalState } from "./local/channel";
import { OFF } from "./local/engine";
import type { LinkState } from "./wire/link";
import type { EngineCard, Problem, Status, Welcome } from "./wire/shots";

/** What the panels show of the document. */
export interface Sheet {
  readonly prompts: readonly PromptValue[];
  readonly references: readonly ReferenceValue[];
  readonly settings: Settings | null;
  readonly card: EngineCard | null;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly frame: Frame;
  /** From the bottom to the top. */
  readonly layers: readonly Layer[];
  /** The layer in hand; null when there is none. */
  readonly layer: string | null;
  /** Differs when the sketch may look different. */
  readonly look: string;
  /** There is nothing that "clear" would take away. */
  readonly empty: boolean;
  readonly mask: MaskState;
  readonly maskPrompt: string;
  readonly lookA: KeptLook | null;
  readonly lookB: KeptLook | null;
  /** Where the morph is, 0 (A) to 1 (B); null while what is rendered is the document's own look. */
  readonly morphAt: number | null;
}

export interface Preparing {
  readonly width: number;
  readonly height: number;
  /** 0 to 1. */
  readonly share: number;
}

/** What the panels show of the connection and the render. */
export interface Live {
  readonly link: LinkState;
  readonly welcome: Welcome | null;
  readonly status: Status | null;
  /** The engine of this browser. */
  readonly local: LocalState;
  readonly problem: Problem | null;
  readonly working: boolean;
  readonly hasPicture: boolean;
  readonly reading: Reading;
  readonly saving: boolean;
  /** Seconds of video that were recorded; null when nothing is. */
  readonly recorded_s: number | null;
  /** A picture that was kept is what is shown. */
  readonly held: boolean;
  /** Where the morph is while it plays. */
  readonly playing: number | null;
  /** What went wrong with a picture on its way into the prompts; said at the prompts. */
  readonly dockProblem: Problem | null;
  /** Pictures that no shot can name: the server refused them, or their bytes are gone. */
  readonly unusable: ReadonlySet<string>;
  /** The size that the server gets ready for, while pictures come in the one before. */
  readonly preparing: Preparing | null;
}

/** Before the server has said anything, and before the marks were read. */
export const freshSheet = (doc: LightDocument): Sheet => ({
  prompts: doc.promptList(),
  references: doc.referenceList(),
  settings: null,
  card: null,
  canUndo: doc.canUndo,
  canRedo: doc.canRedo,
  frame: frameOf(keptSize(doc.param("size"))),
  layers: [],
  layer: null,
  look: "",
  empty: true,
  mask: NO_MASK,
  maskPrompt: "",
  lookA: parseLook(doc.param(MORPH_A)),
  lookB: parseLook(doc.param(MORPH_B)),
  morphAt: null,
});

export const freshLive = (): Live => ({
  link: { name: "idle" },
  welcome: null,
  status: null,
  local: OFF,
  problem: null,
  working: false,
  hasPicture: false,
  reading: NO_READING,
  saving: false,
  recorded_s: null,
  held: false,
  playing: null,
  dockProblem: null,
  unusable: new Set(),
  preparing: null,
});

/** Another member of the room renders: what it gets is shown here. */
export const follows = ({ status }: Live): boolean => status?.follows === true;

/** Before the server's card is known the kept size gives the aspect, so that nothing jumps. */
export function keptSize(size: unknown): readonly [number, number] {
  const [width, height] = String(size ?? "1x1")
    .split("x")
    .map(Number);
  return width && height ? [width, height] : [1, 1];
}
