"""Lets the tests here import what all the server's tests share."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.gateway.video_site import ENGINE, Site
from tests.harness import gateway


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    path = tmp_path_factory.mktemp("site") / "w"
    flags = ["--workers", "0", "--worker-listen", f"unix:{path}", "--worker-token", "secret"]
    with gateway(*flags, engine=ENGINE) as running:
        yield Site(running, path)
