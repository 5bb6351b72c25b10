"""Controls that the golden frames do not show."""

from __future__ import annotations

import pytest

from lineside.slots.wire import (
    LONG_POLLS,
    Control,
    HopperStatus,
    LongPoll,
    ProgressiveLevel,
    ProgressiveWins,
    Tournament,
    decode_answer,
    decode_request,
    encode_answer,
    encode_long,
    request_of,
)


@pytest.mark.parametrize("order", Control)
def test_every_order_is_a_poll_without_data_and_answered_with_an_ack(order: Control) -> None:
    spec = LONG_POLLS[order]
    assert spec.request is None
    assert spec.is_acknowledged
    assert len(encode_long(LongPoll(1, order))) == 4


@pytest.mark.parametrize("answer", [HopperStatus(0, 0xFF, None), HopperStatus(7, 0, 120)])
def test_hopper_may_tell_its_level_or_not(answer: HopperStatus) -> None:
    frame = encode_answer(1, 0x4F, answer)
    assert frame[2] == (2 if answer.level_coins is None else 6)
    assert decode_answer(LongPoll(1, 0x4F), frame) == answer


def test_progressive_wins_and_tournaments_are_read_back() -> None:
    wins = ProgressiveWins(1, (ProgressiveLevel(1, 5000), ProgressiveLevel(2, 0)))
    assert decode_answer(LongPoll(1, 0x87), encode_answer(1, 0x87, wins)) == wins
    poll = request_of(1, 0x8C, Tournament(1, 10, 30, 5000, 1))
    assert encode_long(poll)[4:6] == b"\x10\x30"
    assert decode_request(encode_long(poll))[1] == Tournament(1, 10, 30, 5000, 1)
