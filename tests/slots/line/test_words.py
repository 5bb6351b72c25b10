"""Reasons of silence in words."""

from __future__ import annotations

import pytest

from lineside.slots.line import LineTiming, MachinePolling
from lineside.slots.line.turn import Turn
from lineside.slots.line.words import words_for_silence


def silent(**changes: object) -> Turn:
    turn = Turn(MachinePolling(address=3), LineTiming())
    turn.tried_at = 10.0
    for name, value in changes.items():
        setattr(turn, name, value)
    return turn


@pytest.mark.parametrize(
    ("turn", "bad", "strays", "others", "words"),
    [
        (silent(), "", 0, frozenset(), "is its address 3"),
        (silent(good_at=9.0), "", 0, frozenset(), "switched off, or the cable is out"),
        (silent(), "bad crc", 0, frozenset(), "(bad crc): look at the cable"),
        (silent(), "", 9, frozenset(), "a second host"),
        (silent(), "", 9, frozenset({7, 4}), "address 3 is silent for 2.5 s and 4, 7 is heard"),
        (silent(chirped=True), "bad crc", 9, frozenset({7}), "hears no poll"),
    ],
)
def test_the_most_telling_fact_goes_first(
    turn: Turn, bad: str, strays: int, others: frozenset[int], words: str
) -> None:
    assert words in words_for_silence(turn, bad, strays, others, 12.5)
