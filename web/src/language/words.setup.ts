/** Before each file of tests: the page's English words; after it, globals as they were. */

import { i18n } from "@lingui/core";
import { afterAll, vi } from "vitest";

i18n.load("en", {});
i18n.activate("en");

afterAll(() => vi.unstubAllGlobals());
