/** Tests read the page's English words. */

import { i18n } from "@lingui/core";

i18n.load("en", {});
i18n.activate("en");
