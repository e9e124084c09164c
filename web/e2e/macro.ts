/** What Lingui's macros are for tests that import the page's modules as they are (tsconfig.json beside): the English words. */

import type { MessageDescriptor } from "@lingui/core";

/** A value with a name is an object: `${{ size }}`. */
const said = (value: unknown) =>
  String(typeof value === "object" && value !== null ? Object.values(value)[0] : value);

const words = (strings: TemplateStringsArray, ...values: readonly unknown[]): string =>
  strings.reduce((before, part, i) => `${before}${said(values[i - 1])}${part}`);

export const t = words;
export const msg = (strings: TemplateStringsArray): MessageDescriptor => ({ id: words(strings) });
export const plural = (count: number, forms: Readonly<Record<string, string>>): string =>
  (count === 1 ? forms.one : forms.other)?.replace("#", String(count)) ?? "";
