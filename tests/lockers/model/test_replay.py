"""Random runs of messages and commands: what the journal holds is the whole of the lasting state, at every moment."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from lineside.lockers.model import EVENTS, UnknownPolicy
from lineside.lockers.model.commands import keep_secret
from lineside.lockers.model.memory import Lasting
from lineside.runtime import command
from lineside.runtime.step import Event, Secret
from tests.lockers.model.story import Story

CELLS = st.lists(st.integers(1, 6), max_size=4, unique=True)
# Four digits that no number of a run has, so that they can be looked for in all that leaves the house.
CODES = ("9871", "9872", "9873")

_messages = st.tuples(
    st.just("says"),
    st.integers(-20, 3),
    st.fixed_dictionaries(
        {},
        optional={
            "engaged": CELLS,
            "timed_out": CELLS,
            "accessed": CELLS,
            "states": st.lists(st.integers(0, 4), max_size=2, unique=True),
            "reset": st.booleans(),
            "connection": st.integers(1, 2),
            "address": st.sampled_from(["10.0.0.1", "10.0.0.2"]),
            "columns": st.integers(2, 3),
            "rows": st.integers(2, 3),
            "locks": st.sampled_from([["11", "10"], ["111", "111", "011"]]),
            "extra": st.dictionaries(st.sampled_from(["TEMP"]), st.sampled_from(["20", "21"])),
        },
    ),
)
_set_code = st.fixed_dictionaries(
    {"cell": st.integers(0, 7), "minutes": st.integers(0, 3)},
    optional={"code": st.sampled_from(CODES).map(Secret), "once": st.booleans(), "label": st.just("Anna")},
)
_commands: st.SearchStrategy[tuple[Any, ...]] = st.one_of(
    st.tuples(st.just("set_code"), _set_code),
    st.tuples(st.just("revoke_code"), st.fixed_dictionaries({"cell": st.integers(0, 7)})),
    st.tuples(st.sampled_from(["block", "unblock", "reboot", "approve"]), st.just({})),
)
_others = st.one_of(
    st.tuples(st.just("waits"), st.sampled_from([1.0, 59.0, 200.0])),
    st.tuples(st.just("steps"), st.sampled_from([-7200.0, 30.0, 7200.0])),
    st.tuples(st.just("writable"), st.booleans()),
    st.tuples(st.just("restarts"), st.just(None)),
)
ACTIONS = st.lists(st.one_of(_messages, _messages, _commands, _others), max_size=30)


def plain(value: Any) -> Any:
    """Through JSON, as the journal keeps it; secrets opened, as it gives them back."""

    def reveal(secret: Any) -> dict[str, str]:
        assert isinstance(secret, Secret)
        return {"$": secret.reveal()}

    return _opened(msgspec.json.decode(msgspec.json.encode(value, enc_hook=reveal)))


def _opened(value: Any) -> Any:
    if isinstance(value, dict):
        return Secret(value["$"]) if set(value) == {"$"} else {key: _opened(one) for key, one in value.items()}
    return [_opened(one) for one in value] if isinstance(value, list) else value


def through_json(event: Event) -> Event:
    return msgspec.convert(plain(event), type(event), dec_hook=keep_secret, str_keys=True)


def play(story: Story, actions: list[tuple[Any, ...]]) -> Story:
    send = 100
    for what, *rest in actions:
        if what == "says":
            send = max(1, send + rest[0])
            before = story.board.carry()
            reply = story.says(send, **rest[1])
            check_reply(story, send, reply, before)
        elif what == "waits":
            story.waits(rest[0])
        elif what == "steps":
            story.clock.step_utc(rest[0])
        elif what == "writable":
            story.writable = rest[0]
        elif what == "restarts":
            story = restarted(story)
        else:
            story.asks(what, expires_s=600.0, **rest[0])
    return story


def restarted(story: Story) -> Story:
    """A new process with whatever clock there is now."""
    story.outer["clock_floor"] = max(story.times, default=None)
    return story.restarted()


def check_reply(story: Story, send: int, reply: Any, before: Lasting) -> None:
    after = story.board.carry()
    if reply is None:
        assert not story.writable or story.board.is_pending
        return
    assert not story.board.is_pending
    assert reply.send == str(send)
    assert {one.cell: one.code for one in reply.codes} == {
        cell: one.code.reveal() for cell, one in after.assignments.items()
    }
    assert [one.cell for one in reply.codes] == sorted(after.assignments)
    assert reply.block is after.block.wanted
    if reply.reset:
        assert after.reboot is not None
        assert after.reboot.replies == (before.reboot.replies if before.reboot else 0) + 1 <= 5


@settings(max_examples=60, deadline=None)
@given(ACTIONS, st.sampled_from([None, UnknownPolicy.ACCEPT]))
def test_replay_rebuilds_exactly_the_state_and_so_does_what_was_carried(
    actions: list[tuple[Any, ...]], unknown: UnknownPolicy | None
) -> None:
    story = play(Story(unknown=unknown), actions)
    sent = [event.id for event in story.of(command.CommandSent)]
    assert len(sent) == len(set(sent)), "a command is sent once"
    state = story.board.carry()
    assert story.replayed().carry() == state
    by_json = story.fresh(story.clock)
    for event, at in zip(story.recorded, story.times, strict=True):
        by_json.apply(through_json(event), at)
    assert by_json.carry() == state
    carried = story.fresh(story.clock)
    carried.restore(plain(state), [])
    assert carried.carry() == state


@settings(max_examples=40, deadline=None)
@given(ACTIONS, ACTIONS)
def test_board_that_was_carried_goes_on_as_the_one_that_was_not(
    first: list[tuple[Any, ...]], then: list[tuple[Any, ...]]
) -> None:
    """Pruning puts a carried state in place of the events; what follows is the same on top of it."""
    story = play(Story(), first)
    middle, count = plain(story.board.carry()), len(story.recorded)
    story = play(story, then)
    board = story.fresh(story.clock)
    board.restore(middle, [])
    for event, at in list(zip(story.recorded, story.times, strict=True))[count:]:
        board.apply(event, at)
    assert board.carry() == story.board.carry()


@settings(max_examples=40, deadline=None)
@given(ACTIONS)
def test_no_code_is_in_anything_that_is_shown_printed_or_masked(actions: list[tuple[Any, ...]]) -> None:
    story = play(Story(), actions)
    shown = "".join(f"{show.value!r}{msgspec.json.encode(show.value)!r}" for show in story.shown)
    printed = f"{story.recorded!r}{story.sent!r}{story.board.carry()!r}{story.ended!r}{story.status!r}"
    masked = "".join(
        repr(msgspec.json.encode(event, enc_hook=lambda secret: secret.masked)) for event in story.recorded
    )
    for code in CODES:
        assert code not in shown
        assert code not in printed
        assert code not in masked


def test_every_event_of_a_run_is_in_the_catalogue() -> None:
    story = Story()
    story.asks("set_code", cell=1, minutes=1)
    story.says(1, engaged=[], columns=3, rows=3)
    story.says(2, engaged=[1])
    assert {type(event) for event in story.recorded} <= {*EVENTS, *command.EVENTS}
