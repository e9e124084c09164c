"""Compiles the shader (`lightbrush.world.kernels`) for the CPU and for CUDA from the same source.

The source files are ordinary typed Python. They are joined into one module for each target, with float
literals made float32 (so that no double reaches a GPU), constants written in, annotations dropped and a
decorator on each function. The joined file lives in a cache folder under a name that holds the hash of its
text: numba's own cache, which lies beside it, can then never be stale.
"""

from __future__ import annotations

import ast
import getpass
import hashlib
import importlib
import importlib.util
import os
import sys
import tempfile
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Literal

Target = Literal["cpu", "cuda"]
Part = Literal["picture", "style"]

# Each part is compiled on its own, so that who only wants photographs does not wait for the styles.
FILES: dict[Part, tuple[str, ...]] = {
    "picture": (
        "noise", "terrain", "kinds", "built", "growth", "objects", "sky", "weather", "planet", "city", "ground",
        "cards", "water", "pixel",
    ),
    "style": ("noise", "canvas", "study", "brush", "mosaic"),
}  # fmt: skip
CONVERSIONS = {"f32", "i32", "u32"}

CPU_HEAD = """
import math
import numpy as np
from numba import njit, prange
f32 = np.float32
i32 = np.int32
u32 = np.uint32
device = njit(fastmath=True, cache=True, error_model="numpy")
host = njit(fastmath=True, cache=True, error_model="numpy", parallel=True, nogil=True)
"""

CPU_TAIL = """
@host
def objects(params, table, bounds):
    for job in prange(params.shape[0] * (ROWS + 1)):
        stand(params, table, bounds, job // (ROWS + 1), job % (ROWS + 1))

@host
def columns(params, land, width, height, samples):
    for job in prange(params.shape[0] * samples * width):
        column = job % width
        sample = job // width % samples
        scan(params, land, job // width // samples, sample, column, width, height, samples)

@host
def pixels(params, table, bounds, land, rgb, label, depth, samples):
    for job in prange(params.shape[0] * rgb.shape[1]):
        for column in range(rgb.shape[2]):
            shade(params, table, bounds, land, rgb, label, depth, samples,
                  job // rgb.shape[1], job % rgb.shape[1], column)
"""

CPU_STYLE_TAIL = """
@host
def notes(params, plain, label, depth, out):
    for job in prange(params.shape[0] * plain.shape[1]):
        for column in range(plain.shape[2]):
            note(params, plain, label, depth, out, job // plain.shape[1], job % plain.shape[1], column)

@host
def finished(params, plain, noted, label, depth, rgb):
    for job in prange(params.shape[0] * rgb.shape[1]):
        for column in range(rgb.shape[2]):
            finish(params, plain, noted, label, depth, rgb, job // rgb.shape[1], job % rgb.shape[1], column)
"""

CUDA_HEAD = """
import math
import numpy as np
from numba import config, cuda
config.CUDA_LOW_OCCUPANCY_WARNINGS = 0
f32 = np.float32
i32 = np.int32
u32 = np.uint32
device = cuda.jit(device=True, fastmath=True)
"""

CUDA_TAIL = """
@cuda.jit(fastmath=True)
def objects(params, table, bounds):
    n = cuda.blockIdx.y
    row = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    if n < params.shape[0] and row <= ROWS:
        stand(params, table, bounds, n, row)

@cuda.jit(fastmath=True)
def columns(params, land, width, height, samples):
    column = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    n = cuda.blockIdx.y // samples
    if n < params.shape[0] and column < width:
        scan(params, land, n, cuda.blockIdx.y % samples, column, width, height, samples)

@cuda.jit(fastmath=True, max_registers=128)
def pixels(params, table, bounds, land, rgb, label, depth, samples):
    column = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    row = cuda.blockIdx.y * cuda.blockDim.y + cuda.threadIdx.y
    n = cuda.blockIdx.z
    if n < params.shape[0] and row < rgb.shape[1] and column < rgb.shape[2]:
        shade(params, table, bounds, land, rgb, label, depth, samples, n, row, column)
"""

