"""docs/guide.md shows every panel of the page, and `make guide` makes every picture that it shows."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "images" / "guide"
MAX_BYTES = 3_000_000


def named() -> set[str]:
    """What web/e2e/panels.ts lists: the panels that tests open, and what the guide has besides."""
    source = (ROOT / "web" / "e2e" / "panels.ts").read_text()
    panels, elsewhere = source.split("export const PANELS", 1)[1].split("export const ELSEWHERE", 1)
    names = re.findall(r'(?:name: |by(?:Key|Tool|Button)\()"([a-z-]+)"', panels)
    return {*names, *re.findall(r'"([a-z-]+)"', elsewhere)}


def test_the_guide_shows_every_panel_and_no_other() -> None:
    shown = re.findall(r"!\[[^\]]+\]\(images/guide/([a-z-]+)\.webp\)", (ROOT / "docs" / "guide.md").read_text())
    assert sorted(shown) == sorted(named())


def test_its_pictures_are_there_and_small() -> None:
    files = {path.stem: path.stat().st_size for path in PICTURES.iterdir()}
    assert set(files) == named()
    assert sum(files.values()) < MAX_BYTES
