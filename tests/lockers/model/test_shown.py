from __future__ import annotations

import json

import msgspec
import pytest

from lineside.lockers.model.cells import CellPhase
from lineside.lockers.model.shown import Counters, Tally
from lineside.lockers.wire import LockMode
from lineside.runtime.step import UnitState
from tests.lockers.model.story import GRID, Story


def value(story: Story, aspect: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(msgspec.json.encode(story.latest(aspect)))
    return found


def test_counters_are_a_picture_of_the_tally() -> None:
    tally = Tally(messages=1, late=2, duplicates=3, errors=4, replies=5)
    before = tally.frozen()
    tally.messages += 1
    assert before == Counters(1, 2, 3, 4, 5)


def test_board_before_its_first_message_has_no_cells() -> None:
    story = Story().restarted()
    assert value(story, "board") == {
        "columns": 0,
        "rows": 0,
        "numbering": "matrix",
        "cells": [],
        "block": {"wanted": False, "confirmed": False},
        "reboot": None,
        "pending": {"is": False, "reason": ""},
        "states": [],
        "flags": [],
    }


@pytest.mark.parametrize(("columns", "rows"), [(8, 8), (5, 6)])
def test_cells_have_the_numbers_that_are_painted_on_their_doors(columns: int, rows: int) -> None:
    story = Story()
    story.says(1, columns=columns, rows=rows)
    places = {cell.cell: (cell.row, cell.column) for cell in story.latest("board").cells}
    assert len(places) == columns * rows
    assert places[1] == (0, 0)
    assert places[columns] == (0, columns - 1)
    assert places[columns + 1] == (1, 0)
    assert places[columns * rows] == (rows - 1, columns - 1)


def test_lock_that_is_missing_in_row_two_of_a_five_by_six_cabinet_is_cell_six() -> None:
    story = Story()
    story.says(5, columns=5, rows=6, locks=["11111", "01111", "11111", "11111", "11111", "11111"], engaged=[6, 30])
    assert [cell.cell for cell in story.latest("board").cells if cell.lock is False] == [6]
    assert story.cell(30).phase is CellPhase.FOREIGN


def test_cells_that_the_self_test_does_not_tell_of_are_unknown() -> None:
    story = Story()
    story.says(1, locks=["1111"], **GRID)
    assert [cell.lock for cell in story.latest("board").cells[:6]] == [True] * 4 + [None] * 2


def test_flat_numbering_is_shown_as_such() -> None:
    story = Story(act_con_mode=LockMode.FLAT)
    story.says(1, columns=5, rows=2, locks=["11111110", "11000000"])
    assert value(story, "board")["numbering"] == "flat"
    assert [cell.cell for cell in story.latest("board").cells if cell.lock is False] == [8]


def test_cell_tells_its_whole_story_but_not_its_code() -> None:
    story = Story()
    story.says(1, engaged=[], **GRID)
    story.asks("set_code", cell=2, minutes=10, code="9876", label="Anna", actor="operator ben", once=True)
    cell = json.loads(msgspec.json.encode(story.cell(2)))
    assert cell == {
        "cell": 2,
        "row": 0,
        "column": 1,
        "lock": None,
        "phase": "pending",
        "engaged": False,
        "label": "Anna",
        "set_by": "operator ben",
        "set_at": "2026-01-01T00:00:00Z",
        "expires_at": "2026-01-01T00:10:00Z",
        "minutes": 10,
        "once": True,
        "opened_at": None,
        "last_event": "set",
    }


def test_no_value_that_is_shown_holds_a_code() -> None:
    story = Story(unknown=None)
    for cell, code in ((1, "9876"), (2, "5432")):
        story.asks("set_code", cell=cell, minutes=10, code=code)
    for send in range(1, 5):
        story.says(send, engaged=[1, 2], accessed=[1], **GRID)
    story.asks("revoke_code", cell=1)
    shown = b"".join(msgspec.json.encode(show.value) for show in story.shown) + repr(story.shown).encode()
    shown += msgspec.json.encode(story.board.status)
    assert b"9876" not in shown
    assert b"5432" not in shown


def test_phases_that_a_page_can_show() -> None:
    story = Story()
    story.says(1, engaged=[7], timed_out=[8, 7], **GRID)
    phases = {cell.cell: cell.phase for cell in story.latest("board").cells}
    assert (phases[1], phases[7], phases[8]) == (CellPhase.FREE, CellPhase.FOREIGN, CellPhase.TIMED_OUT)


def test_status_is_the_card_of_the_hall() -> None:
    story = Story(label="Hall 3")
    story.says(1, states=[1], **GRID)
    story.asks("set_code", cell=2, minutes=10)
    story.asks("block")
    status = story.board.status
    assert json.loads(msgspec.json.encode(status)) == {
        "state": UnitState.LIVE,
        "reason": "it reports",
        "connected": True,
        "since": "2026-01-01T00:00:00Z",
        "pending": False,
        "blocked": True,
        "columns": 8,
        "rows": 8,
        "cells_with_code": 1,
        "alarms": ["short_circuit"],
        "label": "Hall 3",
        "simulated": False,
    }


def test_heard_tells_channels_health_and_counts() -> None:
    story = Story()
    story.says("0009", connection=1, wifi=0, gsm=3)
    story.clock.advance(1.0)
    story.says("0010", connection=2)
    story.says("0010", connection=1)
    story.says("0009", connection=1)
    story.waits(2.0)
    assert value(story, "heard") == {
        "at": "2026-01-01T00:00:01Z",
        "send": "0010",
        "epoch": 1,
        "channel": 2,
        "channels": {"1": "2026-01-01T00:00:00Z", "2": "2026-01-01T00:00:01Z"},
        "wifi": 0,
        "gsm": 3,
        "counters": {"messages": 4, "late": 1, "duplicates": 1, "errors": 0, "replies": 4},
    }


def test_cells_outside_of_the_layout_are_shown_last_and_without_a_place() -> None:
    """A code that was set before the cabinet was known to be smaller can be seen, and revoked."""
    story = Story()
    story.says(1, columns=5, rows=6, engaged=[77])
    cells = story.latest("board").cells
    assert [cell.cell for cell in cells] == [*range(1, 31), 77]
    assert (cells[-1].row, cells[-1].column, cells[-1].phase) == (None, None, CellPhase.FOREIGN)
