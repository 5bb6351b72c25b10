"""B0 around the polls that a machine of several denominations is asked."""

from __future__ import annotations

import pytest

from lineside.slots.wire import (
    LongPoll,
    MeterReading,
    MeterReadings,
    MultiAnswer,
    MultiQuestion,
    SingleMeter,
    decode_answer,
    decode_request,
    encode_answer,
    encode_long,
    inner_answer,
    inner_question,
    outer_answer,
    outer_question,
    read,
    read_meters,
)


@pytest.mark.parametrize("inner", [read(1, 0x11), read_meters(1, [0, 1]), read_meters(1, [0], command=0xAF)])
def test_poll_inside_a_poll_is_read_back(inner: LongPoll) -> None:
    outer = outer_question(1, 2, inner)
    _, question = decode_request(encode_long(outer))
    assert isinstance(question, MultiQuestion)
    assert question.denomination == 2
    assert inner_question(question)[0] == LongPoll(0, inner.command, inner.data)


@pytest.mark.parametrize(
    ("command", "inner"),
    [(0x11, SingleMeter(16660)), (0x2F, MeterReadings(0, (MeterReading(0, 0, 5, 4),)))],
)
def test_answer_inside_an_answer_is_read_back(command: int, inner: SingleMeter | MeterReadings) -> None:
    frame = encode_answer(1, 0xB0, outer_answer(2, command, inner))
    answer = decode_answer(LongPoll(1, 0xB0), frame)
    assert isinstance(answer, MultiAnswer)
    assert (answer.denomination, answer.command) == (2, command)
    assert inner_answer(answer) == inner
