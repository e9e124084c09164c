/** The language of the page: as the browser has it, or as was chosen. en.po and de.po hold the words. */

import { i18n, type Messages } from "@lingui/core";
import type { Desk } from "../ui/desk";
import type { Store } from "../ui/store";

export const LANGUAGES = ["en", "de"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each in its own words, so that one finds it from any other. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: "English", de: "Deutsch" };

/** A chunk each: nobody loads what they do not read. */
const WORDS: Readonly<Record<Language, () => Promise<{ readonly messages: Messages }>>> = {
  en: () => import("./en.po"),
  de: () => import("./de.po"),
};

/** Of "de-CH" it is "de"; null where the page does not speak it. */
const spoken = (tag: string): Language | null =>
  LANGUAGES.find((language) => language === tag.toLowerCase().split("-")[0]) ?? null;

/** What was chosen, else the first of the browser's languages that the page speaks, else English. */
export const shownLanguage = (chosen: string, browser: readonly string[]): Language =>
  [chosen, ...browser].map(spoken).find((language) => language !== null) ?? "en";

/** How numbers and dates are written: as this person's browser does where it speaks the page's language ("en-GB"). */
export const formatsOf = (language: Language, browser: readonly string[]): readonly string[] => {
  const own = browser.filter((tag) => spoken(tag) === language && isTag(tag));
  return own.length > 0 ? own : [language];
};

/** Browsers also say what is none: "en-US@posix" where the system has no language. */
const isTag = (tag: string): boolean => {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
};

/** Until it has settled there are no words. From then on the page speaks as the desk says. */
export async function speak(desk: Store<Desk>): Promise<void> {
  const wanted = () => shownLanguage(desk.get().language, navigator.languages);
  const change = async () => {
    const language = wanted();
    if (language === i18n.locale) return;
    const { messages } = await WORDS[language]();
    // Another one may have been chosen meanwhile.
    if (language !== wanted()) return;
    i18n.load(language, messages);
    i18n.activate(language, [...formatsOf(language, navigator.languages)]);
    document.documentElement.lang = language;
  };
  let last = wanted();
  const look = () => {
    if (wanted() === last) return;
    last = wanted();
    void change();
  };
  desk.subscribe(look);
  window.addEventListener("languagechange", look);
  await change();
}
