"""The fold of a machine's events."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from lineside.runtime.command import Command, CommandAccepted, CommandClass, CommandEnded, CommandState
from lineside.runtime.open_commands import OpenCommandState
from lineside.runtime.step import Outcome, OutcomeKind
from lineside.slots.model import events as ev
from lineside.slots.model.memory import RECORDS_KEPT, Memory

AT = datetime(2026, 1, 1, tzinfo=UTC)
LOCK = Command("c1", "floor/1", "lock", {}, "anna", "", CommandClass.LIVE)


def told(*codes: int) -> Memory:
    memory = Memory()
    for number, code in enumerate(codes, 1):
        memory.apply(ev.ExceptionRecorded(number, code, ""), AT)
    return memory


def test_doors_faults_menu_and_lamp_follow_the_exceptions() -> None:
    lasting = told(0x11, 0x13, 0x20, 0x41, 0x84, 0x71).lasting
    assert lasting.open_doors == ("slot door", "drop door")
    assert lasting.faults == (0x20, 0x41)
    assert (lasting.menu, lasting.is_lamp_on) == ("operator", True)
    lasting = told(0x11, 0x20, 0x84, 0x71, 0x12, 0x85, 0x72).lasting
    assert (lasting.open_doors, lasting.faults, lasting.menu, lasting.is_lamp_on) == ((), (), "", False)


def test_switches_are_what_done_commands_have_set_until_the_power_returns() -> None:
    memory = Memory()
    memory.apply(CommandAccepted(LOCK), AT)
    memory.apply(CommandEnded("c1", Outcome(OutcomeKind.DONE)), AT)
    assert memory.lasting.switches == {"play": "off"}
    memory.apply(ev.ExceptionRecorded(1, 0x17, ""), AT)
    assert memory.lasting.switches == {}


def test_refused_command_sets_nothing() -> None:
    memory = Memory()
    memory.apply(CommandAccepted(LOCK), AT)
    memory.apply(CommandEnded("c1", Outcome(OutcomeKind.REFUSED)), AT)
    assert memory.lasting.switches == {}
    assert memory.orders == {}


def test_open_commands_come_back_with_the_units_own() -> None:
    memory = Memory()
    memory.restore({}, [OpenCommandState(LOCK, CommandState.SENT, AT)])
    assert memory.orders == {"c1": "lock"}


def test_validation_records_that_are_known_are_bounded() -> None:
    memory = Memory()
    for index in range(RECORDS_KEPT + 5):
        memory.apply(
            ev.ValidationRead(
                type=0,
                index=index % 31 + 1,
                day="",
                time="",
                number=str(index),
                amount_cents=1,
                ticket_number=1,
                system_id=0,
                expiration="",
                pool_id=0,
            ),
            AT,
        )
    assert len(memory.lasting.records) == RECORDS_KEPT


def test_what_is_carried_does_not_change_afterwards() -> None:
    memory = Memory()
    memory.apply(ev.MeterRead(code=0, name="", unit="", value=5, change=0, bytes=4), AT)
    carried = memory.carry()
    memory.apply(ev.MeterRead(code=0, name="", unit="", value=6, change=1, bytes=4, old=5), AT)
    assert carried.meters[0].value == 5
    assert msgspec.json.encode(carried)
