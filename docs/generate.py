"""Writes the pages here that the code knows best: `python docs/generate.py`. A test sees to it."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from lightbrush.errors import CODES
from lightbrush.settings import describe
from lightbrush.world.attributes import ATTRIBUTES
from lightbrush.world.materials import MATERIALS

HERE = Path(__file__).resolve().parent

_ERRORS = """\
# Errors

Generated from `lightbrush.errors.CODES` by `docs/generate.py`.

Every error has a stable code. Programs match on the code, never on the text. On the socket an error is a
PROBLEM message ([PROTOCOL.md](PROTOCOL.md)); in Python a `LightbrushError` with `.code` and `.problem`; on
the command line one line and exit status 2. Beside the code it carries a `message` (what happened), a `value`
(what was seen, cut to 200 characters) and a `fix` (what to do next).
"""

_SETTINGS = """\
# Settings

Generated from `lightbrush.settings.Settings` by `docs/generate.py`.

`lightbrush serve` takes each of these as a flag (`--max-sessions 10`; `--origin`, `--engine` and `--user`
may be repeated), from the environment (`LIGHTBRUSH_MAX_SESSIONS=10`; lists with commas), or from a TOML file
(`max_sessions = 10`) given by `--config` or `LIGHTBRUSH_CONFIG`. A flag wins over the environment, the
environment over the file. A name that does not exist is refused.

| setting | type | default | what it does |
| --- | --- | --- | --- |
"""

_ATTRIBUTES = """\
# What the world and its model speak of

Generated from `lightbrush.world.attributes` and `lightbrush.world.materials` by `docs/generate.py`.

A scene has a value for each of these attributes, and the prompt reader turns a text into values for those that it
speaks of. Biomes are shares that sum to 1, and so are styles; the others are numbers from -1 to 1, 0 being the land's
own middle. A tint is two numbers: its hue is their angle, its strength their length.
"""

_MATERIALS = """
## Materials

What has a colour of its own in a sketch. Other colours tint what stands in their place.

| material | red, green, blue |
| --- | --- |
"""


def pages() -> dict[str, str]:
    """File name -> text."""
    return {"attributes.md": _attributes(), "errors.md": _errors(), "settings.md": _settings()}


def _attributes() -> str:
    parts = [_ATTRIBUTES]
    for group in dict.fromkeys(a.group for a in ATTRIBUTES):
        own = [a for a in ATTRIBUTES if a.group == group]
        shares = not own[0].words[0]
        head = "| name | means |\n| --- | --- |\n" if shares else "| name | at -1 | at 1 |\n| --- | --- | --- |\n"
        rows = "".join(f"| `{a.name}` | {' | '.join(a.words[shares:])} |\n" for a in own)
        parts.append(f"## {group.capitalize()}\n\n{head}{rows}")
    return "\n".join(parts) + _MATERIALS + "".join(f"| {m.label} | {', '.join(map(str, m.rgb))} |\n" for m in MATERIALS)


def _errors() -> str:
    parts = [_ERRORS]
    for family, codes in groupby(CODES.items(), key=lambda item: item[0].partition(".")[0]):
        rows = "".join(f"| `{code}` | {text} |\n" for code, text in codes)
        parts.append(f"## {family}\n\n| code | meaning |\n| --- | --- |\n{rows}")
    return "\n".join(parts)


def _settings() -> str:
    rows = [f"| `{s.name}` | {s.type} | `{s.default}` | {s.description} |\n" for s in describe()]
    return _SETTINGS + "".join(rows)


if __name__ == "__main__":
    for name, text in pages().items():
        (HERE / name).write_text(text, "utf-8")
