import { defineConfig } from "@lingui/cli";
import { formatter } from "@lingui/format-po";
import { createSwcExtractor } from "@lingui/native-tools";

/** Which languages the page speaks. The English words stand in the code; each other language has them all in its catalogue. */
export default defineConfig({
  sourceLocale: "en",
  locales: ["en", "de"],
  catalogs: [
    {
      path: "<rootDir>/src/language/{locale}",
      include: ["<rootDir>/src"],
      exclude: ["**/*.test.*", "**/*.fixture.*"],
    },
  ],
  extractors: [createSwcExtractor()],
  // No lines: a catalogue changes with the words and not with the code around them.
  format: formatter({ lineNumbers: false }),
  orderBy: "message",
});
