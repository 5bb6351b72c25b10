from __future__ import annotations

from pathlib import Path

import pytest

from lineside.errors import JournalError
from lineside.runtime.journal.chores import carry_wal, compact, sign_all, sign_or_touch
from tests.runtime.journal.scene import Faults, error, one, opened, rows_of


async def test_signing_is_done_when_there_is_news_and_touching_otherwise(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "j.db", faults) as journal:
        await journal.append(one("a", 1))
        for count in (1, 1):
            await journal._recording.do(sign_or_touch, alone=True)
            assert rows_of(folder / "j.db", "SELECT count(*) FROM checkpoints") == [(count,)]
        await journal._recording.do(sign_all, alone=True)
        assert rows_of(folder / "j.db", "SELECT count(*) FROM checkpoints") == [(2,)]
        for word in ("UPDATE meta", "COMMIT"):
            faults.fail(word, error(10, "disk I/O error"))
            with pytest.raises(JournalError):
                await journal._recording.do(sign_or_touch, alone=True)
        await journal._recording.do(sign_or_touch, alone=True)


async def test_the_wal_is_carried_over_and_the_file_written_anew(folder: Path) -> None:
    async with opened(folder / "j.db") as journal:
        await journal.append(one("a", 1))
        await journal._recording.do(carry_wal, alone=True)
        await journal._recording.do(compact, alone=True)
        assert (folder / "j.db-wal").stat().st_size == 0
        await journal.append(one("a", 2, expected={"a": 1}))
