"""Imports point down, and the pure rooms import almost nothing (DESIGN.md §2)."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tidy.tree import ROOT, modules, tree_of

HOUSES = ("slots", "lockers", "studio", "casino", "ventilator")
PURE_ROOMS = ("wire", "line", "model")
PURE_OUTSIDE = {"msgspec", "fastcrc"}
PURE_INSIDE = (
    "lineside.errors",
    "lineside.runtime.step",
    "lineside.runtime.command",
    "lineside.runtime.model",
    "lineside.runtime.open_commands",
    "lineside.runtime.wire",
)
IMPURE_STANDARD = {"asyncio", "time", "random", "secrets", "logging", "socket", "threading", "subprocess", "os", "io"}


def is_pure_room(module: Path) -> bool:
    """Whether a file lies in a pure room of a house (or is one)."""
    return module.parts[0] in HOUSES and len(module.parts) > 1 and module.parts[1].removesuffix(".py") in PURE_ROOMS


def imported(module: Path) -> set[str]:
    """Full names of everything a file imports, those for type checking alone included."""
    names: set[str] = set()
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are written in full"
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("module", [m for m in modules() if is_pure_room(m)], ids=str)
def test_pure_rooms_import_only_what_is_pure(module: Path) -> None:
    house = f"lineside.{module.parts[0]}"
    foreign = []
    for name in imported(module):
        top = name.partition(".")[0]
        if top == "lineside":
            inside = (*PURE_INSIDE, *(f"{house}.{room}" for room in PURE_ROOMS))
            pure = any(name == allowed or name.startswith(allowed + ".") for allowed in inside)
        else:
            pure = top in PURE_OUTSIDE or (top in sys.stdlib_module_names and top not in IMPURE_STANDARD)
        if not pure:
            foreign.append(name)
    assert not foreign, f"{module} is pure and imports {', '.join(sorted(foreign))}"


@pytest.mark.parametrize("module", [m for m in modules() if m.parts[0] in HOUSES], ids=str)
def test_houses_import_no_other_house(module: Path) -> None:
    others = tuple(f"lineside.{house}" for house in HOUSES if house != module.parts[0])
    crossed = [n for n in imported(module) if any(n == other or n.startswith(other + ".") for other in others)]
    assert not crossed, f"{module} imports {', '.join(crossed)}"


def test_import_contracts_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([linter, "--no-logo"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
