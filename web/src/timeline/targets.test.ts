import { i18n } from "@lingui/core";
import { afterEach, expect, test } from "vitest";
import { messages as german } from "../language/de.po";
import type { EngineCard } from "../wire/shots";
import { offersOf } from "./targets";

afterEach(() => i18n.activate("en"));

const CARD = { id: "e", video_fps: 0, references: 0, steps: [1, 4], tweaks: [], parameters: [] };
const offers = () =>
  offersOf({
    prompts: [],
    references: [],
    settings: { strength: 0.5, seed: 1, steps: 2, tweaks: {}, parameters: {} } as never,
    card: CARD as unknown as EngineCard,
    layers: [{ id: "a", kind: "paint", name: "Hills", x: 0, y: 0 } as never],
    morphs: true,
    morphAt: 0,
  });

test("what can be driven has a name in each language, and one that documents and files keep", () => {
  const kept = offers().map((offer) => offer.kept);
  expect(offers().map(({ name }) => name)).toEqual(kept);
  i18n.load("de", german);
  i18n.activate("de");
  const names = offers().map(({ name }) => name);
  expect(names).toContain("Stärke");
  expect(names).toContain("Hills: Drehung");
  expect(offers().map((offer) => offer.kept)).toEqual(kept);
});
