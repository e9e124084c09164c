/** The render in a window of its own, for a second screen: drawn anew with each frame of the page's, and nothing else in it. */

import { i18n } from "@lingui/core";
import { t } from "@lingui/core/macro";
import { Store } from "../ui/store";

export type Fit = "whole" | "fill";

export interface OutputNow {
  readonly open: boolean;
  readonly fit: Fit;
}

export interface OutputWorld {
  readonly canvas: HTMLCanvasElement;
  /** Each time that the canvas was drawn on. */
  drawn(act: () => void): void;
  /** A key that the window does not take itself is the page's. */
  key(event: KeyboardEvent): void;
}

interface Screens {
  readonly screens: readonly (Screen & {
    readonly isPrimary: boolean;
    readonly availLeft: number;
    readonly availTop: number;
  })[];
  readonly currentScreen: Screen;
}

const SIZE = "width=960,height=540";

export class Output {
  readonly now = new Store<OutputNow>({ open: false, fit: "whole" });
  private window: Window | null = null;
  private target: HTMLCanvasElement | null = null;
  private black = false;

  constructor(private readonly world: OutputWorld) {
    world.drawn(() => this.draw());
    window.addEventListener("pagehide", () => this.close());
  }

  /** Another press closes it. Resolves with false when the browser opened none. */
  async toggle(): Promise<boolean> {
    if (this.window !== null) {
      this.close();
      return true;
    }
    const opened = window.open("", "lightbrush-output", `popup,${(await otherScreen()) ?? SIZE}`);
    if (opened === null) return false;
    this.window = opened;
    this.dress(opened);
    this.now.set({ open: true });
    this.draw();
    return true;
  }

  close(): void {
    this.window?.close();
    this.gone();
  }

  setBlack(black: boolean): void {
    this.black = black;
    this.style();
  }

  setFit(fit: Fit): void {
    this.now.set({ fit });
    this.style();
  }

  private gone(): void {
    [this.window, this.target] = [null, null];
    this.now.set({ open: false });
  }

  private dress(opened: Window): void {
    const { document } = opened;
    document.documentElement.lang = i18n.locale;
    document.title = t`Lightbrush output`;
    document.body.replaceChildren();
    document.body.style.cssText = "margin:0;height:100vh;overflow:hidden;background:#000;cursor:none";
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", t`Render`);
    const hint = document.createElement("p");
    hint.textContent = t`Double-click or F: full screen`;
    hint.style.cssText =
      "position:fixed;left:50%;bottom:24px;transform:translateX(-50%);margin:0;padding:6px 16px;border-radius:99px;" +
      "background:#1c1c1c;color:#ededed;font:13px/20px system-ui,sans-serif;transition:opacity .1s";
    document.body.append(canvas, hint);
    opened.setTimeout(() => {
      hint.style.opacity = "0";
    }, 4000);
    this.target = canvas;
    this.style();
    const whole = () => {
      if (document.fullscreenElement) void document.exitFullscreen();
      else void document.documentElement.requestFullscreen().catch(() => {});
    };
    document.addEventListener("dblclick", whole);
    document.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() === "f" && !event.ctrlKey && !event.metaKey) whole();
      else this.world.key(event);
    });
    opened.addEventListener("pagehide", () => this.window === opened && this.gone());
  }

  private style(): void {
    if (this.target === null) return;
    const fit = this.now.get().fit === "fill" ? "cover" : "contain";
    this.target.style.cssText = `display:block;width:100vw;height:100vh;object-fit:${fit};visibility:${this.black ? "hidden" : "visible"}`;
  }

  private draw(): void {
    const { target } = this;
    const { canvas } = this.world;
    if (target === null) return;
    if (this.window?.closed !== false) {
      this.gone();
      return;
    }
    if (target.width !== canvas.width || target.height !== canvas.height)
      [target.width, target.height] = [canvas.width, canvas.height];
    target.getContext("2d", { alpha: false })?.drawImage(canvas, 0, 0);
  }
}

/** The place of a screen that the page is not on; null where there is none, or the browser does not tell. */
async function otherScreen(): Promise<string | null> {
  const browser = window as unknown as { getScreenDetails?: () => Promise<Screens> };
  const { isExtended } = window.screen as Screen & { readonly isExtended?: boolean };
  if (isExtended !== true || browser.getScreenDetails === undefined) return null;
  const found = await browser.getScreenDetails().catch(() => null);
  const other = found?.screens.find((screen) => screen !== found.currentScreen);
  if (other === undefined) return null;
  return `left=${other.availLeft},top=${other.availTop},width=${other.availWidth},height=${other.availHeight},fullscreen`;
}
