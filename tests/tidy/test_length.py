"""A file that passes 400 lines usually holds two rooms, a function that passes 60 usually two ideas."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.tidy.exemptions import LONGER_THAN_A_ROOM, LONGER_THAN_AN_IDEA
from tests.tidy.tree import PACKAGE, modules, tree_of

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60


def lines_of(module: Path) -> int:
    return len((PACKAGE / module).read_text(encoding="utf-8").splitlines())


def code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring: explaining is free."""
    first = node.body[1] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body[0]
    return (node.end_lineno or node.lineno) - first.lineno + 1


def test_files_hold_one_room() -> None:
    long = {str(m): lines_of(m) for m in modules() if lines_of(m) > FILE_LINES_MAX}
    told = {name: count for name, count in long.items() if name not in LONGER_THAN_A_ROOM}
    assert not told, f"over {FILE_LINES_MAX} lines: {told}"
    assert set(LONGER_THAN_A_ROOM) <= set(long), "take the shorter ones off the list of exemptions"


def test_functions_hold_one_idea() -> None:
    long = {
        f"{module}:{node.name}": code_lines(node)
        for module in modules()
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and code_lines(node) > FUNCTION_LINES_MAX
    }
    told = {name: count for name, count in long.items() if name not in LONGER_THAN_AN_IDEA}
    assert not told, f"over {FUNCTION_LINES_MAX} lines: {told}"
    assert set(LONGER_THAN_AN_IDEA) <= set(long), "take the shorter ones off the list of exemptions"
