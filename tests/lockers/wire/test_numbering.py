"""Cell numbers: the classic off-by-one, matrices that do not fit, and every number in its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside.lockers.wire import Grid, LockMode, Locks, cell_of, grid_of, locks_of, place_of
from tests.golden.lockers.exchanges import E15_LOCKS, LOCKS

SAMPLE = tuple(LOCKS.decode().removeprefix("ACT_CON=").split(","))


def numbers(locks: Locks) -> list[int]:
    return sorted(locks.present)


@pytest.mark.parametrize(
    ("row", "column", "columns", "cell"),
    [(0, 0, 8, 1), (0, 7, 8, 8), (1, 0, 8, 9), (7, 7, 8, 64), (1, 0, 5, 6), (5, 4, 5, 30)],
)
def test_first_last_and_corner_cells_have_the_numbers_on_the_doors(
    row: int, column: int, columns: int, cell: int
) -> None:
    assert cell_of(row, column, columns) == cell
    assert place_of(cell, columns) == (row, column)


@given(st.integers(1, 64), st.integers(1, 4096))
def test_place_and_number_belong_together(columns: int, cell: int) -> None:
    row, column = place_of(cell, columns)
    assert cell_of(row, column, columns) == cell


def test_sample_is_the_same_in_both_modes() -> None:
    matrix, flat = locks_of(SAMPLE, 8, 8), locks_of(SAMPLE, 8, 8, LockMode.FLAT)
    assert matrix == flat
    assert not matrix.mismatch
    assert sorted(matrix.reported - matrix.present) == [1, 3, 6, 18, 21, 34, 35, 50, 53]


def test_missing_lock_of_row_2_column_1_is_cell_6_in_a_cabinet_of_5_by_6() -> None:
    locks = locks_of(E15_LOCKS, 5, 6)
    assert locks.reported - locks.present == {6}
    assert len(locks.reported) == 30


def test_board_that_sends_its_raw_outputs_for_a_smaller_cabinet() -> None:
    raw = ("11111000",) * 6 + ("00000000",) * 2
    assert numbers(locks_of(raw, 5, 6)) == list(range(1, 31))
    assert not locks_of(raw, 5, 6).mismatch
    flat = locks_of(("1" * 8,) * 3 + ("1" * 6 + "00",) + ("0" * 8,) * 4, 5, 6, LockMode.FLAT)
    assert numbers(flat) == list(range(1, 31))
    assert not flat.mismatch


@pytest.mark.parametrize("mode", LockMode)
def test_surplus_lock_is_a_mismatch_and_surplus_zeros_are_nothing(mode: LockMode) -> None:
    assert not locks_of(("110", "110", "000"), 2, 2, LockMode.MATRIX).mismatch
    assert locks_of(("11", "11", "01"), 2, 2, mode).mismatch
    assert locks_of(("111", "110"), 2, 2, mode).mismatch
    assert not locks_of(("11", "11", "00", "00"), 2, 2, mode).mismatch


def test_missing_groups_are_cells_that_nobody_told_of() -> None:
    locks = locks_of(("11", "", "1"), 2, 4)
    assert locks.present == locks.reported == {1, 2, 5}


@pytest.mark.parametrize("mode", LockMode)
@pytest.mark.parametrize("groups", [None, ()])
def test_nothing_reported_is_nothing(groups: tuple[str, ...] | None, mode: LockMode) -> None:
    assert locks_of(groups, 8, 8, mode) == Locks()


@pytest.mark.parametrize(
    ("columns", "rows"),
    [(None, None), (8, None), (None, 8), (0, 8), (-1, -1), (65, 1), (64, 64), (999_999_999, 999_999_999)],
)
def test_matrix_that_is_none_gives_way_to_the_groups(columns: int | None, rows: int | None) -> None:
    assert grid_of(columns, rows, ("101", "11")) == Grid(3, 2)
    assert numbers(locks_of(("101", "11"), columns, rows)) == [1, 3, 4, 5]
    assert grid_of(columns, rows, None) is None
    assert grid_of(columns, rows, ("", "")) is None


def test_groups_beyond_the_bound_are_a_mismatch_and_no_cells() -> None:
    many = ("1" * 64,) * 64
    assert locks_of(many, None, None) == Locks(mismatch=True)
    assert grid_of(64, 64, many, cells_max=4096) == Grid(64, 64)
    assert len(locks_of(many, 64, 64, cells_max=4096).present) == 4096
    assert Grid(64, 64).cells == 4096


@given(
    st.lists(st.text("01", max_size=70), max_size=70), st.none() | st.integers(-1, 70), st.none() | st.integers(-1, 70)
)
def test_cells_are_always_within_the_matrix(groups: list[str], columns: int | None, rows: int | None) -> None:
    for mode in LockMode:
        locks = locks_of(groups, columns, rows, mode)
        grid = grid_of(columns, rows, groups)
        assert locks.present <= locks.reported
        assert locks.reported <= (set(range(1, grid.cells + 1)) if grid else set())
