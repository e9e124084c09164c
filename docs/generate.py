"""Writes the pages here that the code knows best: `python docs/generate.py`. A test sees to it."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from lightbrush.errors import CODES
from lightbrush.settings import describe

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

`lightbrush serve` takes each of these as a flag (`--max-sessions 10`; `--origin` and `--engine` may be
repeated), from the environment (`LIGHTBRUSH_MAX_SESSIONS=10`; lists with commas), or from a TOML file
(`max_sessions = 10`) given by `--config` or `LIGHTBRUSH_CONFIG`. A flag wins over the environment, the
environment over the file. A name that does not exist is refused.

| setting | type | default | what it does |
| --- | --- | --- | --- |
"""


def pages() -> dict[str, str]:
    """File name -> text."""
    return {"errors.md": _errors(), "settings.md": _settings()}


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
