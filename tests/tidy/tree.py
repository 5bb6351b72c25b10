"""The files of the project, as the tidy tests look at them: tracked ones and new ones, nothing that is built."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "lineside"
_BUILT = {".git", ".venv", "build", "dist", "var", "node_modules", "__pycache__"}


@cache
def files() -> tuple[Path, ...]:
    """Every file of the tree, relative to its root; what git ignores is left out."""
    asked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if asked.returncode == 0:
        names = {Path(name) for name in asked.stdout.decode().split("\0") if name}
    else:  # an unpacked archive without history
        names = {p.relative_to(ROOT) for p in ROOT.rglob("*") if not _BUILT.intersection(p.parts)}
    return tuple(sorted(name for name in names if (ROOT / name).is_file()))


def modules() -> tuple[Path, ...]:
    """Every Python file of the product, relative to ``src/lineside``."""
    inside = Path("src") / "lineside"
    return tuple(f.relative_to(inside) for f in files() if f.suffix == ".py" and f.is_relative_to(inside))


@cache
def tree_of(module: Path) -> ast.Module:
    """The syntax tree of one file of the product."""
    return ast.parse((PACKAGE / module).read_text(encoding="utf-8"))


def is_public(name: str) -> bool:
    """Whether a name is for others: no leading underscore."""
    return not name.startswith("_")
