"""Who is known to another gateway: boards, and nothing else that has the same name."""

from __future__ import annotations

from lineside.lockers.gateway.strangers import FRESH_S, Strangers
from lineside.runtime.journal import Append
from lineside.runtime.step import Event
from tests.support.hall import HallJournal, LockerHall, message


class Breath(Event, frozen=True):
    """Of another house."""


async def known_in(gateway: str) -> HallJournal:
    async with LockerHall(name=gateway).opened() as hall:
        await (await hall.peer()).ask(message("7", "1"))
        return hall.journal


async def test_board_of_another_gateway_is_found_by_its_events() -> None:
    hall = LockerHall(await known_in("old"), name="new")
    strangers = Strangers(hall.runtime, "lockers")
    assert await strangers.find("7") == "old"
    assert await strangers.find("8") == ""


async def test_own_streams_and_those_of_other_houses_are_none() -> None:
    journal = await known_in("hall")
    journal.keep(Append((("ward/7", Breath()),), journal.kept[-1].at))
    hall = LockerHall(journal)
    assert await Strangers(hall.runtime, "lockers").find("7") == ""


async def test_stream_that_was_pruned_to_its_carried_state_counts_as_a_board() -> None:
    journal = await known_in("old")
    version = journal.version("old/7")
    journal.carry("old/7", version, {"model": {}, "commands": []})
    journal.kept = [kept for kept in journal.kept if kept.kind == "Carried"]
    hall = LockerHall(journal, name="new")
    assert await Strangers(hall.runtime, "lockers").find("7") == "old"


async def test_running_gateway_of_another_kind_is_asked_and_not_its_events() -> None:
    journal = await known_in("old")
    async with LockerHall(journal, name="old").opened() as old:
        await (await old.peer()).ask(message("7", "2"))
        assert await Strangers(LockerHall(journal, name="new").runtime, "lockers").find("7") == "old"
        new = LockerHall(journal, name="new")
        object.__setattr__(new.runtime, "units", old.units)
        assert await Strangers(new.runtime, "lockers").find("7") == "old"
        assert await Strangers(new.runtime, "studio").find("7") == ""


async def test_streams_are_listed_once_in_a_while() -> None:
    journal = await known_in("old")
    hall = LockerHall(journal, name="new")
    strangers = Strangers(hall.runtime, "lockers")
    assert await strangers.find("8") == ""
    at = journal.kept[-1].at
    journal.keep(Append((("old/8", journal.kept[0].event),), at))
    assert await strangers.find("8") == ""
    hall.clock.advance(FRESH_S + 1)
    assert await strangers.find("8") == "old"
