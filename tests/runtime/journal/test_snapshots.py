from __future__ import annotations

from pathlib import Path

from lineside.runtime.journal import Snapshot
from lineside.runtime.journal.snapshots import snapshot_from_row
from tests.runtime.journal.scene import KEYS, change, opened, rows_of


async def test_a_snapshot_is_found_by_stream_and_schema_and_replaced(folder: Path) -> None:
    async with opened(folder / "j.db") as journal:
        assert await journal.snapshot("a", "s1") is None
        await journal.save_snapshot("a", 3, "s1", b"old")
        await journal.save_snapshot("a", 5, "s1", b"state with a secret")
        assert await journal.snapshot("a", "s1") == Snapshot(5, b"state with a secret")
        assert await journal.snapshot("a", "s2") is None
        assert await journal.snapshot("b", "s1") is None
    assert b"secret" not in (folder / "j.db").read_bytes()
    assert rows_of(folder / "j.db", "SELECT count(*) FROM snapshots") == [(1,)]


async def test_a_snapshot_that_does_not_open_is_none(folder: Path) -> None:
    async with opened(folder / "j.db") as journal:
        await journal.save_snapshot("a", 3, "s1", b"state")
    for column, value in (("version", 4), ("sealed", "v1.00000000.AAAA")):
        change(folder / "j.db", f"UPDATE snapshots SET {column} = ?", (value,))
        async with opened(folder / "j.db") as journal:
            assert await journal.snapshot("a", "s1") is None
    assert snapshot_from_row(None, KEYS, "a", "s1") is None