CUDA_STYLE_TAIL = """
@cuda.jit(fastmath=True)
def notes(params, plain, label, depth, out):
    column = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    row = cuda.blockIdx.y * cuda.blockDim.y + cuda.threadIdx.y
    n = cuda.blockIdx.z
    if n < params.shape[0] and row < plain.shape[1] and column < plain.shape[2]:
        note(params, plain, label, depth, out, n, row, column)

@cuda.jit(fastmath=True, max_registers=128)
def finished(params, plain, noted, label, depth, rgb):
    column = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    row = cuda.blockIdx.y * cuda.blockDim.y + cuda.threadIdx.y
    n = cuda.blockIdx.z
    if n < params.shape[0] and row < rgb.shape[1] and column < rgb.shape[2]:
        finish(params, plain, noted, label, depth, rgb, n, row, column)
"""

TAILS: dict[tuple[Part, Target], str] = {
    ("picture", "cpu"): CPU_TAIL,
    ("picture", "cuda"): CUDA_TAIL,
    ("style", "cpu"): CPU_STYLE_TAIL,
    ("style", "cuda"): CUDA_STYLE_TAIL,
}


class _Lower(ast.NodeTransformer):
    """float32 literals, constants by value, no annotations."""

    def __init__(self, names: dict[str, object], floats: dict[float, str]) -> None:
        self.names = names
        self.floats = floats

    def literal(self, value: float, node: ast.AST) -> ast.expr:
        name = self.floats.setdefault(value, f"F{len(self.floats)}")
        return ast.copy_location(ast.Name(id=name, ctx=ast.Load()), node)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return self.literal(node.value, node) if isinstance(node.value, float) else node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self.names.get(node.id) if node.id.isupper() else None
        if isinstance(value, float):
            return self.literal(value, node)
        if isinstance(value, int):
            return ast.copy_location(ast.Constant(int(value)), node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id in ("A", "P", "C"):
            return ast.copy_location(ast.Constant(int(getattr(self.names[node.value.id], node.attr))), node)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        for arg in node.args.args:
            arg.annotation = None
        if isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant):
            node.body = node.body[1:]
        node.decorator_list = [ast.Name(id="device", ctx=ast.Load())]
        node.body = [self.visit(statement) for statement in node.body]
        return node


def source(target: Target, part: Part = "picture") -> str:
    """One part of the joined shader for one target."""
    floats: dict[float, str] = {}
    functions: list[str] = []
    seen: dict[str, str] = {}
    for name in FILES[part]:
        module = importlib.import_module(f"lightbrush.world.kernels.{name}")
        path = Path(str(module.__file__))
        lower = _Lower(vars(module), floats)
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name not in CONVERSIONS:
                if node.name in seen:
                    raise ValueError(f"shader: {node.name} is in both {seen[node.name]} and {name}; rename one")
                seen[node.name] = name
                functions.append(ast.unparse(ast.fix_missing_locations(lower.visit(node))))
    layout = importlib.import_module("lightbrush.world.layout")
    constants = [f"{name} = np.float32({value!r})" for value, name in floats.items()]
    head = CPU_HEAD if target == "cpu" else CUDA_HEAD
    return "\n\n".join([head, "\n".join(constants), f"ROWS = {layout.ROWS}", *functions, TAILS[part, target]])


def _folder() -> Path:
    """Where joined shaders and numba's cache lie: the user's cache, or a temporary folder if that is
    read-only."""
    home = os.environ.get("XDG_CACHE_HOME")
    folder = (Path(home) if home else Path.home() / ".cache") / "lightbrush" / "shader"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        folder = Path(tempfile.gettempdir()) / f"lightbrush-shader-{getpass.getuser()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder


@cache
def build(target: Target, part: Part = "picture") -> ModuleType:
    """A part of the compiled shader: a module with `objects`, `columns` and `pixels`, or with `notes` and `finished`,
    to be run in that order."""
    text = source(target, part)
    name = f"{part}_{target}_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    path = _folder() / f"{name}.py"
    if not path.exists():
        partial = path.with_suffix(f".{os.getpid()}.part")
        partial.write_text(text, "utf-8")
        partial.replace(path)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"shader: {path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
