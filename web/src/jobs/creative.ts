/** The creative way to enhance: an engine paints the larger picture anew. What is asked of it, and how that is written. */

import { weightOf } from "../doc/prompts";
import { MAX_PROMPT_CHARS, MAX_PROMPTS, type WirePrompt } from "../wire/shots";

/** creativity: above 0, to 1. resemblance, clarity: 0 to 1. */
export interface Creative {
  readonly engine: string;
  readonly creativity: number;
  readonly resemblance: number;
  readonly clarity: number;
  readonly prompts: readonly WirePrompt[];
  readonly seed: number;
}

/** What the sliders begin with, and go back to. */
export const DEFAULT_CREATIVITY = 0.5;
export const DEFAULT_RESEMBLANCE = 0.7;
export const DEFAULT_CLARITY = 0.5;
/** Less is the faithful way. */
export const MIN_CREATIVITY = 0.05;

/** One prompt a line, with its weight after a colon where that is not 1. */
export const promptsText = (prompts: readonly WirePrompt[]): string =>
  prompts.map(([text, weight]) => (weight === 1 ? text : `${text}:${weight}`)).join("\n");

export const readPrompts = (text: string): readonly WirePrompt[] =>
  text
    .split("\n")
    .map(readPrompt)
    .filter(([words, weight]) => words !== "" && weight !== 0)
    .slice(0, MAX_PROMPTS);

function readPrompt(line: string): WirePrompt {
  const [, words, weight] = /^(.*):\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*$/.exec(line) ?? [];
  if (words === undefined) return [line.trim().slice(0, MAX_PROMPT_CHARS), 1];
  return [words.trim().slice(0, MAX_PROMPT_CHARS), weightOf(Number(weight))];
}
