"""Lightbrush tells nobody what is done on one's machines."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.e2e
def test_onnx_runtime_sends_nothing(tmp_path: Path) -> None:
    """It collects what it is about to send in a folder of the user's. (Not where CI says that this is a test.)"""
    silent = ("CI", "ORT_DISABLE_TELEMETRY")
    environment = {name: value for name, value in os.environ.items() if name not in silent}
    environment |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    picture = tmp_path / "lake.png"
    command = [sys.executable, "-m", "lightbrush", "render", "--prompt", "a lake", "--size", "256", "-o", str(picture)]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert picture.exists()
    assert not list(tmp_path.rglob("*onnxruntime*"))
