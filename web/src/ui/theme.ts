/** Light, dark, or as the system has it. styles.css has both colours of everything; `color-scheme` picks. */

import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useSyncExternalStore } from "react";
import type { Desk } from "./desk";
import type { Store } from "./store";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export const THEME_NAMES: Readonly<Record<Theme, MessageDescriptor>> = {
  system: msg`System`,
  light: msg`Light`,
  dark: msg`Dark`,
};

/** What is stored may come from another version. */
export const themeOf = (value: string): Theme => THEMES.find((theme) => theme === value) ?? "system";

const LIGHT = "(prefers-color-scheme: light)";

/** Of the browser's own bar on a phone: the colour of ours, in styles.css. */
const BARS = { light: "#ededed", dark: "#171717" };

/** What one sees. */
export const shownTheme = (theme: Theme, systemIsLight: boolean): "light" | "dark" =>
  theme === "system" ? (systemIsLight ? "light" : "dark") : theme;

/** From now on the page looks as the desk says, and as the system does where that is what it says. */
export function wearTheme(desk: Store<Desk>): void {
  const system = window.matchMedia(LIGHT);
  const wear = () => {
    const theme = themeOf(desk.get().theme);
    const root = document.documentElement;
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    const bar = document.querySelector<HTMLMetaElement>("meta[name=theme-color]");
    if (bar !== null) bar.content = BARS[shownTheme(theme, system.matches)];
  };
  wear();
  desk.subscribe(wear);
  system.addEventListener("change", wear);
}

/** For what paints its own pixels; everything else has its colours from styles.css. */
export function useShownTheme(theme: string): "light" | "dark" {
  const systemIsLight = useSyncExternalStore(
    (changed) => {
      const system = window.matchMedia(LIGHT);
      system.addEventListener("change", changed);
      return () => system.removeEventListener("change", changed);
    },
    () => window.matchMedia(LIGHT).matches,
  );
  return shownTheme(themeOf(theme), systemIsLight);
}
