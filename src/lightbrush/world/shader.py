"""Compiles the shader (`lightbrush.world.kernels`) for the CPU and for CUDA from the same source.

The source files are ordinary typed Python. They are joined into one module for each target, with float
literals made float32 (so that no double reaches a GPU), constants written in, annotations dropped and a
decorator on each function. The joined file lives in a cache folder (`lightbrush.world.kept`) under a name that holds
the hash of all that it is made of: numba's own cache, which lies beside it, can then never be stale.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Literal, get_args

from lightbrush.world.kept import cache_folder, key, write

Target = Literal["cpu", "cuda"]
Part = Literal["picture", "style"]

PARTS: tuple[Part, ...] = get_args(Part)

# Each part is compiled on its own, so that who only wants photographs does not wait for the styles.
FILES: dict[Part, tuple[str, ...]] = {
    "picture": (
        "noise", "terrain", "kinds", "built", "growth", "objects", "sky", "weather", "planet", "city", "ground",
        "cards", "water", "pixel",
    ),
    "style": ("noise", "canvas", "study", "brush", "mosaic"),
}  # fmt: skip
CUDA_ONLY: dict[Part, tuple[str, ...]] = {"picture": ("passes",), "style": ()}
CONVERSIONS = {"f32", "i32", "u32"}

CPU_HEAD = """
import math
import numpy as np
from numba import njit, prange
f32 = np.float32
i32 = np.int32
u32 = np.uint32
# Called by compiled code alone: no wrappers, and kept as part of what calls it.
device = njit(fastmath=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
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
from numba import config, cuda, float32
config.CUDA_LOW_OCCUPANCY_WARNINGS = 0
f32 = np.float32
i32 = np.int32
u32 = np.uint32
device = cuda.jit(device=True, fastmath=True)
kernel = cuda.jit(fastmath=True, cache=True)
lean = cuda.jit(fastmath=True, cache=True, max_registers=128)
"""

CUDA_TAIL = """
@kernel
def objects(params, table, bounds):
    row = cuda.blockIdx.x
    n = cuda.blockIdx.y
    cell = cuda.threadIdx.x
    lows = cuda.shared.array(CELLS, float32)
    highs = cuda.shared.array(CELLS, float32)
    lows[cell] = f32(1.0e9)
    highs[cell] = f32(-1.0e9)
    if row < ROWS or cell < i32(params[n, PLACED]):
        lows[cell], highs[cell] = stand_one(params[n], table[n], row, cell)
    cuda.syncthreads()
    if cell == 0:
        low = lows[0]
        high = highs[0]
        for k in range(1, CELLS):
            low = min(low, lows[k])
            high = max(high, highs[k])
        bounds[n, 2 * row] = low
        bounds[n, 2 * row + 1] = high

@kernel
def columns(params, land):
    column = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    sample = cuda.blockIdx.y % land.shape[1]
    n = cuda.blockIdx.y // land.shape[1]
    if column < land.shape[3]:
        scan(params, land, n, sample, column, land.shape[3], land.shape[2], land.shape[1])

@lean
def fronts(params, table, bounds, land, layers, tags):
    column = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    row = cuda.blockIdx.y * cuda.blockDim.y + cuda.threadIdx.y
    sample = cuda.blockIdx.z % layers.shape[1]
    n = cuda.blockIdx.z // layers.shape[1]
    if row < layers.shape[3] and column < layers.shape[4]:
        pass_front(params, table, bounds, land, layers, tags, n, sample, row, column)

@lean
def lands(params, table, land, layers, tags):
    column = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    row = cuda.blockIdx.y * cuda.blockDim.y + cuda.threadIdx.y
    sample = cuda.blockIdx.z % layers.shape[1]
    n = cuda.blockIdx.z // layers.shape[1]
    if row < layers.shape[3] and column < layers.shape[4]:
        pass_land(params, table, land, layers, tags, n, sample, row, column)

@lean
def seas(params, table, bounds, layers, tags):
    column = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    row = cuda.blockIdx.y * cuda.blockDim.y + cuda.threadIdx.y
    sample = cuda.blockIdx.z % layers.shape[1]
    n = cuda.blockIdx.z // layers.shape[1]
    if row < layers.shape[3] and column < layers.shape[4]:
        pass_sea(params, table, bounds, layers, tags, n, sample, row, column)

@kernel
def pixels(params, layers, tags, rgb, label, depth):
    column = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    row = cuda.blockIdx.y * cuda.blockDim.y + cuda.threadIdx.y
    n = cuda.blockIdx.z
    if row < rgb.shape[1] and column < rgb.shape[2]:
        pass_sum(params, layers, tags, rgb, label, depth, n, row, column)
"""

CUDA_STYLE_TAIL = """
@kernel
def notes(params, plain, label, depth, out):
    column = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    row = cuda.blockIdx.y * cuda.blockDim.y + cuda.threadIdx.y
    n = cuda.blockIdx.z
    if row < plain.shape[1] and column < plain.shape[2]:
        note(params, plain, label, depth, out, n, row, column)

@lean
def finished(params, plain, noted, label, depth, rgb):
    column = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    row = cuda.blockIdx.y * cuda.blockDim.y + cuda.threadIdx.y
    n = cuda.blockIdx.z
    if row < rgb.shape[1] and column < rgb.shape[2]:
        finish(params, plain, noted, label, depth, rgb, n, row, column)
"""

TAILS: dict[tuple[Part, Target], str] = {
    ("picture", "cpu"): CPU_TAIL,
    ("picture", "cuda"): CUDA_TAIL,
    ("style", "cpu"): CPU_STYLE_TAIL,
    ("style", "cuda"): CUDA_STYLE_TAIL,
}


class _Lower(ast.NodeTransformer):
    """float32 literals, constants by value, no annotations, and no integer literals as arguments: numba would compile
    the function called, and all that it calls, once for each of their values."""

    def __init__(self, names: dict[str, object], floats: dict[float, str], ints: dict[int, str]) -> None:
        self.names = names
        self.floats = floats
        self.ints = ints

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

    def visit_Call(self, node: ast.Call) -> ast.expr:
        called = self.names.get(node.func.id) if isinstance(node.func, ast.Name) else None
        ours = isinstance(called, FunctionType) and called.__name__ not in CONVERSIONS
        self.generic_visit(node)
        if ours:
            for k, value in enumerate(node.args):
                if isinstance(value, ast.Constant) and isinstance(value.value, int):
                    name = self.ints.setdefault(value.value, f"I{value.value}")
                    node.args[k] = ast.copy_location(ast.Name(id=name, ctx=ast.Load()), value)
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
    ints: dict[int, str] = {}
    functions: list[str] = []
    seen: dict[str, str] = {}
    for name in FILES[part] + (CUDA_ONLY[part] if target == "cuda" else ()):
        module = importlib.import_module(f"lightbrush.world.kernels.{name}")
        path = Path(str(module.__file__))
        lower = _Lower(vars(module), floats, ints)
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name not in CONVERSIONS:
                if node.name in seen:
                    raise ValueError(f"shader: {node.name} is in both {seen[node.name]} and {name}; rename one")
                seen[node.name] = name
                functions.append(ast.unparse(ast.fix_missing_locations(lower.visit(node))))
    layout = importlib.import_module("lightbrush.world.layout")
    constants = [f"{name} = np.float32({value!r})" for value, name in floats.items()]
    constants += [f"{name} = np.int64({value})" for value, name in ints.items()]
    constants += [f"ROWS, CELLS, PLACED = {layout.ROWS}, {layout.CELLS}, {int(layout.P.PLACED)}"]
    head = CPU_HEAD if target == "cpu" else CUDA_HEAD
    return "\n\n".join([head, "\n".join(constants), *functions, TAILS[part, target]])


def ingredients(parts: Sequence[Part] = PARTS) -> list[bytes]:
    """All that `source` reads: what it makes is the same while these are. (Reading is faster than joining.)"""
    names = sorted({f"kernels/{name}.py" for part in parts for name in (*FILES[part], *CUDA_ONLY[part])})
    here = Path(__file__).parent
    return [(here / name).read_bytes() for name in (*names, "layout.py", "shader.py")]


@cache
def build(part: Part = "picture") -> ModuleType:
    """A part of the shader for the CPU: a module with `objects`, `columns` and `pixels`, or with `notes` and
    `finished`, to be run in that order. (For CUDA: `lightbrush.world.gpu`.)"""
    path = cache_folder() / f"{part}_cpu_{key(*ingredients([part]))}.py"
    if not path.exists():
        write(path, source("cpu", part).encode())
    return load(path)


def load(path: Path) -> ModuleType:
    """Imports a joined shader."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"shader: {path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module
