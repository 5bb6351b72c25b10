"""Validation and ticket frames that the golden ones do not show."""

from __future__ import annotations

import datetime

import pytest

from lineside.slots.wire import (
    CodedText,
    LongPoll,
    TicketHost,
    TicketOrder,
    TicketTexts,
    ValidationRecord,
    decode_answer,
    decode_request,
    encode_answer,
    encode_long,
    request_of,
    secure_enhanced_number,
)

NOTHING = ValidationRecord(0, 0, None, datetime.time(), "0" * 16, 0, 0, 0, "00000000", 0)
RECORD = ValidationRecord(
    0x10, 5, datetime.date(2025, 11, 27), datetime.time(19, 21, 16), "0081149185828312", 2500, 7, 1, "00000030", 48
)


@pytest.mark.parametrize("record", [NOTHING, RECORD])
def test_validation_record_is_read_back(record: ValidationRecord) -> None:
    frame = encode_answer(1, 0x4D, record)
    assert len(frame) == 35
    assert decode_answer(LongPoll(1, 0x4D, b"\x00"), frame) == record
    assert record.is_none == (record is NOTHING)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (0x71, TicketOrder(1, 2500, 0, "011234567890123456", "05302016", 48)),
        (0x7C, TicketTexts((CodedText(0, "Lineside"), CodedText(0x10, "")))),
        (0x75, TicketTexts(())),
        (0x7D, TicketHost(7, 30, ("Hall", "Street 1", ""))),
    ],
)
def test_request_is_read_back(command: int, message: TicketOrder | TicketTexts | TicketHost) -> None:
    frame = encode_long(request_of(1, command, message))
    assert decode_request(frame)[1] == message
    if isinstance(message, TicketOrder):
        assert frame[2] == 0x16


def test_secure_enhanced_number_is_that_of_the_sheets_own_run() -> None:
    assert secure_enhanced_number(0x010203, 2) == "008114918582831280"
