from __future__ import annotations

import pytest

from lineside.lockers.model.alarms import UNKNOWN_MAX, names_of
from lineside.lockers.model.events import AlarmCleared, AlarmRaised
from tests.lockers.model.story import GRID, Story


@pytest.mark.parametrize(
    ("states", "names"),
    [
        ((), set()),
        ((0,), set()),
        ((1,), {"short_circuit"}),
        ((1, 2), {"short_circuit", "wrong_code"}),
        ((3,), set()),
        ((4,), {"state_4"}),
    ],
)
def test_names_of_states(states: tuple[int, ...], names: set[str]) -> None:
    assert names_of(states) == names


def test_list_of_unknown_states_is_bounded() -> None:
    assert len(names_of(tuple(range(4, 1000)))) == UNKNOWN_MAX


def test_alarm_is_raised_once_and_cleared_once() -> None:
    story = Story()
    for send in (1, 2):
        story.says(send, states=[1])
    for send in (3, 4):
        story.says(send, states=[0])
    assert story.of(AlarmRaised, AlarmCleared) == [AlarmRaised("short_circuit"), AlarmCleared("short_circuit")]
    assert not story.status.alarms


def test_alarm_stays_while_states_are_not_reported() -> None:
    story = Story()
    story.says(1, states=[2])
    story.says(2, engaged=[])
    assert story.status.alarms == ("wrong_code",)


def test_lock_without_a_place_is_an_alarm_until_it_is_gone() -> None:
    story = Story()
    story.says(1, columns=5, rows=2, locks=["11111", "11111", "00001"])
    assert story.of(AlarmRaised) == [AlarmRaised("layout_mismatch")]
    story.says(2, columns=5, rows=2)
    story.says(3, locks=["11111", "11111", "00000"])
    assert story.of(AlarmCleared) == [AlarmCleared("layout_mismatch")]


def test_block_that_nobody_wants_is_an_alarm_after_two_messages() -> None:
    story = Story()
    story.says(1, states=[0], **GRID)
    story.asks("block")
    story.says(2)
    story.says(3, states=[3])
    story.asks("unblock")
    story.says(4, states=[3])
    assert story.of(AlarmRaised) == []
    story.says(5, states=[3])
    assert story.of(AlarmRaised) == [AlarmRaised("still_blocked")]
    story.says(6, states=[3])
    assert len(story.of(AlarmRaised)) == 1
    story.says(7, states=[0])
    assert story.of(AlarmCleared) == [AlarmCleared("still_blocked")]


def test_block_that_is_wanted_again_is_no_alarm() -> None:
    story = Story()
    for send in (1, 2, 3):
        story.says(send, states=[3])
    assert story.status.alarms == ("still_blocked",)
    story.asks("block")
    story.says(4, states=[3])
    assert not story.status.alarms


def test_code_of_a_cell_that_the_cabinet_does_not_have_any_more_is_an_alarm_until_it_is_gone() -> None:
    story = Story()
    story.says(1, engaged=[], **GRID)
    story.asks("set_code", cell=64, minutes=50)
    story.says(2, engaged=[])
    story.says(3, engaged=[64])
    story.says(4, engaged=[64], columns=5, rows=6)
    assert story.of(AlarmRaised) == [AlarmRaised("code_outside")]
    story.asks("revoke_code", cell=64)
    story.says(5, engaged=[64])
    assert not story.status.alarms
