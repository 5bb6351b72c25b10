"""The exception table against §12."""

from __future__ import annotations

from lineside.slots.wire import EVENT_LAYOUTS, EXCEPTIONS, exception_text

# The codes that the sheet marks p.
PRIORITY = [0x3D, 0x3E, 0x3F, 0x51, 0x52, 0x56, 0x57, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6F, 0x70, 0x8F]


def test_priority_and_queued_are_those_of_the_sheet() -> None:
    assert [code for code, spec in EXCEPTIONS.items() if spec.is_priority] == PRIORITY
    assert [code for code, spec in EXCEPTIONS.items() if spec.may_queue] == [0x3D, 0x3E, 0x51, 0x52, 0x55]
    assert [code for code, spec in EXCEPTIONS.items() if spec.is_event_only] == [0x87, 0x88, 0x89]


def test_every_code_of_the_sheet_has_a_row() -> None:
    runs = [(0x11, 0x25), (0x27, 0x2E), (0x31, 0x3F), (0x40, 0x57), (0x66, 0x72), (0x74, 0x7C), (0x7E, 0x8C)]
    wanted = {0x00, 0x60, 0x61, 0x8E, 0x8F, 0x98, 0x99, 0x9A, 0x9B}
    for first, last in runs:
        wanted |= set(range(first, last + 1))
    assert set(EXCEPTIONS) == wanted


def test_texts() -> None:
    assert exception_text(0x11) == "slot door open"
    assert exception_text(0x51) == "handpay pending"
    assert exception_text(0x4D) == "bill $2"
    assert exception_text(0x9B) == "power-off access: drop door"
    assert exception_text(0xA5) == "unknown exception A5"
    assert all(spec.text and spec.code == code for code, spec in EXCEPTIONS.items())


def test_events_name_their_data() -> None:
    assert {code for code, spec in EXCEPTIONS.items() if spec.event} == set(EVENT_LAYOUTS)
    assert EXCEPTIONS[0x7F].event == "GameEnd"
