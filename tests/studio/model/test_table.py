"""Playbooks of a table: refusals and silences first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lineside.runtime.step import NOTHING, Close, UnitState
from lineside.studio.model import Joined, RoundTrip, UptimeMode, WatchAlarm, WatchPresence, WatchUpdate
from lineside.studio.model.events import (
    DeviceSaid,
    MaintenanceEnded,
    MaintenanceStarted,
    ReporterJoined,
    ReporterLeft,
    SignalRaised,
    StatusRepeated,
    StatusUpdated,
    TableAlarmRepeated,
    TableMade,
)
from lineside.studio.model.signals import SIGNALS_MAX
from lineside.studio.wire import (
    Ack,
    ActivateBackup,
    Confirmed,
    Dialect,
    ErrorReply,
    Ping,
    SignalAnswer,
    Snapshot,
    StatusValues,
    TimestampMode,
    Update,
)
from tests.studio.model.story import CLEAN, CUT, Story, error_of

A, B, C, D = Dialect
CONFIRMED = Confirmed("ARO-001")


# ---------------------------------------------------------------------------------------------- refusals and silences


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        ("not json", "Invalid JSON format"),
        ("[1]", "Message must be a JSON object"),
        ('{"sdp":"bogus","idp":"up"}', "Invalid status for sdp: bogus"),
        ('{"maintenance":1}', "Invalid value for maintenance"),
    ],
)
def test_refused_message_is_answered_and_changes_and_counts_nothing(frame: str, text: str) -> None:
    story = Story()
    story.joins()
    before = story.model.carry()
    assert error_of(story.says(frame)) == text
    assert story.model.carry() == before
    assert story.uptime == 0


def test_twentieth_refusal_closes_the_connection_and_only_that_one() -> None:
    story = Story()
    story.joins()
    story.joins("other")
    steps = [story.says("not json") for _ in range(20)]
    assert [step.close for step in steps[:19]] == [()] * 19
    assert steps[19].close == (Close("Too many errors"),)
    assert story.says("not json", "other").close == ()


def test_good_messages_between_do_not_forgive_refused_ones() -> None:
    story = Story()
    story.joins()
    for _ in range(19):
        story.says("not json")
        story.says({"sdp": "up"})
    assert story.says("not json").close


def test_more_custom_fields_than_a_table_keeps_are_refused_whole() -> None:
    story = Story()
    story.joins()
    story.says({f"a{index}": index for index in range(40)})
    before = story.model.carry()
    refused = story.says({"sdp": "up", **{f"b{index}": index for index in range(25)}})
    assert error_of(refused) == "Too many custom fields"
    assert story.model.carry() == before
    story.says({**{f"a{index}": 0 for index in range(40)}, **{f"b{index}": index for index in range(24)}})
    assert len(story.model.state.custom) == 64


def test_update_for_another_table_is_refused_here() -> None:
    story = Story()
    story.joins()
    step = story.hears(Update({"SDP": "up"}, {}, "ARO-002"), "dealerPC")
    assert error_of(step) == "Invalid tableId: ARO-002"
    assert story.hears(Update({"SDP": "up"}, {}, "ARO-001"), "dealerPC").send[0].message == CONFIRMED


def test_message_of_a_connection_that_has_ended_is_not_answered() -> None:
    story = Story()
    story.joins()
    story.leaves()
    assert story.says({"sdp": "up"}) == NOTHING


def test_nothing_is_confirmed_while_the_journal_cannot_write() -> None:
    story = Story()
    story.joins()
    story.writable = False
    story.forget()
    story.says({"sdp": "up"})
    assert story.sent == []
    assert (story.value("SDP"), story.uptime) == ("standby", 0)
    story.writable = True
    story.says({"sdp": "up"})
    assert story.sent == [CONFIRMED]
    assert story.uptime == 1


def test_snapshot_is_read_and_the_reporter_recorded_later_when_the_journal_cannot_write() -> None:
    story = Story()
    story.writable = False
    story.joins()
    assert isinstance(story.sent[0], Snapshot)
    assert story.recorded == []
    story.writable = True
    story.waits(2)
    assert story.events(ReporterJoined) == [ReporterJoined("dealerPC", "a", "10.0.0.1:5000", "floor")]


def test_end_of_a_reporter_is_recorded_later_when_the_journal_cannot_write() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "up"})
    story.writable = False
    story.leaves()
    assert story.events(ReporterLeft) == []
    story.writable = True
    story.waits(2)
    assert [event.reason for event in story.events(ReporterLeft)] == [CUT]
    story.waits(60)
    assert story.stale == ["SDP"]


# ---------------------------------------------------------------------------------------------- snapshots and updates


@pytest.mark.parametrize(("dialect", "snapshots"), [(A, 1), (B, 1), (C, 0), (D, 0)])
def test_snapshot_is_sent_once_where_it_is_expected(dialect: Dialect, snapshots: int) -> None:
    story = Story()
    story.joins(dialect=dialect)
    story.says({"sdp": "up"})
    story.waits(3600)
    assert sum(isinstance(message, Snapshot) for message in story.sent) == snapshots
    assert len(story.sent) == snapshots + 1


def test_first_reporter_makes_the_table_and_both_are_recorded() -> None:
    story = Story()
    story.waits(5)
    story.joins()
    assert story.recorded == [TableMade(), ReporterJoined("dealerPC", "a", "10.0.0.1:5000", "floor")]
    assert story.model.made_at == datetime(2026, 1, 1, 12, 0, 5, tzinfo=UTC)


def test_update_that_overtakes_the_record_of_its_reporter_brings_it_along() -> None:
    story = Story()
    story.opens("x")
    story.hears(Joined("x", A), "x")
    step = story.says({"sdp": "up"}, "x")
    assert [type(event) for event in step.record] == [TableMade, ReporterJoined, StatusUpdated]
    story.waits(1)
    assert len(story.events(ReporterJoined)) == 1


def test_update_is_one_event_with_everything_that_it_set_and_what_was_before() -> None:
    story = Story()
    story.joins()
    step = story.says({"sdp": "up", "idp": "standby", "zCam": "up", "note": 5})
    assert step.record == (
        StatusUpdated(
            "dealerPC",
            "10.0.0.1:5000",
            {"SDP": "up", "IDP": "standby", "ZCam": "up"},
            {"SDP": "standby", "ZCam": "down"},
            {"note": 5},
        ),
    )
    assert [send.message for send in step.send] == [CONFIRMED]
    assert story.uptime == 1


@pytest.mark.parametrize("frame", [{}, {"sdp": "standby"}, {"uptime": 5}, {"maintenance": False}])
def test_update_that_changes_nothing_is_recorded_confirmed_and_counted(frame: dict[str, object]) -> None:
    story = Story()
    story.joins()
    story.waits(10)
    story.says({"sdp": "standby"})
    step = story.says(frame)
    assert step.record == (StatusRepeated("dealerPC"),)
    assert [send.message for send in step.send] == [CONFIRMED]
    assert story.uptime == 2
    assert story.model.snapshot(story.clock.now()).timestamp == "2026-01-01T12:00:10"


def test_uptime_counts_updates_and_timestamp_is_the_last_one() -> None:
    story = Story()
    story.waits(1)
    story.joins()
    assert story.sent[0].timestamp == "2026-01-01T12:00:00"
    story.waits(2.5)
    for frame in ({"sdp": "up"}, "not json", {"a": 1, "idp": "up", "shaker": "up"}, {"event": "ping"}, {}):
        story.says(frame)
    snapshot = story.model.snapshot(story.clock.now())
    assert (snapshot.uptime, snapshot.timestamp) == (3, "2026-01-01T12:00:03.500000")


def test_uptime_can_be_seconds_and_timestamp_utc() -> None:
    story = Story(uptime_mode=UptimeMode.SECONDS, timestamps=TimestampMode.UTC)
    story.joins()
    story.waits(90.9)
    story.says({})
    snapshot = story.model.snapshot(story.clock.now())
    assert (snapshot.uptime, snapshot.timestamp) == (90, "2026-01-01T12:01:30.900000+00:00")


def test_view_has_true_seconds_in_every_mode() -> None:
    story = Story()
    story.joins()
    story.waits(30)
    view = story.model.table_view(story.clock.now())
    assert (view.uptime_updates, view.uptime_seconds) == (0, 30)
    story.clock.step_utc(-3600)
    assert story.model.table_view(story.clock.now()).uptime_seconds == 0


def test_custom_fields_are_kept_and_shown_and_in_the_snapshot_only_when_asked_for() -> None:
    story = Story()
    story.joins()
    story.says({"maintenance": True, "custom_field": "custom_value"})
    assert story.latest("table").custom == {"custom_field": "custom_value"}
    assert story.model.snapshot(story.clock.now()).custom is None
    exposing = Story(expose_custom=True)
    exposing.joins()
    exposing.says({"a": 1})
    assert exposing.model.snapshot(exposing.clock.now()).custom == {"a": 1}


def test_custom_field_that_changes_only_its_type_has_changed() -> None:
    story = Story()
    story.joins()
    story.says({"a": 1, "b": {"x": 1, "y": 2}})
    step = story.says({"a": True, "b": {"y": 2, "x": 1}})
    assert step.record == (StatusUpdated("dealerPC", "10.0.0.1:5000", {}, {}, {"a": True}),)


def test_state_is_of_the_table_and_not_of_the_reporter() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "up"})
    story.leaves(reason=CLEAN)
    story.joins("second")
    assert story.sent[-1].values[0] == "up"


def test_ping_is_answered_and_neither_recorded_nor_counted() -> None:
    story = Story()
    story.joins()
    story.joins("machine", D)
    assert story.says({"event": "ping"}).send[0].message == CONFIRMED
    step = story.says({"event": "ping"}, "machine")
    assert step.send[0].message == Ack(story.clock.utc)
    assert not step.record
    assert story.uptime == 0


def test_message_before_the_reporter_said_who_it_is_is_of_nobody() -> None:
    story = Story()
    story.opens("x")
    story.says({"sdp": "up"}, "x")
    story.hears(Ping(), "x")
    story.leaves("x")
    assert story.kinds() == ["TableMade", "StatusUpdated"]
    assert story.model.presence_view().gone == ()


# ---------------------------------------------------------------------------------------------- who reports


def test_presence_tells_connections_and_who_has_gone() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "up"})
    story.joins("other", C)
    story.waits(10)
    story.leaves()
    presence = story.latest("presence")
    (reporter,) = presence.reporters
    assert (reporter.device, reporter.dialect, reporter.link) == ("other", C, "other")
    (gone,) = presence.gone
    assert (gone.device, gone.reason, gone.lost) == ("dealerPC", CUT, False)
    assert gone.due == story.clock.utc + timedelta(seconds=60)


def test_device_with_two_connections_leaves_with_the_last() -> None:
    story = Story()
    story.joins(link="l1")
    story.joins(link="l2")
    story.says({"sdp": "up"}, "l1")
    story.leaves("l1")
    assert story.events(ReporterLeft) == []
    assert story.model.status.reporters == 1
    story.leaves("l2")
    assert len(story.events(ReporterLeft)) == len(story.events(ReporterJoined)) == 1


def test_reporter_that_does_not_return_is_lost_and_what_it_wrote_is_stale() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "up", "zCam": "up"})
    story.leaves()
    story.waits(59)
    assert (story.stale, story.open_alarms, story.color) == ([], [], "amber")
    story.waits(1)
    assert story.stale == ["SDP", "ZCam"]
    assert story.open_alarms == ["reporter.dealerPC"]
    assert story.color == "red"
    assert (story.value("SDP"), story.uptime) == ("up", 1)
    assert story.model.alarms_view().alarms[0].text == "dealerPC is gone; stale: SDP, ZCam"


def test_stale_is_never_another_reporters_field() -> None:
    story = Story()
    story.joins()
    story.joins("camera")
    story.says({"sdp": "up", "zCam": "up"})
    story.says({"zCam": "up"}, "camera")  # changes nothing, and is the last word all the same
    story.leaves()
    story.waits(61)
    assert story.stale == ["SDP"]
    story.says({"sdp": "up"}, "camera")
    assert story.stale == []
    story.waits(0)
    assert story.open_alarms == []


def test_reporter_that_returns_in_time_was_never_lost() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "up"})
    story.leaves()
    story.waits(59)
    story.joins(link="again")
    story.waits(3600)
    assert (story.lost, story.raised, story.color) == ([], [], "green")


def test_reporter_that_returns_late_recovers() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "up"})
    story.leaves()
    story.waits(120)
    story.joins(link="again")
    assert (story.stale, story.open_alarms, story.color) == ([], [], "green")
    (alarm,) = story.model.alarms_view().alarms
    assert (alarm.state, alarm.count) == ("recovered", 1)


def test_clean_close_after_a_final_update_is_no_alarm() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "standby"})
    story.waits(9)
    story.leaves(reason=CLEAN)
    story.waits(3600)
    assert (story.lost, story.raised, story.stale, story.color) == ([], [], [], "grey")


@pytest.mark.parametrize(("waited", "reason"), [(11.0, CLEAN), (1.0, CUT), (1.0, "peer closed with 1006")])
def test_other_ends_are_no_goodbye(waited: float, reason: str) -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "up"})
    story.waits(waited)
    story.leaves(reason=reason)
    story.waits(60)
    assert story.lost == ["dealerPC"]


def test_reader_that_wrote_nothing_is_missed_by_nobody() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "up"})
    story.joins("reader")
    story.leaves("reader")
    story.waits(3600)
    assert story.lost == []


def test_grace_of_zero_switches_the_last_will_off() -> None:
    story = Story(offline_grace_s=0.0)
    story.joins()
    story.says({"sdp": "up"})
    story.leaves()
    story.waits(3600)
    assert (story.lost, story.stale) == ([], [])


def test_last_will_can_really_write_down() -> None:
    story = Story(mark_down=True)
    story.joins()
    story.joins("camera")
    story.says({"sdp": "up", "broker": "down"})
    story.says({"zCam": "up"}, "camera")
    story.leaves()
    story.waits(60)
    assert (story.value("SDP"), story.value("ZCam")) == ("down", "up")
    assert story.uptime == 2
    assert story.watched(WatchUpdate)[-1].changed == {"SDP": ("up", "down")}
    assert "SDP" not in story.open_alarms  # told by the reporter's alarm
    story.joins(link="again")
    story.waits(10)
    assert story.open_alarms == ["BROKER", "SDP"] or story.open_alarms == ["SDP", "BROKER"]
    story.says({"sdp": "up"}, "again")
    story.waits(0)
    assert story.open_alarms == ["BROKER"]


def test_restart_gives_reporters_their_grace_again() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "up"})
    story.restarts()
    story.waits(0)
    assert story.events(ReporterLeft)[-1].reason == "the server restarted"
    assert story.model.status.state is UnitState.AWAY
    story.waits(30)
    story.joins()
    story.waits(3600)
    assert (story.lost, story.stale, story.uptime) == ([], [], 1)


def test_grace_goes_on_over_a_restart() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "up"})
    story.leaves()
    story.waits(40)
    story.restarts()
    story.waits(19)
    assert story.stale == []
    story.waits(1)
    assert story.stale == ["SDP"]


@pytest.mark.parametrize("step_s", [-86400.0, 86400.0])
def test_step_of_the_wall_clock_moves_no_grace(step_s: float) -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "up"})
    story.leaves()
    story.clock.step_utc(step_s)
    story.waits(59)
    assert story.stale == []
    story.waits(1)
    assert story.stale == ["SDP"]


def test_round_trip_is_shown_with_the_beat_and_never_recorded() -> None:
    story = Story()
    story.joins()
    recorded = len(story.recorded)
    story.hears(RoundTrip(12.5), "dealerPC")
    story.hears(RoundTrip(1.0), "nobody")
    story.waits(1)
    assert story.latest("presence").reporters[0].rtt_ms == 12.5
    assert len(story.recorded) == recorded


def test_repeated_updates_are_shown_with_the_beat() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "up"})
    story.waits(5)
    story.forget()
    for _ in range(100):
        story.says({"sdp": "up"})
    assert story.shown == []
    story.waits(1)
    assert [show.aspect for show in story.shown] == ["table", "presence"]
    assert story.latest("table").uptime_updates == 101
    assert story.latest("presence").reporters[0].last == story.clock.utc - timedelta(seconds=1)
    story.forget()
    story.waits(3600)
    assert story.shown == []


def test_status_tells_who_reports() -> None:
    story = Story()
    waiting = story.model.status
    assert (waiting.state, waiting.connected, waiting.color) == (UnitState.WAITING, False, "grey")
    story.joins()
    live = story.model.status
    assert (live.state, live.connected, live.reporters, live.reason) == (UnitState.LIVE, True, 1, "1 reporter")
    story.joins("other")
    assert story.model.status.reason == "2 reporters"
    assert story.model.status.since == live.since
    story.leaves("other")
    story.leaves()
    away = story.model.status
    assert (away.state, away.connected, away.reason) == (UnitState.AWAY, False, f"dealerPC left: {CUT}")
    assert story.model.status is away


# ---------------------------------------------------------------------------------------------- alarms


def test_bad_field_is_an_alarm_after_its_grace_and_recovers() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "down"})
    story.waits(9)
    assert (story.open_alarms, story.color) == ([], "amber")
    story.waits(1)
    assert (story.open_alarms, story.color, story.model.status.alarms_open) == (["SDP"], "red", 1)
    story.says({"sdp": "up"})
    story.waits(0)
    assert (story.open_alarms, story.color) == ([], "green")
    assert [alarm.state for alarm in story.watched(WatchAlarm)] == ["raised", "recovered"]


def test_short_trouble_is_no_alarm() -> None:
    story = Story()
    story.joins()
    for _ in range(10):
        story.says({"sdp": "down"})
        story.waits(9)
        story.says({"sdp": "up"})
        story.waits(1)
    assert story.raised == []


def test_change_between_bad_values_goes_on_being_one_alarm() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "down"})
    story.waits(9)
    story.says({"sdp": "exception"})
    story.waits(1)
    story.says({"sdp": "down"})
    story.waits(60)
    assert story.raised == ["SDP"]


def test_alarm_is_repeated_until_somebody_has_seen_it() -> None:
    story = Story(repeat_s=100.0)
    story.joins()
    story.says({"sdp": "down"})
    story.waits(10)
    story.waits(250)
    assert len(story.events(TableAlarmRepeated)) == 2
    assert story.model.alarms_view().alarms[0].repeats_at == story.clock.utc + timedelta(seconds=50)
    story.asks("acknowledge_alarm", alarm="SDP")
    story.waits(1000)
    assert len(story.events(TableAlarmRepeated)) == 2
    (alarm,) = story.model.alarms_view().alarms
    assert (alarm.acknowledged_by, alarm.repeats_at) == ("operator anna", None)
    story.says({"sdp": "up"})
    story.waits(0)
    assert story.model.alarms_view().alarms == ()


def test_repetition_can_be_switched_off() -> None:
    story = Story(repeat_s=0.0)
    story.joins()
    story.says({"sdp": "down"})
    story.waits(86400)
    assert story.events(TableAlarmRepeated) == []


def test_repetition_goes_on_over_a_restart() -> None:
    story = Story(repeat_s=100.0)
    story.joins()
    story.says({"sdp": "down"})
    story.waits(10)
    story.waits(70)
    story.restarts()
    story.joins()
    story.waits(29)
    assert story.events(TableAlarmRepeated) == []
    story.waits(1)
    assert len(story.events(TableAlarmRepeated)) == 1


def test_alarm_that_comes_again_counts_up() -> None:
    story = Story()
    story.joins()
    for _ in range(3):
        story.says({"sdp": "down"})
        story.waits(10)
        story.says({"sdp": "up"})
        story.waits(0)
    (alarm,) = story.model.alarms_view().alarms
    assert (alarm.state, alarm.count) == ("recovered", 3)
    story.asks("acknowledge_alarm", alarm="SDP")
    assert story.model.alarms_view().alarms == ()


def test_ignored_field_is_neither_an_alarm_nor_a_colour() -> None:
    story = Story(ignore=frozenset({"SHAKER"}))
    story.joins()
    story.says({"shaker": "down", "sdp": "up"})
    story.waits(3600)
    assert (story.raised, story.color) == ([], "green")
    (shaker,) = [field for field in story.latest("table").fields if field.ignored]
    assert (shaker.key, shaker.bad) == ("SHAKER", False)


def test_field_that_nobody_wrote_is_unknown_and_not_bad() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "up"})
    story.waits(3600)
    assert (story.raised, story.color) == ([], "green")
    story.says({"shaker": "down"})
    story.waits(10)
    assert story.raised == ["SHAKER"]


def test_calibration_is_amber_and_no_alarm() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "calibration"})
    story.waits(3600)
    assert (story.raised, story.color) == ([], "amber")
    story.says({"sdp": "up"})
    assert story.color == "green"


def test_extended_value_is_judged_by_its_base() -> None:
    story = Story(status_values=StatusValues.EXTENDED)
    story.joins()
    story.says({"sdp": "down_pause"})
    story.waits(10)
    assert story.open_alarms == ["SDP"]
    assert story.latest("table").fields[0].base == "down"
    story.says({"sdp": "up_idle"})
    story.waits(0)
    assert story.open_alarms == []


# ---------------------------------------------------------------------------------------------- maintenance


def test_maintenance_of_a_reporter_is_recorded_with_who_and_mutes() -> None:
    story = Story()
    story.joins()
    step = story.says({"maintenance": True, "sdp": "down"})
    assert step.record[1:] == (MaintenanceStarted("dealerPC"),)
    story.waits(3600)
    assert (story.raised, story.color) == ([], "amber")
    assert story.value("SDP") == "down"
    assert story.model.status.alarms_muted
    assert story.latest("table").maintenance.by == "dealerPC"
    (update,) = story.watched(WatchUpdate)
    assert update.changed == {"MAINTENANCE": (False, True), "SDP": ("standby", "down")}
    step = story.says({"maintenance": False})
    assert step.record[1:] == (MaintenanceEnded("dealerPC"),)
    story.waits(9)
    assert story.raised == []
    story.waits(1)
    assert story.raised == ["SDP"]


def test_open_alarm_is_muted_by_maintenance_and_not_repeated() -> None:
    story = Story(repeat_s=100.0)
    story.joins()
    story.says({"sdp": "down"})
    story.waits(10)
    story.asks("set_maintenance", on=True)
    story.waits(1000)
    assert story.events(TableAlarmRepeated) == []
    (alarm,) = story.latest("alarms").alarms
    assert (alarm.muted, alarm.state, alarm.repeats_at) == (True, "open", None)
    story.asks("set_maintenance", on=False)
    story.waits(0)
    assert len(story.events(TableAlarmRepeated)) == 1


def test_alarm_that_recovers_during_maintenance_says_so_silently() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "down"})
    story.waits(10)
    story.says({"maintenance": True})
    story.says({"sdp": "up"})
    story.waits(0)
    assert [(one.state, one.muted) for one in story.watched(WatchAlarm)] == [("raised", False), ("recovered", True)]


def test_maintenance_ends_at_its_instant() -> None:
    story = Story()
    until = story.clock.utc + timedelta(hours=2)
    story.asks("set_maintenance", on=True, until=until.isoformat())
    assert story.latest("table").maintenance.until == until
    story.waits(7199)
    assert story.model.status.maintenance
    story.waits(1)
    assert not story.model.status.maintenance
    assert story.events(MaintenanceEnded) == [MaintenanceEnded("lineside", "its end has come")]


def test_end_of_maintenance_follows_the_wall_clock_when_it_is_set() -> None:
    story = Story()
    story.asks("set_maintenance", on=True, until=(story.clock.utc + timedelta(hours=2)).isoformat())
    story.waits(10)
    story.clock.step_utc(7200)
    story.waits(30)
    assert not story.model.status.maintenance


def test_end_of_maintenance_survives_a_restart_and_a_clock_that_is_behind() -> None:
    story = Story()
    story.asks("set_maintenance", on=True, until=(story.clock.utc + timedelta(hours=2)).isoformat())
    story.waits(3600)
    story.clock.step_utc(-86400)
    story.restarts()
    story.waits(3600)
    assert story.model.status.maintenance
    story.clock.step_utc(86400)
    story.waits(30)
    assert not story.model.status.maintenance


def test_reporter_that_says_maintenance_again_leaves_its_end_as_it_is() -> None:
    story = Story()
    story.joins()
    until = story.clock.utc + timedelta(hours=2)
    story.asks("set_maintenance", on=True, until=until.isoformat())
    story.says({"maintenance": True})
    assert story.latest("table").maintenance.until == until


# ---------------------------------------------------------------------------------------------- signals and dialect D


SIGNAL = {"msgId": "ROULETTE_NO_BALL_DETECT", "content": "no ball", "metadata": {"title": "No ball", "code": "ARE.3"}}


def test_signal_is_recorded_answered_enriched_and_kept_open() -> None:
    story = Story()
    story.joins("ARO-001-1", D)
    step = story.says({"event": "exception", "data": {"signal": SIGNAL, "cmd": {}}}, "ARO-001-1")
    metadata = {"title": "No ball", "code": "ARE.3", "signalType": "warn"}
    assert step.record == (SignalRaised("ARO-001-1", "ARO-001-1", "ROULETTE_NO_BALL_DETECT", "no ball", metadata),)
    assert step.send[0].message == SignalAnswer("ARO-001-1", "ARO-001", story.clock.utc, metadata)
    (signal,) = story.latest("alarms").signals
    assert (signal.msg_id, signal.type, signal.title, signal.code, signal.count) == (
        *("ROULETTE_NO_BALL_DETECT", "warn", "No ball", "ARE.3"),
        1,
    )
    assert (story.color, story.uptime) == ("amber", 0)


def test_repeated_signal_is_the_same_one_and_an_error() -> None:
    story = Story()
    story.joins("m", D)
    for _ in range(2):
        story.says({"event": "exception", "data": {"signal": SIGNAL}}, "m")
    (signal,) = story.latest("alarms").signals
    assert (signal.id, signal.type, signal.count) == ("ARO-001-1", "error", 2)
    assert story.color == "red"
    story.joins("n", D)
    story.says({"event": "exception", "data": {"signal": SIGNAL}}, "n")
    assert len(story.latest("alarms").signals) == 2


def test_signal_is_resolved_when_its_device_says_that_it_is_up() -> None:
    story = Story()
    story.joins("m", D)
    story.joins("n", D)
    for device in ("m", "n"):
        story.says({"event": "exception", "data": "SENSOR STUCK"}, device)
    step = story.says({"event": "status", "data": {"status": "up"}}, "m")
    assert step.record == (DeviceSaid("m", True, ("ARO-001-1",)),)
    assert [signal.device for signal in story.latest("alarms").signals] == ["n"]
    assert [one.state for one in story.watched(WatchAlarm)] == ["signalled", "signalled", "resolved"]
    assert story.says({"event": "status", "data": {"status": "up"}}, "m").record == ()


def test_signal_in_another_dialect_is_confirmed() -> None:
    story = Story()
    story.joins()
    assert story.says({"event": "exception", "data": "SENSOR STUCK"}).send[0].message == CONFIRMED


def test_signals_are_bounded_and_the_oldest_goes() -> None:
    story = Story()
    story.joins("m", D)
    for index in range(SIGNALS_MAX + 3):
        story.says({"event": "exception", "data": f"SIGNAL {index}"}, "m")
    signals = story.latest("alarms").signals
    assert (len(signals), signals[0].msg_id) == (SIGNALS_MAX, "SIGNAL 3")


def test_device_that_says_it_is_down_is_an_alarm_and_hands_over() -> None:
    story = Story()
    story.joins()
    story.joins("m", D)
    story.joins("n", D)
    step = story.says({"event": "status", "data": {"status": "down"}}, "m")
    assert step.record == (DeviceSaid("m", False),)
    assert [(send.link, send.message) for send in step.send] == [("", CONFIRMED), ("n", ActivateBackup())]
    story.waits(0)
    assert story.open_alarms == ["device.m"]
    again = story.says({"event": "status", "data": {"status": "down"}}, "m")
    assert (again.record, len(again.send)) == ((), 1)
    both = story.says({"event": "status", "data": {"status": "down"}}, "n")
    assert len(both.send) == 1, "the other one is down too: nobody is there to take over"
    story.says({"event": "status", "data": {"status": "up"}}, "m")
    story.waits(0)
    assert story.open_alarms == ["device.n"]


def test_reporters_of_a_to_c_never_get_a_frame_that_they_did_not_ask_for() -> None:
    story = Story()
    for dialect in (A, B, C):
        story.joins(f"r{dialect}", dialect)
    story.joins("m", D)
    story.forget()
    steps = [
        story.says({"event": "status", "data": {"status": "down"}}, "m"),
        story.says({"sdp": "down", "maintenance": False}, "m"),
        story.says({"event": "exception", "data": "X"}, "m"),
        story.leaves("m"),
        *story.waits(3600),
    ]
    story.asks("set_status", fields={"sdp": "up"})
    assert all(send.link == "" for step in steps for send in step.send)
    assert len(story.sent) == 3
    assert not any(isinstance(message, ErrorReply) for message in story.sent)


# ---------------------------------------------------------------------------------------------- shown and carried


def test_watch_feed_tells_each_change_once() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "up", "note": 1})
    story.says({"sdp": "up", "note": 1})
    story.leaves()
    story.waits(60)
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert story.watched(WatchUpdate) == [
        WatchUpdate("ARO-001", {"SDP": ("standby", "up")}, "dealerPC", at, 1, {"note": 1})
    ]
    assert [(one.state, one.stale) for one in story.watched(WatchPresence)] == [
        ("joined", ()),
        ("left", ()),
        ("lost", ("SDP",)),
    ]


def test_everything_is_shown_after_a_restart() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "up"})
    story.restarts()
    assert [show.aspect for show in story.shown] == ["table", "presence", "alarms"]
    assert story.latest("table").fields[0].value == "up"
    assert story.latest("table").timestamp == datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_answer_of_the_outside_and_expiry_do_nothing() -> None:
    story = Story()
    assert story.model.on_answer("x", None, story.clock.now()) == NOTHING
    command = story.asks("set_maintenance", on=True)
    assert story.expires(command) == NOTHING


def test_what_is_no_message_of_a_reporter_is_a_fault_of_ours() -> None:
    story = Story()
    story.joins()
    with pytest.raises(AssertionError):
        story.hears("what", "dealerPC")
