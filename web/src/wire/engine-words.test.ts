import { i18n } from "@lingui/core";
import { afterEach, expect, test } from "vitest";
import { messages as german } from "../language/de.po";
import { engineWord } from "./engine-words";

afterEach(() => i18n.activate("en"));

const IMPORTED = "A model like Stable Diffusion XL, imported from /models/mine.safetensors";

test("in English a card's sentence is shown as it was said", () => {
  for (const said of ["Sketch shows", "Licence: Apache-2.0", IMPORTED, "another engine's own"])
    expect(engineWord(said)).toBe(said);
});

test("in another language what is known is translated, around names that are not", () => {
  i18n.load("de", german);
  i18n.activate("de");
  expect(engineWord("Sketch shows")).toBe("Skizze zeigt");
  expect(engineWord("Licence: Apache-2.0")).toBe("Lizenz: Apache-2.0");
  expect(engineWord("Licence: not known")).toBe("Lizenz: nicht bekannt");
  expect(engineWord(IMPORTED)).toBe(
    "Ein Modell wie Stable Diffusion XL, importiert aus /models/mine.safetensors",
  );
  expect(engineWord("another engine's own")).toBe("another engine's own");
});
