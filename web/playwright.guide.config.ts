import { defineConfig } from "@playwright/test";
import tests from "./playwright.config";

/** Not a test: it takes the guide's pictures (`make guide`). */
export default defineConfig({ ...tests, testMatch: "guide.make.ts", retries: 0 });
