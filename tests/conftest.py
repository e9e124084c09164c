"""What all tests share: Hypothesis without deadlines and threads that sleep while they wait, since cores are busy; a
folder for data that is not that of whoever runs the tests; and the rule for the marker `gpu`."""

from __future__ import annotations

import gc
import multiprocessing
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import settings

#: Threads of PyTorch that wait for each other sleep. By default they spin, and where cores are busy keep the very one
#: that is waited for from running: a training test takes two to five times as long. Read when the library is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
#: Where several processes share the tests, the cores are taken.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(scope="session", autouse=True)
def data_home() -> Iterator[None]:
    """Whatever starts a gateway without saying where its jobs are kept."""
    before = os.environ.get("XDG_DATA_HOME")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_DATA_HOME"] = folder
        yield
        del os.environ["XDG_DATA_HOME"]
        if before is not None:
            os.environ["XDG_DATA_HOME"] = before


def _has_gpu() -> bool:
    nvidia_smi = shutil.which("nvidia-smi")
    return nvidia_smi is not None and subprocess.run([nvidia_smi, "-L"], capture_output=True).returncode == 0


@pytest.fixture
def one_thread() -> Iterator[None]:
    """PyTorch on one thread: on tiny matrices several only wait for each other, seconds where cores are busy."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that `multiprocessing` starts are forked from one that has imported PyTorch and our networks, where it
    would start each anew: seconds of a processor's time. Whoever changes how they are started tries it without."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["lightbrush.nn.wan.leader", "lightbrush.training.pool"])
    monkeypatch.setattr(multiprocessing, "get_context", lambda method=None: server)


@pytest.fixture
def young() -> Iterator[None]:
    """The collector looks only at what is made from here on: at all that a test run holds, it takes seconds."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if marked and not _has_gpu():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device; nvidia-smi finds none"))
