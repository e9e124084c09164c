/** Which commands a few letters mean, the likeliest first. */

import { defaultFilter } from "cmdk";
import type { Command } from "./commands";

/** One that was used counts as if it fitted better by this part: enough to win among equals, not against a whole word. */
const USED = 0.15;

/** The words, their beginnings or letters in their order; nothing typed: all, as they come. */
export function rank(commands: readonly Command[], typed: string, used: readonly string[]): Command[] {
  const query = typed.trim();
  if (query === "") return [...commands];
  return commands
    .map((command) => {
      const fits = defaultFilter?.(command.label, query, [command.group]) ?? 0;
      return { command, score: fits * (used.includes(command.id) ? 1 + USED : 1) };
    })
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ command }) => command);
}

/** The commands that were used, the newest first; what there is no longer is left out. */
export const recentOf = (commands: readonly Command[], used: readonly string[]): Command[] =>
  used.flatMap((id) => commands.find((command) => command.id === id) ?? []);
