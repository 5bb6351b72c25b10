"""Frames of transfers that the golden ones do not show, and the families of statuses."""

from __future__ import annotations

import msgspec
import pytest

from lineside.errors import Malformed
from lineside.runtime.step import Secret
from lineside.slots.wire import (
    AftFamily,
    AftOrder,
    AftRequest,
    AftState,
    AftTransfer,
    LongPoll,
    aft_family,
    decode_answer,
    decode_request,
    encode_answer,
    encode_long,
    request_of,
)

BODY = AftRequest(0x80, 100, 200, 300, 0x10, 1, Secret("ab" * 20), "A" * 20, "00000030", "0030", "x\x02ok", 500)


def test_lock_timeout_and_receipt_are_read_back() -> None:
    poll = request_of(1, 0x72, AftOrder(1, 0, BODY))
    frame = encode_long(poll)
    # 51 + id + receipt, and 2 with the lock's time-out: the captured frames, where §10.3 says 53 for the first.
    assert frame[2] == 51 + 20 + 4 + 2
    assert decode_request(frame) == (poll, AftOrder(1, 0, BODY))
    without = msgspec.structs.replace(BODY, lock_timeout_hundredths=None)
    assert encode_long(request_of(1, 0x72, AftOrder(1, 0, without)))[2] == 51 + 20 + 4


def test_answer_cut_within_the_body_is_malformed() -> None:
    frame = encode_answer(1, 0x72, AftTransfer(0, 0x40))
    assert decode_answer(LongPoll(1, 0x72), frame) == AftTransfer(0, 0x40, None)
    with pytest.raises(Malformed, match=r"AftTransfer.index cannot be 255: wanted 0 to 127"):
        encode_answer(1, 0x72, AftTransfer(0xFF, 0))


def test_registered_is_a_bit_of_the_abilities() -> None:
    state = AftState(1, 0xFF, 3, 1, 0x9E, 0x46, 0, 0, 0, 0, "00000000", "0000")
    assert state.is_registered
    assert not msgspec.structs.replace(state, abilities=0xB2).is_registered


@pytest.mark.parametrize(
    ("status", "family"),
    [
        (0x00, AftFamily.DONE),
        (0x01, AftFamily.DONE),
        (0x40, AftFamily.PENDING),
        (0x80, AftFamily.FAILED),
        (0x9F, AftFamily.FAILED),
        (0xC0, AftFamily.INCOMPATIBLE),
        (0xFF, AftFamily.NO_INFORMATION),
        (0x20, AftFamily.UNKNOWN),
        (0x60, AftFamily.UNKNOWN),
    ],
)
def test_family_is_told_by_the_top_bits(status: int, family: AftFamily) -> None:
    assert aft_family(status) is family
