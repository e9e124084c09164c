"""Fetching from a hub: a real server on this machine that speaks what is needed of it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from lightbrush.errors import SettingsError
from lightbrush.models import Entry, File, Source, Store, find
from lightbrush.models.catalogue import Licence
from lightbrush.models.hub import HuggingFaceHub, pull
from tests.harness import ROOT, environment

COMMIT = "5ea5" * 10
BIG = np.arange(6_500_000, dtype=">u4").tobytes()  # 26 MB: more than two of the hub's chunks
SMALL = b'{"dim": 5120}\n'
CHUNK = 10 * 1024 * 1024


class Hub(ThreadingHTTPServer):
    """files: path in org/model -> bytes. Large ones are answered from another address, as a CDN does.

    break_after: bytes of a large file after which the connection breaks, and every later request fails.
    ranges: what was asked for of large files. tokens: what authorisation came with requests, by host.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.files: dict[str, bytes] = {}
        self.etags: dict[str, str] = {}
        self.break_after: int | None = None
        self.failing = False
        self.ranges: list[str] = []
        self.asked: list[str] = []
        self.tokens: dict[str, set[str]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def cdn(self) -> str:
        """Another host, as far as names go: the token must not follow there."""
        return f"http://localhost:{self.server_address[1]}/cdn"

    def etag(self, path: str) -> str:
        data = self.files[path]
        if path in self.etags:
            return self.etags[path]
        if path.endswith(".json"):
            return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
        return hashlib.sha256(data).hexdigest()


class Answers(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None: ...

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        hub = self.server
        hub.asked.append(f"{self.command} {self.path}")
        hub.tokens.setdefault(self.headers["Host"].partition(":")[0], set()).add(self.headers.get("Authorization", ""))
        _, _, path = self.path.partition("/resolve/")
        path = path.partition("/")[2] or self.path.removeprefix("/cdn/")
        if hub.failing or path not in hub.files:
            self.send(500 if hub.failing else 404, {"X-Error-Code": "" if hub.failing else "EntryNotFound"})
        elif self.path.startswith("/cdn/"):
            self.send_data(hub.files[path])
        else:
            data, etag = hub.files[path], f'"{hub.etag(path)}"'
            about = {"X-Repo-Commit": COMMIT, "ETag": etag}
            if path.endswith(".json"):
                self.send(200, about, data)
            else:
                linked = {"X-Linked-Size": str(len(data)), "X-Linked-Etag": etag, "Location": f"{hub.cdn}/{path}"}
                self.send(302, about | linked)

    def send_data(self, data: bytes) -> None:
        hub = self.server
        asked = self.headers.get("Range", "")
        hub.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        part = data[start:]
        headers = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"} if asked else {}
        if hub.break_after is None:
            self.send(206 if asked else 200, headers, part)
            return
        self.send(206 if asked else 200, headers | {"Content-Length": str(len(part))})
        hub.failing = True
        self.wfile.write(part[: hub.break_after])
        self.wfile.flush()
        self.close_connection = True

    def send(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub()
    server.files = {"w.safetensors": BIG, "config.json": SMALL}
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def entry(revision: str = "main", sha: str = "") -> Entry:
    files = (File("config.json"), File("w.safetensors", len(BIG) if sha else 0, sha))
    return Entry(
        id="test",
        name="Test",
        summary="",
        licence=Licence("MIT", "here"),
        sources=(Source("org/model", revision, files, about_bytes=len(BIG)),),
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "hub")


class Seen:
    """A progress that remembers."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int, int]] = []

    def __call__(self, what: str, done: int, total: int) -> None:
        self.calls.append((what, done, total))


def quiet(what: str, done: int, total: int) -> None: ...


def code_of(caught: pytest.ExceptionInfo[SettingsError]) -> str:
    assert caught.value.problem.fix
    return caught.value.code


@pytest.mark.parametrize("revision", ["main", COMMIT])
def test_a_model_arrives_where_huggingface_hub_would_put_it(hub: Hub, store: Store, revision: str) -> None:
    made, seen = entry(revision), Seen()
    assert pull(made, store, HuggingFaceHub(hub.url), seen) == made.sources[0]
    assert store.source(made) == made.sources[0]
    assert not list(store.folder.rglob("partial"))
    from huggingface_hub import try_to_load_from_cache

    for path, data in hub.files.items():
        found = try_to_load_from_cache("org/model", path, cache_dir=store.folder, revision=revision)
        assert isinstance(found, str)
        assert Path(found).read_bytes() == data
    fetched = [done for what, done, total in seen.calls if what == "fetching w.safetensors" and total == len(BIG)]
    assert fetched == sorted(fetched)
    assert (fetched[0], fetched[-1]) == (0, len(BIG))


def test_the_token_goes_to_the_hub_alone(hub: Hub, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    pull(entry(), store, HuggingFaceHub(hub.url), quiet)
    assert hub.tokens == {"127.0.0.1": {"Bearer hf_secret"}, "localhost": {""}}


def test_what_is_there_is_not_fetched_again_nor_is_the_hub_asked(hub: Hub, store: Store) -> None:
    pull(entry(), store, HuggingFaceHub(hub.url), quiet)
    hub.asked.clear()
    pull(entry(), store, HuggingFaceHub(hub.url), quiet)
    assert hub.asked == []


def test_a_broken_download_goes_on_where_it_stopped(hub: Hub, store: Store) -> None:
    hub.break_after = 21_000_000
    with pytest.raises(SettingsError, match="again") as caught:
        pull(entry(), store, HuggingFaceHub(hub.url), quiet)
    assert code_of(caught) == "weights.hub"
    assert store.source(entry()) is None
    hub.break_after, hub.failing = None, False
    hub.ranges.clear()
    pull(entry(), Store(store.folder), HuggingFaceHub(hub.url), quiet)
    assert hub.ranges == [f"bytes={2 * CHUNK}-"]
    here = store.file(entry().sources[0], entry().sources[0].files[1])
    assert here is not None
    assert here.read_bytes() == BIG


def test_what_has_arrived_counts_as_room_that_is_there(hub: Hub, store: Store) -> None:
    hub.break_after = 21_000_000
    with pytest.raises(SettingsError):
        pull(entry(), store, HuggingFaceHub(hub.url), quiet)
    hub.break_after, hub.failing = None, False
    room = (1 << 30) + len(BIG) - 2 * CHUNK
    with pytest.raises(SettingsError) as caught:
        pull(entry(), Store(store.folder, free=lambda _: room - 1), HuggingFaceHub(hub.url), quiet)
    assert code_of(caught) == "weights.disk"
    pull(entry(), Store(store.folder, free=lambda _: room), HuggingFaceHub(hub.url), quiet)


def test_a_full_disk_is_told_before_anything_is_fetched(hub: Hub, store: Store) -> None:
    full = Store(store.folder, free=lambda _: len(BIG))
    with pytest.raises(SettingsError, match=r"26\.0 MB") as caught:
        pull(entry(), full, HuggingFaceHub(hub.url), quiet)
    assert code_of(caught) == "weights.disk"
    assert hub.ranges == []
    assert not store.folder.exists()


def test_bytes_that_changed_on_the_way_do_not_count_and_do_not_stay(hub: Hub, store: Store) -> None:
    hub.etags["w.safetensors"] = hashlib.sha256(b"what it should be").hexdigest()
    with pytest.raises(SettingsError, match="SHA-256") as caught:
        pull(entry(), store, HuggingFaceHub(hub.url), quiet)
    assert code_of(caught) == "weights.damaged"
    assert store.source(entry()) is None
    assert not [path for path in store.folder.rglob("w.safetensors*") if path.suffix != ".lock"]


def test_a_small_file_that_changed_on_the_way_is_told_too(hub: Hub, store: Store) -> None:
    hub.etags["config.json"] = "0" * 40
    with pytest.raises(SettingsError) as caught:
        pull(entry(), store, HuggingFaceHub(hub.url), quiet)
    assert code_of(caught) == "weights.damaged"


def test_a_hub_with_another_file_than_the_catalogue_knows_is_told_at_once(hub: Hub, store: Store) -> None:
    with pytest.raises(SettingsError, match="--from") as caught:
        pull(entry(sha="1" * 64), store, HuggingFaceHub(hub.url), quiet)
    assert code_of(caught) == "weights.damaged"
    assert hub.ranges == []


def test_a_file_that_the_hub_does_not_have_is_told(hub: Hub, store: Store) -> None:
    del hub.files["config.json"]
    with pytest.raises(SettingsError, match=r"config\.json of org/model") as caught:
        pull(entry(), store, HuggingFaceHub(hub.url), quiet)
    assert code_of(caught) == "weights.hub"


def test_a_hub_that_cannot_be_reached_is_told(store: Store) -> None:
    with pytest.raises(SettingsError) as caught:
        pull(entry(), store, HuggingFaceHub("http://127.0.0.1:1"), quiet)
    assert code_of(caught) == "weights.hub"


# The command line


def lightbrush(hub: Hub, *arguments: str) -> subprocess.CompletedProcess[str]:
    extra = {"HF_ENDPOINT": hub.url, "COLUMNS": "160", "HF_HUB_DISABLE_TELEMETRY": "1"}
    command = [sys.executable, "-m", "lightbrush", "models", *arguments]
    return subprocess.run(command, env=environment() | extra, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_pull_list_and_rm_from_the_command_line(hub: Hub, tmp_path: Path) -> None:
    hub.files = {"taew2_1.safetensors": BIG}
    folder = ["--models-folder", str(tmp_path / "models")]
    done = lightbrush(hub, "pull", "taehv-wan2.1", *folder)
    assert done.returncode == 0, done.stderr
    assert "26.0 MB" in done.stdout
    assert "licence: MIT (unsure:" in done.stdout

    report = json.loads(lightbrush(hub, "list", "--json", *folder).stdout)
    assert "embedded" in [engine["id"] for engine in report["engines"]]
    assert report["folder"] == str(tmp_path / "models")
    row = next(row for row in report["models"] if row["id"] == "taehv-wan2.1")
    assert (row["complete"], row["present_bytes"]) == (True, len(BIG))
    shown = lightbrush(hub, "list", *folder).stdout
    assert "krea-realtime-14b" in shown
    assert "embedded" in shown

    done = lightbrush(hub, "rm", "taehv-wan2.1", *folder, "--json")
    assert json.loads(done.stdout) == {"freed_bytes": len(BIG), "no_longer_needed": []}
    row = next(
        row
        for row in json.loads(lightbrush(hub, "list", "--json", *folder).stdout)["models"]
        if row["id"] == "taehv-wan2.1"
    )
    assert not row["complete"]


def test_pull_from_a_folder_takes_what_is_there_and_names_what_is_not(hub: Hub, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    (given / "krea-realtime-video-14b.safetensors").write_bytes(BIG)
    (given / "taew2_1.pth").write_bytes(b"tiny")
    folder = ["--models-folder", str(tmp_path / "models")]
    done = lightbrush(hub, "pull", "krea-realtime-14b", "--from", str(given), *folder)
    assert done.returncode == 0, done.stderr
    assert "licence: Apache-2.0" in done.stdout
    assert "taew2_1.pth is a pickle: it is read with weights_only" in done.stdout
    assert "lightbrush models pull umt5-xxl" in done.stdout
    assert hub.asked == []
    store = Store(tmp_path / "models")
    assert store.locate("krea-realtime-14b").files.keys() == {"krea-realtime-video-14b.safetensors"}
    assert store.source(find("wan2.1-vae")) is None


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["pull", "krea"], "weights.unknown"),
        (["pull", "wan2.1-vae", "--from", os.devnull], "weights.missing"),
        (["pull", "wan2.1-vae"], "weights.hub"),
        (["rm", "nothing"], "weights.unknown"),
    ],
)
def test_what_goes_wrong_is_one_clear_line(hub: Hub, tmp_path: Path, arguments: list[str], code: str) -> None:
    done = lightbrush(hub, *arguments, "--models-folder", str(tmp_path))
    assert done.returncode == 2
    assert f"error {code}" in done.stderr
    assert "Traceback" not in done.stderr
