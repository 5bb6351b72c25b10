"""Each public module, class and function says what it is, in a first sentence with a full stop."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tidy.tree import is_public, modules, tree_of

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def public_nodes(module: Path) -> Iterator[tuple[str, Documented]]:
    """The module and every public class and function in it, methods included, functions inside functions not."""
    tree = tree_of(module)
    yield str(module), tree
    yield from _below(str(module), tree)


def _below(name: str, node: ast.Module | ast.ClassDef) -> Iterator[tuple[str, Documented]]:
    for child in node.body:
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and is_public(child.name):
            if any(isinstance(d, ast.Name) and d.id == "overload" for d in child.decorator_list):
                continue
            if any(isinstance(d, ast.Attribute) and d.attr == "setter" for d in child.decorator_list):
                continue
            yield f"{name}:{child.name}", child
            if isinstance(child, ast.ClassDef):
                yield from _below(f"{name}:{child.name}", child)


@pytest.mark.parametrize("module", modules(), ids=str)
def test_public_names_have_a_docstring_that_begins_with_a_sentence(module: Path) -> None:
    bare, unfinished = [], []
    for name, node in public_nodes(module):
        text = ast.get_docstring(node)
        if text is None:
            bare.append(name)
        elif not text.split("\n\n", 1)[0].rstrip(")`\n ").endswith((".", "?", "!", ":")):
            unfinished.append(name)
    assert not bare, f"no docstring: {', '.join(bare)}"
    assert not unfinished, f"the first sentence has no full stop: {', '.join(unfinished)}"
