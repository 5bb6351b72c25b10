"""What exceptions mean agrees with the table of their texts."""

from __future__ import annotations

from lineside.slots.model import meanings
from lineside.slots.model.configuration import START
from lineside.slots.wire import EXCEPTIONS


def test_every_code_with_a_meaning_is_an_exception() -> None:
    codes = {
        *meanings.DOORS,
        *meanings.FAULTS,
        *meanings.FAULTS_OVER,
        *meanings.MENUS,
        *meanings.MARKS,
        *meanings.READ_AGAIN,
        *meanings.MOVES_METERS,
        *meanings.RECORD_WAITING,
    }
    assert codes <= set(EXCEPTIONS)


def test_doors_open_and_close_in_pairs() -> None:
    for what in {what for what, _ in meanings.DOORS.values()}:
        assert sorted(is_open for name, is_open in meanings.DOORS.values() if name == what) == [False, True]


def test_what_is_read_again_is_known() -> None:
    names = {name for names in meanings.READ_AGAIN.values() for name in names}
    assert names <= {*START, "enabled_games"}
