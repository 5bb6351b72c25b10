"""What must never break, each with a broken build that its check catches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest

from lineside.runtime.step import Send, Step
from lineside.studio.model import conditions, table
from lineside.studio.model.events import StatusRepeated
from lineside.studio.model.reporters import Reporters
from lineside.studio.model.state import FieldState, TableState
from lineside.studio.model.timers import Timers
from lineside.studio.wire import Confirmed, ErrorReply, Malformed, Update, table_wire
from tests.studio.model.story import Story

CONFIRMED = [Confirmed("ARO-001")]


def check_update_is_whole_or_nothing() -> None:
    story = Story()
    story.joins()
    story.says({"idp": "up", "sdp": "bogus", "broker": "up", "note": 1})
    assert isinstance(story.sent[-1], ErrorReply)
    assert (story.value("IDP"), story.value("BROKER"), story.model.state.custom) == ("standby", "down", {})
    assert story.kinds() == ["TableMade", "ReporterJoined"]


def check_uptime_counts_what_was_confirmed() -> None:
    story = Story()
    story.joins()
    for frame in ({"sdp": "up"}, "not json", {"sdp": "bogus"}, {"sdp": "up"}, [1]):
        story.says(frame)  # type: ignore[arg-type]
    assert story.uptime == story.sent.count(CONFIRMED[0]) == 2


def check_update_without_a_change_is_confirmed() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "up"})
    story.forget()
    story.says({"sdp": "up"})
    story.says({})
    assert story.sent == CONFIRMED * 2
    assert story.uptime == 3


def check_maintenance_mutes() -> None:
    story = Story()
    story.joins()
    story.says({"maintenance": True})
    story.says({"sdp": "down"})
    story.leaves()
    story.waits(3600)
    assert story.raised == []


def check_stale_is_the_gone_reporters_alone() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "up", "zCam": "up"})
    story.joins("camera")
    story.says({"zCam": "down"}, "camera")
    story.leaves()
    story.waits(60)
    assert story.stale == ["SDP"]


def check_stale_ends_with_the_return() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "up"})
    story.leaves()
    story.waits(60)
    story.joins(link="again")
    assert (story.stale, story.open_alarms) == ([], [])


def check_grace_is_not_begun_anew_by_others() -> None:
    story = Story()
    story.joins()
    story.joins("camera")
    story.says({"sdp": "down"})
    for turn in range(4):
        story.says({"zCam": "down" if turn % 2 else "up"}, "camera")
        story.waits(3)
    assert story.raised == ["SDP"]


def check_answers_go_to_the_asker() -> None:
    story = Story()
    story.joins()
    story.joins("other")
    steps = [story.says({"sdp": "up"}), story.says("not json"), story.says({"event": "ping"})]
    assert [[send.link for send in step.send] for step in steps] == [[""]] * 3


def partial(value: dict[str, Any], accepted: Any) -> Update | Malformed:
    """Takes what is good up to the first bad value, and then refuses."""
    good = {key.upper(): v for key, v in value.items() if v in accepted.get(key.upper(), ())}
    return Update(good)


def counted(self: Any, one: Any, text: str) -> Step:
    return Step(record=(StatusRepeated(one.device),), send=(Send(ErrorReply(text)),))


def silent(self: Any, one: Any, update: Update, now: Any) -> Step:
    step = on_update(self, one, update, now)
    return Step() if type(step.record[-1]) is StatusRepeated else step


def unmuted(state: TableState, settings: Any, wrong: Any, now: Any) -> Any:
    kept, state.maintenance = state.maintenance, type(state.maintenance)()
    try:
        return of_alarms(state, settings, wrong, now)
    finally:
        state.maintenance = kept


def first_writer_stays(self: TableState, field: FieldState, by: str, at: Any) -> None:
    field.by = field.by or by
    field.marked = False


def stays_lost(self: Reporters, device: str) -> bool:
    self.__dict__.setdefault("ever", set()).update(one.device for one in self if one.lost)
    return device in self.__dict__["ever"]


def begun_anew(self: Timers, delays: Any, mono: float) -> None:
    self._at = {key: mono + delay_s for key, delay_s in delays.items()}
    self._find()


def to_everybody(self: Any, one: Any, update: Update, now: Any) -> Step:
    others = tuple(Send(Confirmed("ARO-001"), link) for link, _ in self._connections)
    return on_update(self, one, update, now) + Step(send=others)


of_alarms = conditions._of_alarms
on_update = table.Table._on_update

GUARDS: list[tuple[Callable[[], None], Any, str, Any]] = [
    (check_update_is_whole_or_nothing, table_wire, "read_update", partial),
    (check_uptime_counts_what_was_confirmed, table.Table, "_refuse", counted),
    (check_update_without_a_change_is_confirmed, table.Table, "_on_update", silent),
    (check_maintenance_mutes, conditions, "_of_alarms", unmuted),
    (check_stale_is_the_gone_reporters_alone, TableState, "_take", first_writer_stays),
    (check_stale_ends_with_the_return, Reporters, "is_lost", stays_lost),
    (check_grace_is_not_begun_anew_by_others, Timers, "want", begun_anew),
    (check_answers_go_to_the_asker, table.Table, "_on_update", to_everybody),
]


@pytest.mark.parametrize("check", [guard[0] for guard in GUARDS], ids=lambda check: check.__name__)
def test_build_keeps_what_must_never_break(check: Callable[[], None]) -> None:
    check()


@pytest.mark.parametrize(("check", "place", "name", "build"), GUARDS, ids=lambda one: getattr(one, "__name__", ""))
def test_broken_build_is_caught(check: Callable[[], None], place: Any, name: str, build: Any) -> None:
    with patch.object(place, name, build), pytest.raises(AssertionError):
        check()
