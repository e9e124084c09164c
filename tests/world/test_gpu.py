"""The CUDA path as far as it can be seen without a GPU: what is kept on disk, what is compiled, what it would draw."""

from __future__ import annotations

import ast
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba")

from lightbrush.world import kept
from lightbrush.world.gpu import KERNELS
from lightbrush.world.kernels import passes
from lightbrush.world.renderer import BOUNDS, CHUNK_BYTES, TABLE, _chunk, render
from lightbrush.world.scene import scene_from_attributes
from lightbrush.world.shader import FILES, PARTS, build, ingredients, source


class Compiler:
    """Writes two files and counts how often it was asked to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs = 0

    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*.nb[ci]"))

    def __call__(self) -> None:
        assert self.files() == [], "what was damaged is gone before anything is made"
        self.runs += 1
        kept.write(self.folder / "a.nbi", b"index")
        kept.write(self.folder / "a.1.nbc", bytes(range(256)) * 64)

    def fill(self) -> bool:
        return kept.fill(self.folder, self.files, self)


def test_what_was_made_is_found_by_the_next_process(tmp_path: Path) -> None:
    first, second = Compiler(tmp_path / "k"), Compiler(tmp_path / "k")
    assert first.fill()
    assert not second.fill()
    assert (first.runs, second.runs) == (1, 0)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("name", ["a.nbi", "a.1.nbc", kept.SEAL])
@pytest.mark.parametrize("harm", [cut, flip, Path.unlink, lambda path: path.write_bytes(b"")])
def test_damage_is_noticed_and_made_good(tmp_path: Path, name: str, harm: Callable[[Path], None]) -> None:
    compiler = Compiler(tmp_path)
    compiler.fill()
    harm(tmp_path / name)
    assert compiler.fill()
    assert not compiler.fill()
    assert compiler.runs == 2
    assert (tmp_path / "a.1.nbc").stat().st_size == 256 * 64


def test_a_seal_that_is_not_a_list_of_files_is_no_seal(tmp_path: Path) -> None:
    compiler = Compiler(tmp_path)
    for text in ("[]", "{}", "null", "7", "{", '{"/nowhere/x": "00"}'):
        compiler.fill()
        (tmp_path / kept.SEAL).write_text(text)
        assert compiler.fill()


def test_what_broke_off_is_started_again(tmp_path: Path) -> None:
    compiler = Compiler(tmp_path)

    def breaks() -> None:
        kept.write(tmp_path / "a.nbi", b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept.fill(tmp_path, compiler.files, breaks)
    assert compiler.fill()
    assert (tmp_path / "a.nbi").read_bytes() == b"index"


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "deep" / "file"
    kept.write(path, b"old")

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        kept.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_who_cannot_keep_still_has_what_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = Compiler(tmp_path)
    write = kept.write

    def refuse(path: Path, data: bytes) -> None:
        if path.name == kept.SEAL:
            raise OSError(30, "Read-only file system")
        write(path, data)

    monkeypatch.setattr(kept, "write", refuse)
    assert compiler.fill()
    assert len(compiler.files()) == 2


def test_of_two_at_once_one_makes_and_the_other_waits(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    compiler = Compiler(tmp_path)
    inside, go = threading.Event(), threading.Event()

    def slow() -> None:
        inside.set()
        assert go.wait(10)
        compiler()

    made: list[bool] = []
    first = threading.Thread(target=lambda: made.append(kept.fill(tmp_path, compiler.files, slow)))
    second = threading.Thread(target=lambda: made.append(compiler.fill()))
    first.start()
    assert inside.wait(10)
    second.start()
    go.set()
    first.join(10)
    second.join(10)
    assert sorted(made) == [False, True]
    assert compiler.runs == 1


def test_the_key_changes_with_all_that_decides_the_binary() -> None:
    parts = [[b"source", b"layout"], (9, 0), ["3.12.3", "(13, 0)", "0.68.1"]]
    others = [
        [[b"source ", b"layout"], (9, 0), ["3.12.3", "(13, 0)", "0.68.1"]],
        [[b"sourcelayout"], (9, 0), ["3.12.3", "(13, 0)", "0.68.1"]],
        [[b"source", b"layout"], (8, 9), ["3.12.3", "(13, 0)", "0.68.1"]],
        [[b"source", b"layout"], (9, 0), ["3.12.3", "(13, 1)", "0.68.1"]],
        [[b"source", b"layout"], (9, 0), ["3.12.3", "(13, 0)", "0.69.0"]],
    ]
    keys = {kept.key(*other) for other in (parts, *others)}
    assert len(keys) == 6
    assert kept.key(*parts) == kept.key(*parts)


def test_the_ingredients_are_all_that_the_shader_is_made_of() -> None:
    kernels = Path(passes.__file__).parent
    files = {path.name for path in kernels.glob("*.py")} - {"__init__.py"}
    assert len(ingredients()) == len(files) + 2
    assert {f"{name}.py" for names in FILES.values() for name in names} | {"passes.py"} == files


def test_the_cache_can_be_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert kept.cache_folder() == tmp_path / "lightbrush" / "shader"


def functions(text: str) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}


def test_every_kernel_has_its_types() -> None:
    found = {}
    for part in PARTS:
        for name, node in functions(source("cuda", part)).items():
            if any(isinstance(mark, ast.Name) and mark.id in ("kernel", "lean") for mark in node.decorator_list):
                found[name] = len(node.args.args)
    assert found == {name: len(types.split()) for name, types in KERNELS.items()}


def test_no_function_is_compiled_once_for_each_value_of_an_argument() -> None:
    for part in PARTS:
        text = source("cuda", part)
        names = set(functions(text))
        calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
        ours = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id in names]
        assert len(ours) > 100
        assert not [ast.unparse(node) for node in ours if any(isinstance(arg, ast.Constant) for arg in node.args)]


@pytest.mark.parametrize(
    "attrs",
    [
        {"alpine": 1.0, "water": 0.7, "photo": 1.0},
        {"forest": 1.0, "rain": 0.8, "photo": 1.0},
        {"city": 1.0, "sun_height": -0.5, "photo": 1.0},
        {"underwater": 1.0, "photo": 1.0},
    ],
)
def test_the_passes_draw_what_the_cpu_draws(attrs: dict[str, float]) -> None:
    width, height, samples = 32, 24, 2
    p = scene_from_attributes(attrs, 3)
    drawn = render(p, width=width, height=height, samples=samples)
    table, bounds = np.empty((1, TABLE), np.float32), np.empty((1, BOUNDS), np.float32)
    land = np.empty((1, samples, height, width), np.float32)
    build().objects(p, table, bounds)
    build().columns(p, land, width, height, samples)
    layers = np.empty((1, samples, 5, height, width), np.float32)
    tags = np.empty((1, samples, height, width), np.uint8)
    rgb, label = np.empty_like(drawn.rgb), np.empty_like(drawn.label)
    depth = np.empty_like(drawn.depth)
    rows = [row.tolist() for row in (p[0], table[0], bounds[0])]
    for row, column in ((1, 5), (9, 20), (12, 3), (15, 14), (19, 27), (23, 9)):
        for sample in range(samples):
            at = (0, sample, row, column)
            passes.pass_front([rows[0]], [rows[1]], [rows[2]], land, layers, tags, *at)
            passes.pass_land([rows[0]], [rows[1]], land, layers, tags, *at)
            passes.pass_sea([rows[0]], [rows[1]], [rows[2]], layers, tags, *at)
        passes.pass_sum([rows[0]], layers, tags, rgb, label, depth, 0, row, column)
        assert label[0, row, column] == drawn.label[0, row, column]
        assert depth[0, row, column] == pytest.approx(drawn.depth[0, row, column], abs=1e-3)
        assert np.abs(rgb[0, row, column].astype(int) - drawn.rgb[0, row, column]).max() <= 2


@pytest.mark.parametrize("n", [0, 1, 7, 512, 2048])
def test_rounds_are_alike_and_fit(n: int) -> None:
    chunk = _chunk(n, 256, 256, 2)
    sizes = [min(chunk, n - at) for at in range(0, n, chunk)]
    assert sum(sizes) == n
    assert not sizes or max(sizes) - min(sizes) < len(sizes)
    assert chunk * 256 * 256 * 50 <= CHUNK_BYTES
