"""Each named limit says where its number comes from, or what breaks beyond it.

A limit is a module constant ``…_MAX`` or ``…_MIN`` with a number, or a numeric field of a Struct called ``…Settings``
or ``…Limits``. The reason is a comment above or beside it, a text right under it, or its line in the ``Attributes:`` of
its class. Constants that follow each other without a gap share one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tidy.tree import PACKAGE, modules, tree_of

_BOUND = re.compile(r"_(MAX|MIN)$")


def _is_number(node: ast.expr | None) -> bool:
    match node:
        case ast.Constant(value=bool()):
            return False
        case ast.Constant(value=int() | float()):
            return True
        case ast.BinOp(left=left, right=right):
            return _is_number(left) and _is_number(right)
        case ast.UnaryOp(operand=operand):
            return _is_number(operand)
    return False


def _target(node: ast.stmt) -> tuple[str, ast.expr | None] | None:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name, value
        case ast.AnnAssign(target=ast.Name(id=name), value=value):
            return name, value
    return None


def _has_reason(body: list[ast.stmt], index: int, lines: list[str], documented: str, name: str) -> bool:
    node = body[index]
    above = _line_above(node.lineno, lines)
    beside = lines[(node.end_lineno or node.lineno) - 1]
    after = body[index + 1] if index + 1 < len(body) else None
    is_text = (
        isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and isinstance(after.value.value, str)
    )
    return above.startswith("#") or "#" in beside or is_text or re.search(rf"\b{name}\b[^\n]*:", documented) is not None


def _line_above(line_number: int, lines: list[str]) -> str:
    """The line above a block of one-line assignments that this line belongs to."""
    index = line_number - 2
    while index > 0 and re.match(r"\s*\w+(: [^=]+)? = .*[^\[({]$", lines[index]):
        index -= 1
    return lines[max(index, 0)].strip()


def limits_without_reason(module: Path) -> Iterator[str]:
    tree = tree_of(module)
    lines = (PACKAGE / module).read_text(encoding="utf-8").splitlines()
    for index, node in enumerate(tree.body):
        found = _target(node)
        if found is not None and _BOUND.search(found[0]) and not _is_explained(tree.body, index, lines):
            yield found[0]
        if isinstance(node, ast.ClassDef) and re.search(r"(Settings|Limits)$", node.name):
            documented = ast.get_docstring(node) or ""
            for place, field in enumerate(node.body):
                if not _is_explained(node.body, place, lines, documented):
                    yield f"{node.name}.{ast.unparse(field).partition(':')[0]}"


def _is_explained(body: list[ast.stmt], index: int, lines: list[str], documented: str = "") -> bool:
    """Whether a statement is no limit at all, or one with its reason."""
    found = _target(body[index])
    return found is None or not _is_number(found[1]) or _has_reason(body, index, lines, documented, found[0])


@pytest.mark.parametrize("module", modules(), ids=str)
def test_limits_have_a_reason(module: Path) -> None:
    bare = list(limits_without_reason(module))
    assert not bare, f"{module}: no reason beside {', '.join(bare)}"
