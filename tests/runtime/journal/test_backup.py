from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from lineside.errors import JournalError
from lineside.runtime.journal import Cursor, EraOpened, HealthState, Keys, repair, restore, verify
from lineside.runtime.journal.backup import finish_backup, prepare_backup
from lineside.runtime.journal.era import seq_floor
from tests.runtime.journal.scene import KEYS, NOW, Faults, Noted, change, error, filled, one, opened, rows_of
from tests.support.wait import until


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class Modern:
    """A connection with SQLite's backup interface, and whatever a test hangs into it."""

    def __init__(self) -> None:
        self.faults = Faults()

    def __call__(self, path: str) -> Any:
        made = self.faults(path)
        made.backup = made.connection.backup
        return made


async def test_a_backup_is_whole_although_appends_go_on(folder: Path) -> None:
    pieces: list[tuple[int, int]] = []
    async with opened(folder / "j.db", backup_pages_max=5) as journal:
        for number in range(300):
            await journal.append(one(f"s/{number % 9}", Noted(number, "x" * 500)))
        done = False

        async def go_on() -> int:
            count = 0
            while not done:
                await journal.append(one("busy", count))
                count += 1
            return count

        task = asyncio.create_task(go_on())
        await journal.backup(folder / "copy.db", lambda copied, total: pieces.append((copied, total)))
        done = True
        count = await task
        assert count > 0
    report = verify(folder / "copy.db", KEYS)
    assert report.ok
    assert report.events >= 300
    assert len(pieces) > 5
    assert pieces[-1][0] == pieces[-1][1]
    assert names_in(folder) == ["copy.db", "j.db", "j.db-era"]
    assert (folder / "copy.db").stat().st_mode & 0o077 == 0
    assert verify(folder / "j.db", KEYS).ok


async def test_without_the_backup_interface_one_statement_does_it(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "j.db", faults) as journal:
        await journal.append(one("a", 1))
        await journal.backup(folder / "copy.db")
        assert any(sql.startswith("VACUUM INTO") for sql in faults.statements)
        await journal.append(one("a", 2, expected={"a": 1}))
    assert verify(folder / "copy.db", KEYS).events == 1


async def test_a_backup_never_overwrites(folder: Path) -> None:
    (folder / "copy.db").write_text("mine")
    async with opened(folder / "j.db") as journal:
        with pytest.raises(JournalError, match="never overwrites"):
            await journal.backup(folder / "copy.db")
        with pytest.raises(JournalError, match="not written"):
            await journal.backup(folder / "absent" / "copy.db")
        await journal.append(one("a", 1))
    assert (folder / "copy.db").read_text() == "mine"


async def test_a_backup_that_does_not_verify_is_no_backup(folder: Path) -> None:
    await filled(folder / "j.db", 50)
    change(folder / "j.db", "UPDATE events SET data = CAST('{\"number\":7}' AS BLOB) WHERE seq = 2")
    async with opened(folder / "j.db", open_check_events_max=5) as journal:
        with pytest.raises(JournalError, match="does not verify"):
            await journal.backup(folder / "copy.db")
    assert not [name for name in names_in(folder) if name.startswith("copy")]


@pytest.mark.parametrize("after", [False, True])
async def test_a_disk_that_fails_meanwhile_ends_the_backup_and_not_the_journal(folder: Path, after: bool) -> None:
    modern = Modern()
    async with opened(folder / "j.db", modern, backup_pages_max=2) as journal:
        for number in range(50):
            await journal.append(one("a", Noted(number, "x" * 1000)))
        asked = threading.Event()
        pieces = 0

        def on_piece(copied: int, total: int) -> None:
            nonlocal pieces
            pieces += 1
            if pieces == 2:
                modern.faults.fail("COMMIT", error(10, "disk I/O error"), after=after)
                asked.wait(10)

        backup = asyncio.create_task(journal.backup(folder / "copy.db", on_piece))
        await until(lambda: pieces == 2)
        append = journal.submit(one("a", 50, expected={"a": 50}))
        await asyncio.sleep(0)
        asked.set()
        for refused in (backup, append):
            with pytest.raises(JournalError):
                await refused
        await journal.append(one("a", 51, expected={"a": 50}))
        assert journal.health.state is HealthState.OK
    assert verify(folder / "j.db", KEYS).ok


