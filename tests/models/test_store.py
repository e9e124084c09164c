"""The catalogue and the folder of weights, without a network."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lightbrush.errors import SettingsError
from lightbrush.models import CATALOGUE, Entry, File, Machine, Source, Store, find, memory_bytes, verdict, with_needs
from lightbrush.models.catalogue import Licence
from lightbrush.models.machine import Gpu, gb, gib, gpus, this_machine
from lightbrush.models.report import rows, told, unneeded
from lightbrush.models.store import default_folder
from lightbrush.nn.wan.memory import SPARE
from lightbrush.timeline import scope

BIG, SMALL = b"weights " * 5000, b"{}"
SHA = hashlib.sha256(BIG).hexdigest()


def entry(*sources: Source) -> Entry:
    return Entry(id="test", name="Test", summary="", licence=Licence("MIT", "here"), sources=sources)


SAFE = Source("org/safe", "ab" * 20, (File("part/w.safetensors", len(BIG), SHA), File("part/config.json")))
PICKLE = Source("org/pickle", "main", (File("w.pth", len(BIG), SHA),))
ENTRY = entry(SAFE, PICKLE)


def quiet(what: str, done: int, total: int) -> None:
    assert 0 <= done <= total
    assert what


def files(folder: Path, **named: bytes) -> Path:
    for name, data in named.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def code_of(error: pytest.ExceptionInfo[SettingsError]) -> str:
    assert error.value.problem.fix or error.value.problem.value, "every error says what was seen or what to do"
    return error.value.code


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "hub")


@pytest.fixture
def given(tmp_path: Path) -> Path:
    return files(tmp_path / "given", part__w_dot_safetensors=BIG, part__config_dot_json=SMALL)


# The catalogue


def test_the_catalogue_holds_together() -> None:
    ids = [entry.id for entry in CATALOGUE]
    assert len(set(ids)) == len(ids)
    for each in CATALOGUE:
        assert each.licence.source
        assert all(part in ids and not find(part).needs for part in each.needs)
        for source in each.sources:
            assert source.size_bytes > 0
            assert re.fullmatch("[0-9a-f]{40}|main", source.revision)
            for file in source.files:
                assert re.fullmatch("([0-9a-f]{64})?", file.sha256)
                assert bool(file.size_bytes) == bool(file.sha256)


def test_safetensors_come_before_pickles() -> None:
    for each in CATALOGUE:
        kinds = [any(file.pickle for file in source.files) for source in each.sources]
        assert kinds == sorted(kinds), each.id


def test_the_models_of_timelines_are_in_the_catalogue() -> None:
    models = [entry.id for entry in CATALOGUE if entry.network]
    assert sorted(set(scope.MODELS.values())) == sorted(models)


def test_an_unknown_model_is_told_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match="Did you mean krea-realtime-14b") as caught:
        find("krea-realtime")
    assert code_of(caught) == "weights.unknown"


def test_a_model_comes_with_the_parts_that_it_needs() -> None:
    ids = [each.id for each in with_needs(find("krea-realtime-14b"))]
    assert ids == ["krea-realtime-14b", "wan2.1-vae", "umt5-xxl", "taehv-wan2.1"]


# Memory


def test_memory_is_what_arithmetic_says() -> None:
    """14.29e9 weights, 40 layers of keys and values for 9360 tokens, and some GB to work in."""
    krea = find("krea-realtime-14b").network
    assert krea is not None
    assert memory_bytes(krea, "bf16") == pytest.approx(SPARE * (28.58e9 + 7.67e9 + 4.3e9), rel=0.02)
    assert memory_bytes(krea, "bf16") - memory_bytes(krea, "fp8") == pytest.approx(SPARE * krea.parameters, rel=0.2)
    assert memory_bytes(krea, "bf16", 576, 320) < memory_bytes(krea, "bf16")


@pytest.mark.parametrize(
    ("machine", "where", "dtype"),
    [
        (Machine(64 << 30, (Gpu("A", 24 << 30), Gpu("B", 80 << 30))), "gpu", "bf16"),
        (Machine(64 << 30, (Gpu("A", 32 << 30),)), "gpu", "fp8"),
        (Machine(64 << 30, (Gpu("A", 16 << 30),)), "cpu", "bf16"),
        (Machine(8 << 30, (Gpu("A", 32 << 30),)), "no", None),  # the text encoder fits nowhere
        (Machine(8 << 30, (Gpu("A", 48 << 30),)), "gpu", "fp8"),
        (Machine(16 << 30, (Gpu("A", 32 << 30, (8, 9)),)), "gpu", "fp8"),
        (Machine(16 << 30, (Gpu("A", 32 << 30, (8, 6)),)), "no", None),  # nothing is multiplied in 8 bits there
        (Machine(16 << 30, (Gpu("A", 40 << 30, (8, 0)),)), "gpu", "bf16"),
        (Machine(16 << 30), "no", None),
    ],
)
def test_whether_a_machine_can_render_with_it(machine: Machine, where: str, dtype: str | None) -> None:
    krea = find("krea-realtime-14b").network
    assert krea is not None
    told = verdict(krea, machine)
    assert (told.where, told.dtype) == (where, dtype)


def test_this_machine_is_read() -> None:
    assert this_machine().ram_bytes > 1 << 28
    assert gpus("NVIDIA H200, 143771\n[N/A], [N/A]\nfailed to start\n") == (Gpu("NVIDIA H200", 143771 << 20),)
    assert gpus("A, 100, 9.0\nB, 100, [N/A]\nC, [N/A], 8.6\n") == (Gpu("A", 100 << 20, (9, 0)), Gpu("B", 100 << 20))


def test_sizes_are_told_as_people_do() -> None:
    assert [gb(28_580_000_000), gb(507_591_892), gb(854)] == ["28.6 GB", "507.6 MB", "1 kB"]
    assert [gib(41 << 30), gib(5 << 29)] == ["41 GiB", "2.5 GiB"]


# The folder


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"HF_HOME": "/x/home"},
        {"HF_HUB_CACHE": "/x/cache", "HF_HOME": "/x/home"},
        {"HUGGINGFACE_HUB_CACHE": "/x/old"},
        {"XDG_CACHE_HOME": "/x/xdg"},
        {"HF_HOME": "$HOME/models"},
    ],
)
def test_the_folder_is_the_one_that_huggingface_hub_uses(environment: dict[str, str]) -> None:
    variables = {"HOME": "/x/me", "PATH": os.environ["PATH"]} | environment
    program = """
