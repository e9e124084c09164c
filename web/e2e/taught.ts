/**
 * The studio with an engine that takes pictures, masks and tweaks and renders wide, whatever the installed one can do.
 * What the page says of those is heard and taken out on its way to the server, which renders the rest; assets are taken
 * by the test.
 */

import { createHash } from "node:crypto";
import type { Page } from "@playwright/test";
import type { FromWorker, ToWorker } from "../src/wire/channel";
import type { ShotMeta } from "../src/wire/shots";
import { test as base, expect } from "./studio";

/** One shot as the page said it. masked: the part of the picture that it renders anew, 0 to 1. */
export type Heard = Omit<ShotMeta, "mask"> & { readonly masked: number };

interface Ear {
  shots: Heard[];
  say(message: FromWorker): void;
}

export class Taught {
  /** Hash -> how many times it was sent. */
  readonly sent = new Map<string, number>();
  refusal: { code: string; message: string } | null = null;

  constructor(private readonly page: Page) {}

  async begin(): Promise<void> {
    await this.page.addInitScript(listen);
    await this.page.route(/\/assets\/[0-9a-f]{64}$/, async (route) => {
      const request = route.request();
      const sha256 = request.url().slice(-64);
      const bytes = request.postDataBuffer() ?? Buffer.alloc(0);
      expect(request.method()).toBe("PUT");
      expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);
      this.sent.set(sha256, (this.sent.get(sha256) ?? 0) + 1);
      if (this.refusal === null) await route.fulfill({ status: 204 });
      else await route.fulfill({ status: 400, json: { value: "", fix: "", ...this.refusal } });
    });
  }

  shots = (): Promise<Heard[]> => this.page.evaluate(() => (window as unknown as { ear: Ear }).ear.shots);

  last = async (): Promise<Heard | undefined> => (await this.shots()).at(-1);

  /** The server says that it does not have an asset which the newest shot names. */
  forget(sha256: string): Promise<void> {
    const problem = { code: "asset.missing", message: "no such asset", value: sha256, fix: "" };
    return this.page.evaluate((message) => (window as unknown as { ear: Ear }).ear.say(message), {
      type: "problem",
      seq: 1,
      problem,
    } as const);
  }
}

/** Runs in the page, before it: an ear between the page and its link worker. */
function listen(): void {
  const tweaks = ["time_of_day", "season"].map((name) => ({
    name,
    label: name === "season" ? "Season" : "Time of day",
    default: 0,
    low: -1,
    high: 1,
    choices: [],
    help: "Winter to autumn",
  }));
  const wide: [number, number] = [448, 256];
  const ear: Ear = { shots: [], say: () => {} };
  (window as unknown as { ear: Ear }).ear = ear;
  const covered = (data: Uint8ClampedArray | undefined): number => {
    let count = 0;
    for (let i = 3; i < (data?.length ?? 0); i += 4) if ((data?.[i] ?? 0) > 127) count += 1;
    return data ? count / (data.length / 4) : 0;
  };
  const taught = (message: FromWorker): FromWorker => {
    if (message.type !== "welcome") return message;
    const engines = message.welcome.engines.map((card) => ({
      ...card,
      references: 2,
      masks: true,
      tweaks,
      sizes: [...card.sizes.filter(([w, h]) => w === h), wide],
    }));
    return { ...message, welcome: { ...message.welcome, engines } };
  };
  const plain = (message: ToWorker): ToWorker => {
    if (message.type !== "shot" && message.type !== "export") return message;
    const { shot, mask } = message.job;
    if (message.type === "shot") ear.shots.push({ ...shot, masked: covered(mask?.data) });
    const known = Object.entries(shot.parameters).filter(([name]) => tweaks.every((t) => t.name !== name));
    return {
      ...message,
      job: {
        ...message.job,
        mask: null,
        shot: {
          ...shot,
          width: shot.height,
          parameters: Object.fromEntries(known),
          references: [],
          seedTo: 0,
          seedMix: 0,
          base: "",
          mask: new Uint8Array(0),
        },
      },
    };
  };
  const Real = window.Worker;
  window.Worker = class extends Real {
    override set onmessage(act: ((event: MessageEvent<FromWorker>) => void) | null) {
      ear.say = (message) => act?.(new MessageEvent("message", { data: taught(message) }));
      super.onmessage = ({ data }: MessageEvent<FromWorker>) => ear.say(data);
    }
    override postMessage(message: ToWorker, transfer?: Transferable[] | StructuredSerializeOptions): void {
      super.postMessage(plain(message), transfer as Transferable[]);
    }
  };
}

/** The ear is there before the page is opened: `studio` opens it, and needs `page`. */
export const test = base.extend<{ taught: Taught }>({
  page: async ({ page }, use) => {
    taughtPages.set(page, new Taught(page));
    await taughtPages.get(page)?.begin();
    await use(page);
  },
  taught: async ({ page }, use) => {
    const taught = taughtPages.get(page);
    if (taught === undefined) throw new Error("the page has no ear");
    await use(taught);
  },
});

const taughtPages = new WeakMap<Page, Taught>();

export type { StudioPage } from "./studio";
export { expect };
