// Prints the path of a Chromium for the tests: $LIGHTBRUSH_CHROMIUM, else one on PATH, else the one inside npm's
// @sparticuz/chromium, unpacked once into web/node_modules/.cache. Fails, and says what to do, when there is none.
import { execFileSync } from "node:child_process";
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const WEB = join(dirname(fileURLToPath(import.meta.url)), "..", "web");

function onPath() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function starts(file) {
  try {
    execFileSync(file, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** The package unpacks into the temporary folder, not atomically: give it one of its own, and rename that when done. */
async function unpacked() {
  const packageUrl = pathToFileURL(createRequire(join(WEB, "package.json")).resolve("@sparticuz/chromium"));
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", packageUrl), "utf8"));
  const cache = join(WEB, "node_modules", ".cache");
  const home = join(cache, `chromium-${version}`);
  const launcher = join(home, "launch");
  if (existsSync(launcher)) return launcher;

  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, "unpacking-"));
  process.env.TMPDIR = work;
  process.env.AWS_EXECUTION_ENV = "AWS_Lambda_nodejs22.x"; // unpack the shared libraries too
  const { default: chromium } = await import(packageUrl.href);
  await chromium.executablePath();
  // Its libraries and fonts are for machines that have none: those of the machine are better.
  const bare = !starts(join(work, "chromium"));
  const libraries = bare ? 'export LD_LIBRARY_PATH="$here/al2023/lib"\n' : "";
  const fonts = existsSync("/usr/share/fonts") ? "" : 'export FONTCONFIG_PATH="$here/fonts"\n';
  writeFileSync(
    join(work, "launch"),
    `#!/bin/sh\nhere=$(dirname "$0")\n${libraries}${fonts}exec "$here/chromium" "$@"\n`,
  );
  chmodSync(join(work, "launch"), 0o755);
  try {
    renameSync(work, home);
  } catch (error) {
    if (!existsSync(launcher)) throw error; // else another process was faster
    rmSync(work, { recursive: true });
  }
  return launcher;
}

const file = process.env.LIGHTBRUSH_CHROMIUM ?? onPath() ?? (await unpacked());
if (!starts(file)) {
  console.error(`${file} does not start. Name a Chromium that does: LIGHTBRUSH_CHROMIUM=/path/to/chromium`);
  process.exit(1);
}
console.log(file);
