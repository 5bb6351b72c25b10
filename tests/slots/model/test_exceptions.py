"""The record of an exception."""

from __future__ import annotations

from lineside.slots.line import ExceptionHeard
from lineside.slots.model import events as ev
from lineside.slots.model.draft import Draft
from lineside.slots.model.exceptions import record_exception
from lineside.slots.model.memory import Memory
from lineside.slots.wire import LastBill


def recorded(code: int, fields: object = None) -> list[object]:
    draft = Draft(1)
    record_exception(draft, ExceptionHeard(1, code, fields, 9), Memory(), away=True)
    return list(draft.step().record)


def test_exception_is_recorded_with_its_text_its_fields_and_our_own_number() -> None:
    (event,) = recorded(0x4F, LastBill("37", 4, 9))
    assert event == ev.ExceptionRecorded(1, 0x4F, "bill accepted", {"country": "37", "bill": 4, "count": 9}, away=True)


def test_code_that_no_source_names_is_recorded_too() -> None:
    (event,) = recorded(0xE1)
    assert isinstance(event, ev.ExceptionRecorded)
    assert event.text == "unknown exception E1"


def test_power_has_events_of_its_own() -> None:
    assert recorded(0x18)[1] == ev.PowerFailed()
    assert recorded(0x17)[1] == ev.PowerReturned()
