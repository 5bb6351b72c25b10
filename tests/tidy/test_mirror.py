"""Each file of the product has a test file of the same name in the same room."""

from __future__ import annotations

from pathlib import Path

from tests.tidy.exemptions import WITHOUT_OWN_TEST
from tests.tidy.tree import PACKAGE, ROOT, modules


def mirrors_of(module: Path) -> list[Path]:
    """The test files that may cover ``runtime/journal/chain.py``: its own, or the one of a whole small folder."""
    tests = ROOT / "tests"
    own = tests / module.parent / f"test_{module.name}"
    rooms = [tests / room.parent / f"test_{room.name}.py" for room in module.parents if room != Path()]
    return [own, *rooms]


def test_each_file_has_a_test_file_of_the_same_name() -> None:
    bare = [
        str(module)
        for module in modules()
        if module.name != "__init__.py"
        and str(module) not in WITHOUT_OWN_TEST
        and not any(mirror.is_file() for mirror in mirrors_of(module))
    ]
    assert not bare, f"without a test file of the same name: {', '.join(bare)}"


def test_each_exemption_is_still_needed() -> None:
    gone = [name for name in WITHOUT_OWN_TEST if not (PACKAGE / name).is_file()]
    tested = [
        name
        for name in WITHOUT_OWN_TEST
        if Path(name).name != "__init__.py" and any(mirror.is_file() for mirror in mirrors_of(Path(name)))
    ]
    assert not gone + tested, f"take these off the list of exemptions: {', '.join(gone + tested)}"
