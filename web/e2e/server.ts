/** A real `lightbrush serve` for the tests: started, killed and started again on the same port. */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const installed = `${root}.venv/bin/lightbrush`;

/**
 * What the server reads of ours: this folder's code, not what is meant for the tests, no data but its own, and wide lines, so
 * that no address is broken. PyTorch on one thread: on tiny networks several only wait for each other. Workers step back
 * for nobody: beside the browser of another test they would hardly get on. And no second one loads its engines while the
 * page is looked at.
 */
function environment(data: string): NodeJS.ProcessEnv {
  const { LIGHTBRUSH_URL: _url, LIGHTBRUSH_CHROMIUM: _chromium, FORCE_COLOR: _color, ...rest } = process.env;
  return {
    ...rest,
    PYTHONPATH: `${root}src${delimiter}${root}`,
    XDG_DATA_HOME: data,
    COLUMNS: "200",
    NO_COLOR: "1",
    OMP_NUM_THREADS: "1",
    LIGHTBRUSH_WORKER_NICE: "0",
    LIGHTBRUSH_WORKER_STANDBY: "false",
  };
}

/** engines: those to serve; none: the default one. */
export class Server {
  private child: ChildProcess | null = null;
  private port = 0;
  /** Where it keeps its jobs; also when it is killed and started again. */
  private readonly data = mkdtempSync(join(tmpdir(), "lightbrush-e2e-"));
  url = process.env.LIGHTBRUSH_URL ?? "";

  constructor(private readonly engines: readonly string[] = []) {}

  /** Another server was named in LIGHTBRUSH_URL: it can be used, but not killed. */
  get borrowed(): boolean {
    return process.env.LIGHTBRUSH_URL !== undefined;
  }

  /** Resolves when the server has printed its address. */
  async start(): Promise<void> {
    if (this.borrowed) return;
    const command = existsSync(installed) ? installed : "lightbrush";
    const child = spawn(
      command,
      ["serve", "--port", String(this.port), ...this.engines.flatMap((id) => ["--engine", id])],
      {
        cwd: root,
        env: environment(this.data),
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    this.child = child;
    const said: string[] = [];
    child.stderr.on("data", (data: Buffer) => said.push(data.toString()));
    this.url = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        said.push(line);
        const address = /http:\/\/[\w.:[\]/?=-]+/.exec(line)?.[0];
        if (address) resolve(address);
      });
      child.once("exit", (code) =>
        reject(new Error(`lightbrush serve exited with ${code}:\n${said.join("\n")}`)),
      );
      child.once("error", reject);
    });
    this.port = Number(new URL(this.url).port);
  }

  /** Resolves when the process is gone. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    this.child = null;
    if (child === null || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
  }

  /** It is not started again. */
  async end(): Promise<void> {
    await this.stop("SIGTERM");
    rmSync(this.data, { recursive: true, force: true });
  }

  /** kill -9 for the processes that the server started. */
  killWorkers(): void {
    const { child } = this;
    if (child?.pid === undefined) throw new Error("the server does not run");
    const children = execFileSync("pgrep", ["-P", String(child.pid)], { encoding: "utf8" });
    for (const pid of children.trim().split("\n")) process.kill(Number(pid), "SIGKILL");
  }
}
