"""How the cells of a cabinet are numbered: from 1, left to right, then down. Source: wire/acon.md §6.

``COLS`` and ``ROWS`` exist so that the number painted on a door is the number on the wire; a 5 × 6 cabinet::

     1  2  3  4  5
     6  7  8  9 10      row 1, column 0 is cell 6
    …
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec

# Of either side of the matrix; decided in the sheet, eight times what a known board has.
SIDE_MAX = 64
# COLS × ROWS, where the caller names no other bound.
CELLS_MAX = 256


class LockMode(StrEnum):
    """How ``ACT_CON`` is read."""

    MATRIX = "matrix"  # group and character are row and column of the numbering
    FLAT = "flat"  # all characters in a row are cells 1, 2, 3 …, as the original has it


class Grid(msgspec.Struct, frozen=True):
    """The matrix of a cabinet; both sides 1..64."""

    columns: int
    rows: int

    @property
    def cells(self) -> int:
        """How many there are, which is also the highest number."""
        return self.columns * self.rows


class Locks(msgspec.Struct, frozen=True):
    """What a self-test says of the lock outputs.

    Attributes:
        present: cells with a lock attached.
        reported: cells that the test told of; one that is here and not in ``present`` has no lock.
        mismatch: a lock was reported that has no place in the matrix.
    """

    present: frozenset[int] = frozenset()
    reported: frozenset[int] = frozenset()
    mismatch: bool = False


def cell_of(row: int, column: int, columns: int) -> int:
    """The number of a cell.

    Args:
        row, column: from 0.
        columns: of the matrix; more than ``column``.
    """
    assert 0 <= column < columns, (column, columns)
    assert row >= 0, row
    return row * columns + column + 1


def place_of(cell: int, columns: int) -> tuple[int, int]:
    """Row and column, from 0, of a cell number (1 or more): `cell_of` backwards."""
    assert cell >= 1, cell
    return divmod(cell - 1, columns)


def is_grid(columns: int, rows: int, cells_max: int = CELLS_MAX) -> bool:
    """Whether two numbers of a board are a matrix at all; a request holds them as they came."""
    return 1 <= columns <= SIDE_MAX and 1 <= rows <= SIDE_MAX and columns * rows <= cells_max


def grid_of(
    columns: int | None, rows: int | None, groups: Sequence[str] | None, cells_max: int = CELLS_MAX
) -> Grid | None:
    """The matrix of a request.

    Args:
        columns, rows: ``COLS`` and ``ROWS`` as received, None when absent.
        groups: ``ACT_CON`` as received, None when absent.

    Returns:
        What COLS and ROWS say; where one is absent or they are no matrix of at most ``cells_max`` cells, the longest
        group and the number of groups; None when that is no matrix either.
    """
    if columns is not None and rows is not None and is_grid(columns, rows, cells_max):
        return Grid(columns, rows)
    if not groups:
        return None
    width = max(map(len, groups))
    return Grid(width, len(groups)) if is_grid(width, len(groups), cells_max) else None


def locks_of(
    groups: Sequence[str] | None,
    columns: int | None,
    rows: int | None,
    mode: LockMode = LockMode.MATRIX,
    cells_max: int = CELLS_MAX,
) -> Locks:
    """Which cells have a lock.

    Args:
        groups: ``ACT_CON``, strings of ``0`` and ``1``; None or empty means "not reported".
        columns, rows: ``COLS`` and ``ROWS`` as received; see `grid_of` for what stands in for them.

    Returns:
        Cells of the matrix alone. Surplus zeros are passed over; a surplus one sets ``mismatch``.
    """
    if not groups:
        return Locks()
    grid = grid_of(columns, rows, groups, cells_max)
    if grid is None:
        return Locks(mismatch=any("1" in group for group in groups))
    if mode is LockMode.FLAT:
        return _locks_in_a_row("".join(groups), grid)
    return _locks_in_matrix(groups, grid)


def _locks_in_a_row(outputs: str, grid: Grid) -> Locks:
    inside, surplus = outputs[: grid.cells], outputs[grid.cells :]
    present = frozenset(index + 1 for index, output in enumerate(inside) if output == "1")
    return Locks(present, frozenset(range(1, len(inside) + 1)), "1" in surplus)


def _locks_in_matrix(groups: Sequence[str], grid: Grid) -> Locks:
    present: set[int] = set()
    reported: set[int] = set()
    mismatch = any("1" in group for group in groups[grid.rows :])
    for row, group in enumerate(groups[: grid.rows]):
        first = cell_of(row, 0, grid.columns)
        inside = group[: grid.columns]
        reported.update(range(first, first + len(inside)))
        present.update(first + column for column, output in enumerate(inside) if output == "1")
        mismatch = mismatch or "1" in group[grid.columns :]
    return Locks(frozenset(present), frozenset(reported), mismatch)
