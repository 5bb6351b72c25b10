"""Any story leaves the same state live, on replay, and over carry and restore; and keeps what must always hold."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from lineside.runtime.step import Step
from lineside.studio.model import Table
from lineside.studio.model.events import TableAlarmRaised, TableAlarmRepeated
from lineside.studio.wire import Confirmed, Dialect, ErrorReply, TableWire, is_bad
from tests.studio.model.story import CLEAN, CUT, Story

DEVICES = ("a", "b", "m")
DIALECTS = {"a": Dialect.A, "b": Dialect.C, "m": Dialect.D}
FRAMES: tuple[dict[str, Any], ...] = (
    *({"sdp": "up"}, {"sdp": "down"}, {"sdp": "exception", "zCam": "up"}, {"zCam": "down"}, {"idp": "calibration"}, {}),
    *({"maintenance": True}, {"maintenance": False}, {"maintenance": True, "broker": "down"}, {"maintenance": 5}),
    *({"note": 1}, {"note": True, "sdp": "up"}, {"sdp": "bogus", "idp": "up"}, {"event": "ping"}),
    *({"event": "status", "data": {"status": "up"}}, {"event": "status", "data": {"status": "down"}}),
    *(
        {"event": "exception", "data": "SENSOR STUCK"},
        {"event": "exception", "data": {"signal": {"msgId": "NO_START"}}},
    ),
)
COMMANDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("set_maintenance", {"on": True}),
    ("set_maintenance", {"on": True, "until": "2026-01-01T12:05:00Z"}),
    ("set_maintenance", {"on": False}),
    ("set_status", {"fields": {"sdp": "down", "zCam": "up"}}),
    ("acknowledge_alarm", {"alarm": "SDP"}),
    ("acknowledge_alarm", {"alarm": "reporter.a"}),
    ("clear_custom", {}),
)

ACTIONS = st.one_of(
    st.tuples(st.just("joins"), st.sampled_from(DEVICES)),
    st.tuples(st.just("leaves"), st.sampled_from(DEVICES), st.sampled_from((CLEAN, CUT))),
    st.tuples(st.just("says"), st.sampled_from(DEVICES), st.sampled_from(FRAMES)),
    st.tuples(st.just("says"), st.sampled_from(DEVICES), st.sampled_from(FRAMES)),
    st.tuples(st.just("waits"), st.sampled_from((0.0, 1.0, 9.0, 30.0, 61.0, 1000.0))),
    st.tuples(st.just("asks"), st.sampled_from(COMMANDS)),
    st.tuples(st.just("disk"), st.booleans()),
    st.tuples(st.just("clock"), st.sampled_from((-3600.0, 60.0))),
)


class Watching(Story):
    """A story that looks, after everything, whether what must always hold still holds."""

    def _perform(self, step: Step, *first: Any) -> Step:
        in_maintenance = self.model.state.maintenance.on
        updates = self.model.state.updates
        before = len(self.sent)
        done = super()._perform(step, *first)
        told = [event for event in step.record if isinstance(event, TableAlarmRaised | TableAlarmRepeated)]
        assert not (in_maintenance and told), "muted"
        if any(isinstance(send.message, ErrorReply) for send in step.send):
            assert updates == self.model.state.updates, "a refusal counts nothing"
        assert len(self.sent) >= before
        self._look()
        return done

    def _look(self) -> None:
        state = self.model.state
        now = self.clock.now()
        view = self.model.table_view(now)
        for field in view.fields:
            assert field.stale == any(one.lost and one.device == field.by for one in state.reporters if field.by)
            assert field.bad == (field.changed_at is not None and is_bad(field.value))
        status = self.model.status
        assert status.alarms_open == state.alarms.open_count
        assert status.maintenance is state.maintenance.on is view.maintenance.on
        assert self.model.snapshot(now).values == tuple(field.value for field in view.fields)


def act(story: Story, action: tuple[Any, ...]) -> None:
    match action:
        case ("joins", device):
            story.joins(device, DIALECTS[device])
        case ("leaves", device, reason):
            story.leaves(device, reason)
        case ("says", device, frame):
            story.says(frame, device)
        case ("waits", seconds):
            story.waits(seconds)
        case ("asks", (name, params)):
            story.asks(name, **params)
        case ("disk", writable):
            story.writable = writable
        case ("clock", seconds):
            story.clock.step_utc(seconds)


def as_json(table: Table) -> Any:
    return msgspec.json.decode(msgspec.json.encode(table.carry()))


@settings(max_examples=150, deadline=None)
@given(st.lists(ACTIONS, max_size=30), st.booleans())
def test_any_story_is_the_same_on_replay_and_over_a_carried_state(actions: list[Any], mark_down: bool) -> None:
    story = Watching(mark_down=mark_down, repeat_s=100.0)
    middle: tuple[int, Any] = (0, as_json(story.model))
    for index, action in enumerate(actions):
        act(story, action)
        if index == len(actions) // 2:
            middle = (len(story.told), as_json(story.model))
    replayed, restored = (Table("ARO-001", story.settings, story.clock.now()) for _ in range(2))
    for event, at in story.told:
        replayed.apply(event, at)
    restored.restore(middle[1], [])
    for event, at in story.told[middle[0] :]:
        restored.apply(event, at)
    assert as_json(story.model) == as_json(replayed) == as_json(restored)


@settings(max_examples=50, deadline=None)
@given(st.lists(ACTIONS, max_size=20))
def test_any_story_goes_on_after_a_restart_and_comes_to_rest(actions: list[Any]) -> None:
    story = Watching(repeat_s=0.0)
    for action in actions:
        act(story, action)
    story.writable = True
    before = as_json(story.model)
    story.restarts()
    assert as_json(story.model) == before
    story.waits(7200)
    assert story.model.live_deadline() is None
    until = story.model.state.maintenance.until
    assert story.model.deadline() is None or until is not None
    assert not any(one.present for one in story.model.state.reporters)


@settings(deadline=None)
@given(st.lists(st.sampled_from(FRAMES), max_size=20))
def test_confirmed_updates_are_what_uptime_counts(frames: list[dict[str, Any]]) -> None:
    story = Story()
    story.joins()
    wire = TableWire(Dialect.A, "ARO-001")
    for frame in frames:
        before = story.uptime
        step = story.says(frame)
        is_update = "event" not in frame and step.send[0].message == Confirmed("ARO-001")
        assert story.uptime - before == is_update
        assert wire.send(step.send[0].message)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=10,
)
KEYS = st.sampled_from(["sdp", "zCam", "maintenance", "event", "data", "status", "signal", "msgId", "tableId", "note"])
OBJECTS = st.dictionaries(KEYS, JSON | st.sampled_from(["up", "down", "exception", "status", True]), max_size=5)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=20) | OBJECTS.map(lambda value: json.dumps(value).encode()), max_size=19))
def test_every_frame_gets_one_answer_and_every_event_is_the_same_after_json(frames: list[bytes]) -> None:
    story = Story()
    story.joins("m", Dialect.D)
    wire = TableWire(Dialect.D, "ARO-001")
    for frame in frames:
        step = story.hears(wire.read(frame), "m")
        assert len(step.send) == 1
        assert wire.send(step.send[0].message)
        for event in step.record:
            assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) == event
    assert len(story.sent) == len(frames)
