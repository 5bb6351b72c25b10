"""Events: how long each is, and what it carries."""

from __future__ import annotations

import pytest

from lineside.slots.wire import BonusPaid, GameEnd, GameRecall, LastBill, ReelStop
from lineside.slots.wire.event import event_bytes, pack_event, unpack_event

# §9.8: bytes of data by exception.
DATA_BYTES = {0x4F: 6, 0x7C: 10, 0x7E: 8, 0x7F: 4, 0x88: 2, 0x8A: 4, 0x8B: 1, 0x8C: 2}


@pytest.mark.parametrize("code", range(256))
def test_event_has_the_length_of_the_sheet(code: int) -> None:
    assert event_bytes(code) == 5 + DATA_BYTES.get(code, 0)


@pytest.mark.parametrize(
    ("code", "data", "fields"),
    [
        (0x4F, "370400000009", LastBill("37", 4, 9)),
        (0x7C, "00000000000000001234", BonusPaid(0, 0, 0, 1234)),
        (0x7F, "00000010", GameEnd(10)),
        (0x88, "0311", ReelStop(3, 0x11)),
        (0x8A, "00020005", GameRecall(2, 5)),
        (0x11, "", None),
    ],
)
def test_data_are_read_and_written(code: int, data: str, fields: object) -> None:
    assert unpack_event(code, bytes.fromhex(data)) == fields
    assert pack_event(code, fields).hex() == data
