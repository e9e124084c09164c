import { t } from "@lingui/core/macro";
import { Command as Menu } from "cmdk";
import { Search } from "lucide-react";
import { Dialog } from "radix-ui";
import { useRef, useState } from "react";
import { type Command, commandsOf } from "../palette/commands";
import { rank, recentOf } from "../palette/rank";
import { rememberCommand, usedCommands } from "../palette/used";
import { useStudio } from "../ui/context";
import { Keys } from "../ui/Tip";

/** Every command by name; the ones that were used are first. Mounted while it is open. */
export default function Palette() {
  const studio = useStudio();
  const { desk } = studio;
  const [typed, setTyped] = useState("");
  // What there is when it opens: nothing moves under the hand that picks.
  const [commands] = useState(() => commandsOf(studio));
  const [used] = useState(() => usedCommands(localStorage));
  const picked = useRef<Command | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const pick = (command: Command) => {
    picked.current = command;
    rememberCommand(localStorage, command.id);
    desk.set({ paletteOpen: false });
  };
  const found = rank(commands, typed, used);
  const query = typed.trim();
  return (
    <Dialog.Root open onOpenChange={(paletteOpen) => desk.set({ paletteOpen })}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-50 bg-black/20" />
        <Dialog.Content
          aria-describedby={undefined}
          // What was picked is done when the palette is gone, so that what it opens keeps the focus.
          onCloseAutoFocus={(event) => {
            if (picked.current === null) return;
            event.preventDefault();
            picked.current.run();
          }}
          className="float appear fixed top-[max(8px,10dvh)] left-1/2 z-50 flex max-h-[min(480px,calc(90dvh-16px))] w-[min(560px,calc(100vw-16px))] -translate-x-1/2 flex-col overflow-hidden outline-none"
        >
          <Dialog.Title className="sr-only">{t`Commands`}</Dialog.Title>
          <Menu
            label={t`Commands`}
            shouldFilter={false}
            vimBindings={false}
            loop
            className="flex min-h-0 flex-col"
          >
            <div className="flex shrink-0 items-center gap-2.5 border-line border-b px-4 text-soft">
              <Search size={16} strokeWidth={1.75} aria-hidden />
              <Menu.Input
                autoFocus
                value={typed}
                onValueChange={(value) => {
                  setTyped(value);
                  list.current?.scrollTo({ top: 0 });
                }}
                placeholder={t`What do you want to do?`}
                className="h-11 min-w-0 flex-1 bg-transparent text-ink outline-none placeholder:text-faint"
              />
            </div>
            <Menu.List ref={list} className="min-h-0 overflow-y-auto p-1.5 [scrollbar-width:thin]">
              {found.length === 0 && (
                <Menu.Empty className="px-2.5 py-6 text-center text-soft">
                  {t`Nothing is called “${query}”. Try a shorter word.`}
                </Menu.Empty>
              )}
              {query !== ""
                ? found.map((command) => (
                    <Row key={command.id} command={command} where={command.group} onPick={pick} />
                  ))
                : sections(commands, used).map(([heading, rows]) => (
                    <Menu.Group
                      key={heading}
                      heading={heading}
                      className="mb-1 [&>[cmdk-group-heading]]:px-2.5 [&>[cmdk-group-heading]]:py-1 [&>[cmdk-group-heading]]:text-faint [&>[cmdk-group-heading]]:text-small"
                    >
                      {rows.map((command) => (
                        <Row key={command.id} command={command} onPick={pick} />
                      ))}
                    </Menu.Group>
                  ))}
            </Menu.List>
          </Menu>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** The last used, then each group; none is listed twice. */
function sections(commands: readonly Command[], used: readonly string[]): [string, Command[]][] {
  const recent = recentOf(commands, used);
  const groups = new Map<string, Command[]>(recent.length > 0 ? [[t`Recent`, recent]] : []);
  for (const command of commands)
    if (!recent.includes(command)) groups.set(command.group, [...(groups.get(command.group) ?? []), command]);
  return [...groups];
}

interface RowProps {
  readonly command: Command;
  /** Where it belongs, while the groups are not listed. */
  readonly where?: string;
  readonly onPick: (command: Command) => void;
}

function Row({ command, where, onPick }: RowProps) {
  return (
    <Menu.Item
      value={command.id}
      disabled={!command.can}
      onSelect={() => onPick(command)}
      className="flex h-8 cursor-pointer items-center gap-3 rounded-lg px-2.5 text-ink data-[selected=true]:bg-veil/10 aria-disabled:cursor-default aria-disabled:text-faint pointer-coarse:h-11"
    >
      <span className="min-w-0 flex-1 truncate">{command.label}</span>
      {where !== undefined && <span className="shrink-0 text-faint text-small max-sm:hidden">{where}</span>}
      {command.keys !== undefined && (
        <span className="shrink-0 pointer-coarse:hidden">
          <Keys keys={command.keys} />
        </span>
      )}
    </Menu.Item>
  );
}