async def test_a_target_that_takes_nothing_does_not_make_the_journal_ill(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(folder / "j.db") as journal:
        await journal.append(one("a", 1))

        def fail(*_: object) -> None:
            raise sqlite3.OperationalError("disk I/O error")

        monkeypatch.setattr("lineside.runtime.journal.backup._copy", fail)
        with pytest.raises(JournalError, match="the backup was not written: disk I/O error"):
            await journal.backup(folder / "copy.db")
        assert journal.health.state is HealthState.OK


async def test_a_restore_that_cannot_write_leaves_everything(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "j.db"
    await filled(path, 10)
    async with opened(path) as journal:
        await journal.backup(folder / "copy.db")
    before = path.read_bytes()

    def fail(*_: object) -> int:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("lineside.runtime.journal.backup.begin_era", fail)
    with pytest.raises(JournalError, match="not restored"):
        restore(folder / "copy.db", path, KEYS)
    assert path.read_bytes() == before
    assert names_in(folder) == ["copy.db", "j.db", "j.db-era"]


async def test_a_restored_journal_goes_on_in_a_new_era_where_its_sinks_are(folder: Path) -> None:
    path = folder / "j.db"
    async with opened(path) as journal:
        for number in range(10):
            await journal.append(one("a", number))
        await journal.move_cursor("rows", Cursor(5))
        await journal.backup(folder / "copy.db")
        for number in range(10, 16):
            await journal.append(one("a", number))
        await journal.move_cursor("rows", Cursor(15, frozenset({16})))
        await journal.move_cursor("new", Cursor(3))
    report = restore(folder / "copy.db", path, KEYS, now=NOW)
    assert (report.last_seq, report.gone_events, report.era) == (10, 6, 2)
    assert verify(Path(report.aside), KEYS).last_seq == 16
    assert verify(path, KEYS).ok
    async with opened(path) as journal:
        assert (journal.health.state, journal.health.era) == (HealthState.OK, 2)
        assert await journal.cursor("rows") == Cursor(15, frozenset({16}))
        assert await journal.cursor("new") == Cursor(3)
        assert [r.event for r in await journal.events(after=10)] == [
            EraOpened(2, "restore", "restored from copy.db", 6, NOW)
        ]
        assert (await journal.append(one("a", 16, expected={"a": 10}))).first_seq == seq_floor(2) + 2
    assert restore(folder / "copy.db", path, KEYS).era == 3


async def test_a_cursor_of_the_backup_that_is_ahead_stays(folder: Path) -> None:
    path = folder / "j.db"
    await filled(path, 10)
    async with opened(path) as journal:
        await journal.move_cursor("rows", Cursor(9))
        await journal.backup(folder / "copy.db")
        await journal.move_cursor("rows", Cursor(4))
    restore(folder / "copy.db", path, KEYS)
    assert rows_of(path, "SELECT low FROM cursors") == [(9,)]


@pytest.mark.parametrize("present", ["none", "damaged"])
async def test_a_backup_comes_back_over_nothing_and_over_damage(folder: Path, present: str) -> None:
    path = folder / "j.db"
    await filled(path, 10)
    async with opened(path) as journal:
        await journal.backup(folder / "copy.db")
    if present == "none":
        path.unlink()
    else:
        path.write_bytes(b"\0" * 9000)
    report = restore(folder / "copy.db", path, KEYS)
    assert report.era == 2
    assert bool(report.aside) is (present == "damaged")
    async with opened(path) as journal:
        assert len(await journal.events(before=1000)) == 10


async def test_a_backup_on_another_machine_opens_as_a_journal(folder: Path) -> None:
    await filled(folder / "j.db", 10)
    async with opened(folder / "j.db") as journal:
        await journal.backup(folder / "copy.db")
    (folder / "new").mkdir()
    report = restore(folder / "copy.db", folder / "new" / "j.db", KEYS)
    assert (report.gone_events, report.aside) == (0, "")


async def test_a_backup_that_does_not_verify_is_not_restored(folder: Path) -> None:
    path = folder / "j.db"
    await filled(path, 10)
    async with opened(path) as journal:
        await journal.backup(folder / "copy.db")
    before = path.read_bytes()
    with pytest.raises(JournalError, match="not in the keys file"):
        restore(folder / "copy.db", path, Keys.generate())
    (folder / "copy.db").write_bytes(b"x" * 10_000)
    with pytest.raises(JournalError, match="does not verify"):
        restore(folder / "copy.db", path, KEYS)
    assert path.read_bytes() == before
    assert repair(path, KEYS).lost == ()


@pytest.mark.parametrize("links", [True, False])
async def test_the_name_is_given_last_and_never_taken_from_another(
    folder: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:

        def fail(*_: object) -> None:
            raise PermissionError

        monkeypatch.setattr("os.link", fail)
    await filled(folder / "j.db", 5)
    prepare_backup(folder / "b.db", folder / "b.new")
    source, target = sqlite3.connect(folder / "j.db"), sqlite3.connect(folder / "b.new")
    source.backup(target)
    source.close()
    target.close()
    assert finish_backup(folder / "b.new", folder / "b.db", KEYS).ok
    assert not (folder / "b.new").exists()
    (folder / "b.db").rename(folder / "b.new")
    (folder / "b.db").write_text("mine")
    with pytest.raises(FileExistsError):
        finish_backup(folder / "b.new", folder / "b.db", KEYS)
    assert (folder / "b.db").read_text() == "mine"
