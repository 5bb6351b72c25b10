"""Codes that are given and taken: refusals first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from lineside.lockers.model import MinutesMode
from lineside.lockers.model.events import CodeRevoked, CodeSet
from lineside.runtime.step import OutcomeKind, Secret
from tests.lockers.model.story import GRID, Story


def refused(story: Story, name: str, **params: Any) -> str:
    """The text of the refusal; nothing else happened."""
    before = len(story.of(CodeSet, CodeRevoked))
    command = story.asks(name, **params)
    assert story.outcome(command).kind is OutcomeKind.REFUSED
    assert len(story.of(CodeSet, CodeRevoked)) == before
    return story.outcome(command).text


# ---------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("cell", [0, -1, 65, 256])
def test_cell_that_the_cabinet_does_not_have_is_refused(cell: int) -> None:
    story = Story()
    story.says(1, **GRID)
    assert refused(story, "set_code", cell=cell, minutes=5) == f"cell {cell}: this board has cells 1 to 64"


def test_cell_beyond_any_cabinet_is_refused_before_the_board_has_called() -> None:
    story = Story(cells_max=256)
    assert refused(story, "set_code", cell=257, minutes=5) == "cell 257: this board has cells 1 to 256"


@pytest.mark.parametrize("minutes", [0, -5, 65_536])
def test_minutes_that_no_board_takes_are_refused(minutes: int) -> None:
    assert refused(Story(), "set_code", cell=2, minutes=minutes) == f"minutes {minutes}: accepted are 1 to 65535"


def test_one_of_minutes_and_until_is_needed_and_not_both() -> None:
    story = Story()
    assert refused(story, "set_code", cell=2) == "minutes or until: one of the two is needed"
    until = (story.clock.utc + timedelta(hours=1)).isoformat()
    assert refused(story, "set_code", cell=2, minutes=5, until=until) == "minutes and until: one of the two, not both"


def test_date_that_is_over_is_refused() -> None:
    story = Story()
    for until in (story.clock.utc, story.clock.utc - timedelta(days=1)):
        assert refused(story, "set_code", cell=2, until=until.isoformat()) == "until: this moment is over already"


def test_date_beyond_what_the_protocol_can_say_is_refused() -> None:
    story = Story()
    until = story.clock.utc + timedelta(minutes=65_535, seconds=1)
    assert "at most 65535 minutes" in refused(story, "set_code", cell=2, until=until.isoformat())


@pytest.mark.parametrize("code", ["", "149", "14920", "14a2", "１４９２", "-142", " 142", "1492\n"])
def test_code_of_other_than_the_wanted_digits_is_refused_and_not_told(code: str) -> None:
    text = refused(Story(), "set_code", cell=2, minutes=5, code=Secret(code))
    assert text == "code: accepted are 4 digits"


def test_parameters_that_are_none_are_refused_by_name() -> None:
    assert "cell" in refused(Story(), "set_code", minutes=5)
    assert "cell" in refused(Story(), "revoke_code", cell="two")
    assert "code" in refused(Story(), "set_code", cell=2, minutes=5, code=1492).lower()


def test_no_free_code_is_refused() -> None:
    story = Story(code_digits=1, draws=[7] * 10_000)
    for cell in range(1, 11):
        story.asks("set_code", cell=cell, minutes=5)
    assert refused(story, "set_code", cell=11, minutes=5) == "code: all 10 codes of 1 digits are in use on this board"


def test_revocation_of_a_cell_without_a_code_is_refused() -> None:
    story = Story()
    story.says(1, engaged=[], **GRID)
    assert refused(story, "revoke_code", cell=2) == "cell 2 has no code"


def test_second_revocation_is_refused_while_the_first_waits() -> None:
    story = Story()
    story.says(1, engaged=[2], **GRID)
    story.asks("revoke_code", cell=2)
    assert refused(story, "revoke_code", cell=2) == "the code of cell 2 is being revoked already"


# ---------------------------------------------------------------------------------------------- given


@pytest.mark.parametrize(("columns", "rows"), [(8, 8), (5, 6), (1, 64), (64, 1)])
def test_first_and_last_cells_of_rows_and_cabinet_may_have_codes(columns: int, rows: int) -> None:
    story = Story()
    story.says(1, columns=columns, rows=rows)
    cells = sorted({1, columns, min(columns + 1, columns * rows), columns * rows})
    for cell in cells:
        story.asks("set_code", cell=cell, minutes=58, code="7310")
    assert story.codes(2) == [(cell, "7310", 58) for cell in cells]


def test_code_with_leading_zeros_survives() -> None:
    story = Story()
    story.asks("set_code", cell=64, minutes=1, code=Secret("0042"))
    assert story.codes("0009") == [(64, "0042", 1)]


@pytest.mark.parametrize("minutes", [1, 2, 4800, 65_535])
def test_wire_shows_exactly_the_minutes_at_once_and_later_those_left(minutes: int) -> None:
    story = Story()
    story.asks("set_code", cell=2, minutes=minutes, code="1492")
    assert story.codes(1) == [(2, "1492", minutes)]
    story.clock.advance(30.0)
    assert story.codes(2) == [(2, "1492", minutes)]
    if minutes > 1:
        story.clock.advance(30.0)
        assert story.codes(3) == [(2, "1492", minutes - 1)]


def test_code_until_a_date_has_the_minutes_up_to_it() -> None:
    story = Story()
    until = story.clock.utc + timedelta(hours=1, seconds=1)
    story.asks("set_code", cell=2, until=until.isoformat(), code="1492")
    assert story.codes(1) == [(2, "1492", 61)]
    assert story.of(CodeSet)[0].expires_at == until
    story.clock.advance(1.0)
    assert story.codes(2) == [(2, "1492", 60)]


def test_constant_minutes_never_end_by_our_clock() -> None:
    story = Story(minutes_mode=MinutesMode.CONSTANT)
    story.asks("set_code", cell=2, minutes=5, code="1492")
    story.clock.advance(86_400.0)
    assert story.codes(1) == [(2, "1492", 5)]
    assert story.of(CodeSet)[0].expires_at is None


def test_constant_minutes_until_a_date_end_with_it() -> None:
    story = Story(minutes_mode=MinutesMode.CONSTANT)
    until = story.clock.utc + timedelta(minutes=5)
    story.asks("set_code", cell=2, until=until.isoformat(), code="1492")
    story.clock.advance(299.0)
    assert story.codes(1) == [(2, "1492", 5)]
    story.clock.advance(1.0)
    assert story.codes(2) == []


def test_who_set_what_and_why_is_recorded() -> None:
    story = Story()
    story.asks("set_code", cell=2, minutes=5, code="1492", label="Anna", once=True, actor="operator ben")
    event = story.of(CodeSet)[0]
    assert (event.by, event.label, event.once, event.command) == ("operator ben", "Anna", True, "c1")


def test_drawn_codes_have_the_wanted_digits_and_differ_on_a_board() -> None:
    story = Story(draws=[7, 7, 7, 1234, 1234, 42])
    for cell in (1, 2, 3):
        story.asks("set_code", cell=cell, minutes=5)
    assert [code for _, code, _ in story.codes(1)] == ["0007", "1234", "0042"]


def test_next_free_code_is_taken_when_draws_keep_hitting_used_ones() -> None:
    story = Story(code_digits=2, draws=[99] * 1000)
    for cell in (1, 2, 3):
        story.asks("set_code", cell=cell, minutes=5)
    assert [code for _, code, _ in story.codes(1)] == ["99", "00", "01"]


def test_cell_does_not_draw_the_code_that_it_has() -> None:
    story = Story(draws=[7, 7, 8])
    story.asks("set_code", cell=1, minutes=5)
    story.asks("set_code", cell=1, minutes=5)
    assert [code for _, code, _ in story.codes(1)] == ["0008"]


def test_one_code_for_several_cells_is_legal_when_a_person_says_so() -> None:
    story = Story()
    for cell in (2, 5, 8):
        story.asks("set_code", cell=cell, minutes=4800, code="1492")
    assert story.codes(1) == [(2, "1492", 4800), (5, "1492", 4800), (8, "1492", 4800)]


@pytest.mark.parametrize("digits", [1, 4, 8])
def test_digits_are_those_of_the_settings(digits: int) -> None:
    story = Story(code_digits=digits)
    story.asks("set_code", cell=1, minutes=5, code="1" * digits)
    assert story.codes(1) == [(1, "1" * digits, 5)]


# ---------------------------------------------------------------------------------------------- superseded


def test_new_code_ends_the_wait_for_the_one_before() -> None:
    story = Story()
    first = story.asks("set_code", cell=2, minutes=5, code="1111")
    story.says(1)
    second = story.asks("set_code", cell=2, minutes=5, code="2222")
    assert (story.outcome(first).kind, story.outcome(first).code) == (OutcomeKind.REFUSED, "superseded")
    assert story.codes(2, engaged=[]) == [(2, "2222", 5)]
    story.says(3, engaged=[2])
    assert story.outcome(second).kind is OutcomeKind.DONE


def test_new_code_ends_the_wait_for_a_revocation() -> None:
    story = Story()
    story.says(1, engaged=[2])
    revoke = story.asks("revoke_code", cell=2)
    story.asks("set_code", cell=2, minutes=5, code="2222")
    assert story.outcome(revoke).code == "superseded"
    assert story.codes(2, engaged=[2]) == [(2, "2222", 5)]


def test_revocation_ends_the_wait_for_the_code() -> None:
    story = Story()
    code = story.asks("set_code", cell=2, minutes=5, code="1111")
    story.says(1)
    story.asks("revoke_code", cell=2)
    assert story.outcome(code).code == "superseded"


# ---------------------------------------------------------------------------------------------- taken


def test_code_that_never_left_is_gone_at_once() -> None:
    story = Story()
    story.asks("set_code", cell=2, minutes=5, code="1111")
    command = story.asks("revoke_code", cell=2)
    assert story.outcome(command).text == "the code of cell 2 was never sent to the board"
    assert story.codes(1) == []


def test_code_from_elsewhere_may_be_revoked() -> None:
    story = Story()
    story.says(1, engaged=[2])
    command = story.asks("revoke_code", cell=2)
    assert story.codes(2, engaged=[2]) == []
    assert command not in story.ended
    story.says(3, engaged=[])
    assert story.outcome(command).kind is OutcomeKind.DONE


def test_cell_outside_of_a_new_layout_may_still_be_revoked() -> None:
    story = Story()
    story.says(1, **GRID)
    story.asks("set_code", cell=64, minutes=5, code="1111")
    story.says(2, columns=5, rows=6)
    assert story.codes(3) == [(64, "1111", 5)]
    story.asks("revoke_code", cell=64)
    assert story.codes(4) == []
