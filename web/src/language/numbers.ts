/** Figures as this person's language writes them. */

import { i18n } from "@lingui/core";

/** Always with as many decimals: "0.50", in German "0,50". */
export const fixed = (value: number, decimals: number): string =>
  i18n.number(value, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

/** fixed() with its sign, a real minus among them; zero without one. */
export const signed = (value: number, decimals: number): string =>
  i18n
    .number(value, {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
      signDisplay: "exceptZero",
    })
    .replace("-", "−");

/** 0.5 is "50%", in German "50 %". */
export const percent = (part: number): string => i18n.number(part, { style: "percent" });
