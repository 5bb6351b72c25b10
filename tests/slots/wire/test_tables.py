"""The page of the tables."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lineside.slots.wire import EXCEPTIONS, LONG_POLLS, METERS
from lineside.slots.wire.tables import main, markdown

PAGE = Path(__file__).resolve().parents[3] / "docs" / "slots-tables.md"


def test_page_in_the_docs_is_what_the_code_prints() -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown(), "python -m lineside.slots.wire.tables > docs/slots-tables.md"


def test_module_prints_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    main()
    assert capsys.readouterr().out == markdown()
    done = subprocess.run([sys.executable, "-m", "lineside.slots.wire.tables"], capture_output=True, check=True)
    assert done.stdout.decode() == markdown()


def test_every_row_is_printed_with_its_trust() -> None:
    lines = markdown().splitlines()
    for title, table in (("## Long polls", LONG_POLLS), ("## Meters", METERS), ("## Exceptions", EXCEPTIONS)):
        start = lines.index(title) + 4
        rows = lines[start : start + len(table)]
        assert [int(row[2:4], 16) for row in rows] == list(table)
        assert all(row.endswith(" |") and row.count("|") == lines[start - 2].count("|") for row in rows)