import os
from pathlib import Path
from huggingface_hub.constants import HF_HUB_CACHE
from lightbrush.models import default_folder
assert default_folder(os.environ) == Path(HF_HUB_CACHE), (default_folder(os.environ), HF_HUB_CACHE)
"""
    variables["PYTHONPATH"] = os.pathsep.join(sys.path)
    done = subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_default_is_in_the_home_folder() -> None:
    assert default_folder({}) == Path.home() / ".cache/huggingface/hub"


def test_what_is_not_there_is_told_with_the_command_that_brings_it(store: Store) -> None:
    with pytest.raises(SettingsError, match=r"lightbrush models pull wan2\.1-vae") as caught:
        store.locate("wan2.1-vae")
    assert code_of(caught) == "weights.missing"


def test_files_from_a_folder_are_linked_and_found_by_others_too(store: Store, given: Path) -> None:
    assert store.adopt(ENTRY, given, quiet) == SAFE
    assert store.source(ENTRY) == SAFE
    here = store.file(SAFE, SAFE.files[0])
    assert here is not None
    assert here.read_bytes() == BIG
    assert here.stat().st_ino == (given / "part/w.safetensors").stat().st_ino, "no second copy"
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache("org/safe", "part/w.safetensors", cache_dir=store.folder, revision=SAFE.revision)
    assert found == str(here)


def test_files_are_copied_where_they_cannot_be_linked(
    store: Store, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(os, "link", refuse)  # what another file system does
    store.adopt(ENTRY, given, quiet)
    here = store.file(SAFE, SAFE.files[0])
    assert here is not None
    assert here.read_bytes() == BIG
    assert here.stat().st_ino != (given / "part/w.safetensors").stat().st_ino
    full = Store(store.folder.parent / "full", free=lambda _: len(BIG))
    with pytest.raises(SettingsError) as caught:
        full.adopt(ENTRY, given, quiet)
    assert code_of(caught) == "weights.disk"
    assert not [path for path in full.folder.rglob("*") if path.is_file()]


def test_files_are_found_by_name_wherever_they_lie_and_links_are_followed(store: Store, tmp_path: Path) -> None:
    deep = files(tmp_path / "deep", a__b__real=BIG)
    (deep / "a" / "w.pth").symlink_to(deep / "a/b/real")
    assert store.adopt(ENTRY, deep, quiet) == PICKLE
    assert store.source(ENTRY) == PICKLE
    (deep / "a" / "w.pth").unlink()
    assert store.source(ENTRY) == PICKLE


def test_a_file_cut_short_is_told_by_its_size(store: Store, tmp_path: Path) -> None:
    cut = files(tmp_path / "cut", part__w_dot_safetensors=BIG[:-1], part__config_dot_json=SMALL)
    with pytest.raises(SettingsError, match=str(len(BIG) - 1)) as caught:
        store.adopt(ENTRY, cut, quiet)
    assert code_of(caught) == "weights.damaged"


def test_a_changed_file_is_told_by_its_sha256(store: Store, tmp_path: Path) -> None:
    changed = files(tmp_path / "changed", part__w_dot_safetensors=BIG[::-1], part__config_dot_json=SMALL)
    with pytest.raises(SettingsError, match=SHA) as caught:
        store.adopt(ENTRY, changed, quiet)
    assert code_of(caught) == "weights.damaged"
    assert store.source(ENTRY) is None


def test_a_folder_without_the_files_is_told(store: Store, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"part/w\.safetensors") as caught:
        store.adopt(ENTRY, tmp_path, quiet)
    assert code_of(caught) == "weights.missing"


def test_a_file_of_another_size_does_not_count_as_there(store: Store, given: Path) -> None:
    store.adopt(ENTRY, given, quiet)
    here = store.file(SAFE, SAFE.files[0])
    assert here is not None
    target = here.resolve()
    target.unlink()
    target.write_bytes(b"short")
    assert store.source(ENTRY) is None


def test_what_is_removed_leaves_nothing_and_spares_what_was_given(store: Store, given: Path) -> None:
    store.adopt(ENTRY, given, quiet)
    half = store.partial(PICKLE, "w.pth", SHA)
    files(half.parent, **{half.name.replace(".", "_dot_"): b"half"})
    assert store.remove(ENTRY) == len(BIG) + len(SMALL) + 4
    assert list(store.folder.iterdir()) == []
    assert (given / "part/w.safetensors").read_bytes() == BIG
    assert store.remove(ENTRY) == 0


def test_what_another_snapshot_leads_to_is_not_removed(store: Store, given: Path) -> None:
    store.adopt(ENTRY, given, quiet)
    here = store.file(SAFE, SAFE.files[0])
    assert here is not None
    other = here.parents[2] / ("cd" * 20) / "w.safetensors"
    other.parent.mkdir()
    other.symlink_to(os.path.relpath(here.resolve(), other.parent))
    assert store.remove(ENTRY) == len(SMALL)
    assert other.read_bytes() == BIG


# Reports


def test_every_row_says_what_there_is_to_know(store: Store) -> None:
    found = {row.id: row for row in rows(store, Machine(8 << 30))}
    assert set(found) == {each.id for each in CATALOGUE}
    krea = found["krea-realtime-14b"]
    assert (krea.licence.name, krea.complete, krea.present_bytes) == ("Apache-2.0", False, 0)
    assert krea.size_bytes > 28e9
    assert krea.verdict is not None
    assert krea.verdict.where == "no"
    assert found["self-forcing-1.3b"].pickles == ("checkpoints/self_forcing_dmd.pt",)
    assert not found["self-forcing-1.3b"].licence.sure
    assert found["umt5-xxl"].verdict is None


def test_a_part_is_no_longer_needed_when_no_model_is_left(store: Store, tmp_path: Path) -> None:
    tiny = files(tmp_path / "tiny", taew2_1_dot_pth=b"taehv")
    store.adopt(find("taehv-wan2.1"), tiny, quiet)
    assert unneeded(find("krea-realtime-14b"), store) == ["taehv-wan2.1"]
    shards = {f"diffusion_pytorch_model-0000{n}-of-00006_dot_safetensors": b"x%d" % n for n in range(1, 7)}
    shards["diffusion_pytorch_model_dot_safetensors_dot_index_dot_json"] = b"{}"
    store.adopt(find("wan2.1-t2v-14b"), files(tmp_path / "wan", **shards), quiet)
    assert unneeded(find("krea-realtime-14b"), store) == []


def test_a_pickle_and_an_unsure_licence_are_said_to_be_so(store: Store, tmp_path: Path) -> None:
    store.adopt(find("taehv-wan2.1"), files(tmp_path / "tiny", taew2_1_dot_pth=b"taehv"), quiet)
    text = told(find("taehv-wan2.1"), store)["text"]
    assert "weights_only" in text
    assert "unsure" in text
