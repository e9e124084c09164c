import { expect, test } from "vitest";
import { promptsText, readPrompts } from "./creative";

test("prompts are written a line each, and read back as they were", () => {
  const prompts = [
    ["golden evening light", 1],
    ["fog, over the lake", 0.4],
    ["snow", -0.5],
  ] as const;
  expect(promptsText(prompts)).toBe("golden evening light\nfog, over the lake:0.4\nsnow:-0.5");
  expect(readPrompts(promptsText(prompts))).toEqual(prompts);
});

test("what is typed need not be tidy", () => {
  expect(readPrompts("  rough rock \n\n fog : .4\nred: \nmoss:0\nsnow:9")).toEqual([
    ["rough rock", 1],
    ["fog", 0.4],
    ["red:", 1],
    ["snow", 2],
  ]);
  expect(readPrompts("")).toEqual([]);
  expect(readPrompts("a\n".repeat(40))).toHaveLength(16);
  expect(readPrompts("x".repeat(900))[0]?.[0]).toHaveLength(500);
});
