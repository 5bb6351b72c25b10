"""Random runs: what the journal holds is the whole of the lasting state, and its changes are the machine's meters."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from lineside.runtime import command
from lineside.runtime.step import Event
from lineside.slots.model import EVENTS
from lineside.slots.wire import NO_HANDPAY, Handpay
from tests.slots.model.story import METERS, Story, sums

CODES = [0x11, 0x12, 0x17, 0x18, 0x20, 0x3C, 0x3D, 0x47, 0x51, 0x52, 0x70, 0x7A, 0x82, 0x83, 0x99]
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("plays"), st.sampled_from(METERS[1:]), st.integers(1, 2_000_000)),
        st.tuples(st.just("reads"), st.none(), st.none()),
        st.tuples(st.just("tells"), st.sampled_from(CODES), st.none()),
        st.tuples(st.just("clears"), st.none(), st.none()),
        st.tuples(st.just("writable"), st.booleans(), st.none()),
        st.tuples(st.just("cable"), st.none(), st.none()),
        st.tuples(st.just("restarts"), st.none(), st.none()),
        st.tuples(st.just("asks"), st.sampled_from(["lock", "unlock", "reset_handpay", "set_clock"]), st.none()),
    ),
    max_size=25,
)


def play(story: Story, actions: list[tuple[str, Any, Any]]) -> Story:
    story.answers[0x1B] = lambda asked: NO_HANDPAY
    for what, one, two in actions:
        if what == "plays":
            story.meters[one] = (story.meters[one] + two) % 10**8
        elif what == "reads":
            story.reads_meters()
        elif what == "tells":
            _tells(story, one)
        elif what == "clears":
            story.meters = dict.fromkeys(METERS, 0)
            _tells(story, 0x7A)
        elif what == "writable":
            story.writable = one
            story.waits(1.5)
            story.works()
        elif what == "cable":
            story.goes_down()
            story.comes_up()
        elif what == "restarts":
            story.writable = True
            story.waits(1.5)
            story.restarts()
            story.comes_up()
        elif story.writable:
            story.asks(one)
            story.works()
    story.writable = True
    story.waits(1.5)
    story.works()
    return story


def _tells(story: Story, code: int) -> None:
    if code == 0x51:
        told = [Handpay(0, 0, 5, 0, 0)]
        story.answers[0x1B] = lambda asked: told.pop(0) if told else NO_HANDPAY
    if story.writable:
        story.tells(code)


def plain(value: Any) -> Any:
    """Through JSON, as the journal keeps it."""
    return msgspec.json.decode(msgspec.json.encode(value))


@settings(max_examples=60, deadline=None)
@given(ACTIONS)
def test_replay_rebuilds_exactly_the_state_and_so_does_what_was_carried(actions: list[tuple[str, Any, Any]]) -> None:
    story = play(Story().comes_up(), actions)
    state = story.machine.carry()
    assert story.replayed().carry() == state
    by_json = story.fresh()
    for event, at in zip(story.recorded, story.times, strict=True):
        by_json.apply(through_json(event), at)
    assert by_json.carry() == state
    carried = story.fresh()
    carried.restore(plain(state), [])
    assert carried.carry() == state


def through_json(event: Event) -> Event:
    return msgspec.convert(plain(event), type(event), str_keys=True)


@settings(max_examples=60, deadline=None)
@given(ACTIONS)
def test_changes_add_up_to_the_machines_own_meters(actions: list[tuple[str, Any, Any]]) -> None:
    story = play(Story().comes_up(), actions)
    story.goes_down()
    story.comes_up()
    for _ in range(3):
        story.reads_meters()
    assert {code: total % 10**8 for code, total in sums(story.recorded).items()} == story.meters
    numbers = [event.number for event in story.of(EVENTS[0])]
    assert numbers == list(range(1, len(numbers) + 1))


@settings(max_examples=30, deadline=None)
@given(ACTIONS, ACTIONS)
def test_machine_that_was_carried_goes_on_as_the_one_that_was_not(
    first: list[tuple[str, Any, Any]], then: list[tuple[str, Any, Any]]
) -> None:
    story = play(Story().comes_up(), first)
    middle, count = plain(story.machine.carry()), len(story.recorded)
    orders = dict(story.machine._memory.orders)
    story = play(story, then)
    machine = story.fresh()
    machine.restore(middle, [])
    machine._memory.orders = orders
    for event, at in list(zip(story.recorded, story.times, strict=True))[count:]:
        machine.apply(event, at)
    assert machine.carry() == story.machine.carry()


def test_every_event_of_a_run_is_in_the_catalogue() -> None:
    story = play(Story().comes_up(), [("clears", None, None), ("asks", "lock", None), ("tells", 0x51, None)])
    assert {type(event) for event in story.recorded} <= {*EVENTS, *command.EVENTS}
