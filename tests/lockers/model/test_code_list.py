from __future__ import annotations

from datetime import timedelta

import pytest

from lineside.lockers.model.cells import EPOCH, Assignment
from lineside.lockers.model.code_list import MINUTE_US, CodeList, minutes_left
from lineside.lockers.model.settings import MinutesMode
from lineside.lockers.wire import CellCode
from lineside.runtime.step import Secret


def code_list(mode: MinutesMode = MinutesMode.REMAINING) -> CodeList:
    return CodeList(mode, lambda one: one.expires_us)


def one(cell: int, minutes: int = 5, code: str = "0042") -> Assignment:
    expires_at = EPOCH + timedelta(minutes=minutes)
    return Assignment(cell=cell, code=Secret(code), minutes=minutes, set_at=EPOCH, expires_at=expires_at)


@pytest.mark.parametrize(
    ("us", "left"),
    [
        (0, 5),
        (1, 5),
        (MINUTE_US - 1, 5),
        (MINUTE_US, 4),
        (4 * MINUTE_US, 1),
        (5 * MINUTE_US - 1, 1),
        (5 * MINUTE_US, 1),
        (9 * MINUTE_US, 1),
        (-MINUTE_US, 5),
    ],
)
def test_minutes_are_those_left_rounded_up_at_least_one_and_never_more_than_were_set(us: int, left: int) -> None:
    assert minutes_left(5 * MINUTE_US, us, 5) == left


def test_list_is_in_the_order_of_the_cells() -> None:
    codes = code_list().codes({cell: one(cell) for cell in (64, 2, 5)}, 0, (), 1)
    assert [code.cell for code in codes] == [2, 5, 64]
    assert codes[0] == CellCode(2, "0042", 5)


def test_list_counts_down_to_the_microsecond_although_it_is_kept() -> None:
    assignments = {2: one(2, 5), 3: one(3, 60)}
    kept = code_list()
    for us in range(0, 4 * MINUTE_US, MINUTE_US // 7):
        for at in (us, us + 1, us - us % MINUTE_US):
            fresh = code_list().codes(assignments, at, (), 1)
            assert kept.codes(assignments, at, (), 1) == fresh


def test_list_is_kept_while_nothing_changes_and_made_anew_when_something_has() -> None:
    assignments = {2: one(2)}
    kept = code_list()
    first = kept.codes(assignments, 1, (), "a")
    assert kept.codes(assignments, 2, (), "a") is first
    assignments[2] = one(2, code="7310")
    assert kept.codes(assignments, 2, (), "b")[0].code == "7310"


def test_list_of_a_clock_that_went_back_is_made_anew() -> None:
    assignments = {2: one(2)}
    kept = code_list()
    assert kept.codes(assignments, MINUTE_US, (), 1)[0].minutes == 4
    assert kept.codes(assignments, MINUTE_US - 1, (), 1)[0].minutes == 5


def test_cells_that_end_with_the_decision_are_left_out() -> None:
    assignments = {2: one(2), 3: one(3)}
    kept = code_list()
    assert len(kept.codes(assignments, 0, (), 1)) == 2
    assert [code.cell for code in kept.codes(assignments, 0, {2}, 1)] == [3]
    assert kept.codes(assignments, 0, {2, 3}, 1) == ()


def test_constant_minutes_stay_as_they_were_set() -> None:
    assignments = {2: one(2)}
    kept = code_list(MinutesMode.CONSTANT)
    assert {kept.codes(assignments, us, (), 1)[0].minutes for us in (0, 4 * MINUTE_US, 99 * MINUTE_US)} == {5}


def test_nothing_is_an_empty_list() -> None:
    assert code_list().codes({}, 0, (), 1) == ()
