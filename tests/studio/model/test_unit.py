"""The model, the wire and the driver together: frames in, frames out, with a journal that answers when told."""

from __future__ import annotations

from datetime import UTC

import pytest
import structlog

from lineside.errors import JournalFull
from lineside.runtime.clock import ManualClock
from lineside.runtime.drive import Unit
from lineside.runtime.model import LiveTimed
from lineside.studio.model import COMMANDS, Joined, Table, TableSettings
from lineside.studio.model.events import StatusUpdated, TableAlarmRaised
from lineside.studio.wire import Dialect, TableWire
from tests.support.memory_journal import MemoryJournal
from tests.support.stage import LoggedHub, LoggedLink
from tests.support.wait import until

CONFIRMED = b'{"status": "updated", "table_id": "ARO-001"}'


class Studio:
    """One table with one reporter's link."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.journal = MemoryJournal()
        self.log = self.journal.log
        self.table = Table("ARO-001", TableSettings(zone=UTC), self.clock.now())
        self.unit = Unit(
            "studio/ARO-001",
            "studio",
            self.table,
            clock=self.clock,
            journal=self.journal,  # type: ignore[arg-type]
            hub=LoggedHub(self.log),
            log=structlog.get_logger(),
            commands=COMMANDS,
        )

    async def joins(self) -> LoggedLink:
        await self.unit.restore()
        link = LoggedLink(self.log)
        self.unit.attach("l1", link, TableWire(Dialect.A, "ARO-001"))
        self.unit.post("l1", Joined("pc", Dialect.A, "addr", True))
        await until(lambda: self.frames, what="the snapshot")
        self.clock.advance(0)
        return link

    @property
    def frames(self) -> list[bytes]:
        return [entry for entry in self.log if isinstance(entry, bytes)]


async def test_confirmation_follows_the_record_and_answers_keep_the_order() -> None:
    studio = Studio()
    link = await studio.joins()
    await until(lambda: studio.table.state.made_at, what="the record of the reporter")
    studio.log.clear()
    studio.journal.held = True
    for frame in (b'{"sdp":"up"}', b"not json", b'{"event":"ping"}'):
        link.receiver.on_data(frame)
    assert studio.frames == []
    studio.journal.release()
    await until(lambda: len(studio.frames) == 3, what="all answers")
    assert studio.frames == [CONFIRMED, b'{"error": "Invalid JSON format"}', CONFIRMED]
    kinds = [type(entry) for entry in studio.log]
    assert kinds.index(StatusUpdated) < kinds.index(bytes)


async def test_full_disk_answers_snapshots_and_confirms_nothing() -> None:
    studio = Studio()
    studio.journal.broken = JournalFull("no room")
    link = await studio.joins()
    link.receiver.on_data(b'{"sdp":"up"}')
    await until(lambda: studio.journal.submitted == 2, what="both refusals")
    assert [frame[:11] for frame in studio.frames] == [b'{"TABLE_ID"']
    studio.journal.broken = None
    link.receiver.on_data(b'{"sdp":"up"}')
    await until(lambda: CONFIRMED in studio.frames, what="the confirmation")
    assert len(studio.frames) == 2


async def test_alarm_comes_by_the_clock_of_the_driver() -> None:
    studio = Studio()
    link = await studio.joins()
    link.receiver.on_data(b'{"sdp":"down"}')
    await until(lambda: CONFIRMED in studio.frames, what="the confirmation")
    studio.clock.advance(9.5)
    assert studio.unit.carry() is not None, "nothing is on its way to the disk"
    assert TableAlarmRaised("SDP", "SDP is down") not in studio.log
    studio.clock.advance(1)
    await until(lambda: studio.table.state.alarms.is_open("SDP"), what="the alarm")
    assert TableAlarmRaised("SDP", "SDP is down") in studio.log
    assert studio.unit.carry() is not None


@pytest.mark.parametrize("count", [19, 20])
async def test_too_many_errors_close_the_link_after_the_last_answer(count: int) -> None:
    studio = Studio()
    link = await studio.joins()
    await until(lambda: studio.table.state.made_at, what="the record of the reporter")
    for _ in range(count):
        link.receiver.on_data(b"x")
    assert (link.receiver is None) is (count == 20)
    assert len(studio.frames) == 1 + count


def test_table_has_values_by_the_clock() -> None:
    assert isinstance(Table("T", TableSettings(), ManualClock().now()), LiveTimed)
