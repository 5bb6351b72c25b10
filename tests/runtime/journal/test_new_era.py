from __future__ import annotations

from pathlib import Path

from lineside.runtime.journal import EraOpened, Gap, HistoryLost, JournalSettings, sqlite3_connect, verify
from lineside.runtime.journal.era import seq_floor
from lineside.runtime.journal.new_era import append_now, begin_era
from lineside.runtime.journal.store import Store
from tests.runtime.journal.scene import KEYS, NOW, filled, opened, rows_of


async def test_an_era_begins_above_its_floor_with_its_reason_and_a_signature(folder: Path) -> None:
    path = folder / "j.db"
    await filled(path, 10, 1)
    lost = HistoryLost((Gap(11, 13, "ab" * 32),), "bits")
    opened_event = EraOpened(3, "repair", "bits", 3, NOW)
    newest = begin_era(path, KEYS, 3, [("ward/0", lost)], opened_event, {"ward/0": (13, 10, b"\xab" * 32)})
    assert newest == seq_floor(3) + 2
    assert rows_of(path, "SELECT value FROM meta WHERE key = 'era'") == [(3,)]
    report = verify(path, KEYS)
    assert (report.ok, report.era, report.signed_seq, report.gaps) == (True, 3, newest, 1), report.problems
    async with opened(path) as journal:
        assert journal.health.era == 3
        assert [r.event for r in await journal.events(after=10)] == [lost, opened_event]
        assert (await journal.read("ward/0", after=10))[0].version == 14
        assert len((await journal.replay("ward/0"))[1]) == 11


def test_events_can_be_recorded_without_loop_and_threads(folder: Path) -> None:
    store = Store(folder / "j.db", KEYS, JournalSettings(), sqlite3_connect, "o")
    store.open()
    append_now(store, [("lineside/journal", EraOpened(1, "repair", "", 0, NOW))], NOW)
    assert store.newest is not None
    assert store.newest[0] == 1
    store.close()
