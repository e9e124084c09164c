"""`lightbrush jobs` against a gateway that runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lightbrush.client import Jobs
from tests.cli.test_cli import called, lightbrush
from tests.gateway.job_site import ended, needs_weights, picture
from tests.harness import GatewayProcess, gateway

pytestmark = needs_weights


@pytest.fixture(scope="module")
def idle() -> Iterator[GatewayProcess]:
    """A gateway that asks for a token and works on nothing."""
    with gateway("--workers", "0", "--token", "secret") as running:
        yield running


def test_a_job_from_its_beginning_to_its_file(tmp_path: Path) -> None:
    source, made = tmp_path / "in.png", tmp_path / "out.webp"
    source.write_bytes(picture())
    with gateway("--token", "secret") as running:
        url = ["--url", running.url]
        options = ["--to", "x2", "--format", "webp", "--priority", "2", "--json"]
        added = json.loads(lightbrush("jobs", "add", str(source), *options, *url).stdout)
        job = added["id"]
        ended(Jobs(running.url), job)
        assert json.loads(called("jobs", "show", job, "--json", *url).stdout)["state"] == "done"
        assert called("jobs", "save", job, "-o", str(made), *url).returncode == 0
        assert made.read_bytes()[8:12] == b"WEBP"
        listed = called("jobs", "list", *url)
        assert job in listed.stdout
        assert "192x144 webp" in listed.stdout
        assert json.loads(called("jobs", "cancel", job, "--json", *url).stdout)["state"] == "gone"
        assert json.loads(called("jobs", "list", "--json", *url).stdout) == {"jobs": []}


def test_a_job_is_paused_resumed_and_cancelled(idle: GatewayProcess, tmp_path: Path) -> None:
    source = tmp_path / "in.png"
    source.write_bytes(picture())
    url = ["--url", idle.url]
    job = json.loads(called("jobs", "add", str(source), "--json", *url).stdout)["id"]
    assert ": paused, " in called("jobs", "pause", job, *url).stdout
    assert json.loads(called("jobs", "resume", job, "--json", *url).stdout)["state"] in ("waiting", "running")
    assert ": cancelled, " in called("jobs", "cancel", job, *url).stdout


def test_what_goes_wrong_is_one_line_with_its_code(idle: GatewayProcess) -> None:
    address = idle.url.partition("?")[0]
    missing = called("jobs", "show", "none", "--url", address, "--token", "secret")
    assert (missing.returncode, "job.missing" in missing.stderr) == (2, True)
    refused = lightbrush("jobs", "list", LIGHTBRUSH_URL=address)
    assert (refused.returncode, "access.token" in refused.stderr) == (2, True)
    gone = called("jobs", "list", "--url", "http://127.0.0.1:1")
    assert (gone.returncode, "client.connection" in gone.stderr) == (2, True)
