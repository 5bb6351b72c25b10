"""Answers with meaning in their bits, and those that the golden frames do not show."""

from __future__ import annotations

import pytest

from lineside.slots.wire import (
    NO_HANDPAY,
    Features,
    GameDetails,
    Handpay,
    LongPoll,
    WagerCategory,
    answers,
    decode_answer,
    encode_answer,
)


def test_features_of_the_captured_machine() -> None:
    features = Features(0, 0xD7, 0xCD, 0x05)
    flags = {
        name for name in dir(Features) if isinstance(getattr(Features, name), property) and getattr(features, name)
    }
    assert flags == {
        *("has_jackpot_multiplier", "has_aft_bonus", "has_legacy_bonus", "has_validation_extensions"),
        *("has_ticket_redemption", "counts_tickets_in_drop", "has_extended_meters", "has_aft"),
        *("has_several_denominations", "can_be_polled_fast", "meter_model"),
    }
    assert features.meter_model == 1


@pytest.mark.parametrize(
    ("name", "field", "bit"),
    [
        ("has_tournament", 1, 3),
        ("has_authentication", 2, 4),
        ("has_aft", 2, 6),
        ("can_be_polled_fast", 3, 0),
    ],
)
def test_feature_is_one_bit(name: str, field: int, bit: int) -> None:
    bits = [0, 0, 0]
    bits[field - 1] = 1 << bit
    assert getattr(Features(0, bits[0], bits[1], bits[2]), name)
    assert not getattr(Features(0, 0, 0, 0), name)


def test_no_handpay_is_all_zeros() -> None:
    frame = encode_answer(1, 0x1B, NO_HANDPAY)
    assert frame[2:-2] == bytes(20)
    read = decode_answer(LongPoll(1, 0x1B), frame)
    assert read.is_none
    assert not Handpay(0, 0, 1, 0, 0).is_none


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (0xB5, GameDetails(1, 300, 2, 0xFF, "Fruit", "SG0071", 4)),
        (0xB4, WagerCategory(1, 2, "9068", (1234, 4))),
        (0x28, answers.LegacyLog("00" * 45)),
        (0x8E, answers.CardHand(0, "0102030405")),
        (0x8F, answers.ReelStops("010203ffffffffffff")),
    ],
)
def test_answer_is_read_back(command: int, answer: GameDetails | WagerCategory) -> None:
    assert decode_answer(LongPoll(1, command), encode_answer(1, command, answer)) == answer
