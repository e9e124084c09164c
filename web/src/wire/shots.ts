/** The values that travel: the TypeScript twin of `shots.py` and of the meta structs in `wire.py`. */

export type Encoding = "image/jpeg" | "image/png";
export type ParameterValue = number | string | boolean;

export const WEIGHT_MIN = -2;
export const WEIGHT_MAX = 2;
export const MAX_PROMPTS = 16;
export const MAX_PROMPT_CHARS = 500;
export const MAX_REFERENCES = 8;
export const MAX_REGIONS = 8;
/** Of the answer's shorter side. */
export const MAX_FEATHER = 0.5;
export const MAX_SEED = 2 ** 32 - 1;

/** A text and its weight; on the wire a two-element array. */
export type WirePrompt = readonly [text: string, weight: number];
export type WireSize = readonly [width: number, height: number];

/** A picture as a prompt: the SHA-256 of its file, 64 lower-case hex digits, and its weight. */
export interface Reference {
  readonly sha256: string;
  readonly weight: number;
}

/** A part of the picture that something else is said of; the later ones lie above. */
export interface Region {
  readonly prompts: readonly WirePrompt[];
  readonly references: readonly Reference[];
  /** 0: as if it were not there; 1: where it covers wholly, only what it says is heard. */
  readonly strength: number;
  /** How softly its edge is blurred, 0 to MAX_FEATHER. */
  readonly feather: number;
  /** As a shot's own mask: opaque where it lies. */
  readonly mask: Uint8Array;
}

/** Everything a shot says besides its sketch. */
export interface ShotMeta {
  readonly engine: string;
  readonly width: number;
  readonly height: number;
  readonly prompts: readonly WirePrompt[];
  readonly references: readonly Reference[];
  readonly seed: number;
  readonly seedTo: number;
  /** 0: `seed` alone; 1: `seedTo` alone; between, the noise lies on the way. */
  readonly seedMix: number;
  readonly steps: number;
  readonly strength: number;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly accept: Encoding;
  readonly quality: number;
  /** SHA-256 of the picture that `mask` keeps; "" for none. */
  readonly base: string;
  /** PNG or WebP, opaque where to render anew; empty for none. */
  readonly mask: Uint8Array;
  /** From the lowest up. */
  readonly regions: readonly Region[];
}

/** What a video follows from its next block on, besides the picture that it starts from. Without prompts it ends. */
export interface BlockMeta {
  readonly engine: string;
  readonly width: number;
  readonly height: number;
  /** Weights above 0; only their ratios count. */
  readonly prompts: readonly WirePrompt[];
  /** Over how many blocks it goes to the prompts from what it follows now; 0 and 1 are a cut. */
  readonly transitionBlocks: number;
  readonly seed: number;
  readonly steps: number;
  /** Of the picture: above 0, at most 1, which keeps nothing of it. */
  readonly strength: number;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly quality: number;
  /** It rests until a block says otherwise. */
  readonly paused: boolean;
}

export interface PictureMeta {
  readonly encoding: Encoding;
  readonly width: number;
  readonly height: number;
  readonly engine: string;
  readonly worker: string;
  /** Stage name -> milliseconds, in the order the stages ran. */
  readonly times_ms: Readonly<Record<string, number>>;
  /** Of a video's frame: its number in the stream, from 0; else null. */
  readonly frame: number | null;
}

export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly value: string;
  readonly fix: string;
}

export interface Material {
  readonly name: string;
  readonly label: string;
  readonly rgb: readonly [number, number, number];
}

export interface Parameter {
  readonly name: string;
  readonly label: string;
  readonly default: ParameterValue;
  readonly low: number | null;
  readonly high: number | null;
  readonly choices: readonly string[];
  readonly help: string;
}

export interface EngineCard {
  readonly id: string;
  readonly name: string;
  readonly summary: string;
  readonly licence: string;
  readonly sizes: readonly WireSize[];
  readonly default_size: WireSize;
  readonly steps: readonly [low: number, high: number];
  readonly default_steps: number;
  readonly materials: readonly Material[];
  readonly parameters: readonly Parameter[];
  /** How many reference pictures it takes at most. */
  readonly references: number;
  /** Whether it re-renders a masked region of a base. */
  readonly masks: boolean;
  /** What is seen in its pictures can be asked for, by the names of its materials. */
  readonly labels: boolean;
  /** How many parts of a picture it takes at most that something else is said of. */
  readonly regions: number;
  /** Sliders for the live picture; their values travel among a shot's `parameters`. */
  readonly tweaks: readonly Parameter[];
  readonly example_prompts: readonly string[];
  /** Whether a page can render with it by itself. */
  readonly browser: boolean;
  /** Of an engine that renders blocks of video, and no pictures: frames a second; else 0. */
  readonly video_fps: number;
  /** Whether its video can start from pictures. */
  readonly video_input: boolean;
  /** It can go on from a picture: the creative way to enhance takes it. */
  readonly paints_anew: boolean;
  /** Of two sizes of one shape the larger is the same picture, sharper. */
  readonly sharpens: boolean;
  /** Where nothing is drawn it lays a place out, and can say which. */
  readonly lays_out: boolean;
}

export interface Welcome {
  readonly session: string;
  readonly server: string;
  readonly engines: readonly EngineCard[];
  readonly default_engine: string;
  readonly limits: { readonly message_bytes: number; readonly sketch_pixels: number };
}

/** A size of an engine, pixels, that its next pictures will have. */
export interface Prepare {
  readonly engine: string;
  readonly width: number;
  readonly height: number;
}

export interface Status {
  readonly state: string;
  readonly workers: number;
  readonly device: string;
  /** In the queue of those who wait to be let in; 0: in. */
  readonly place: number;
  /** Another member of the room renders; its pictures come here with seq 0. */
  readonly follows: boolean;
}
