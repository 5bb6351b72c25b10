from __future__ import annotations

from lineside.ventilator.model.alarm_frames import ACK_S_MAX, AlarmFrames
from lineside.ventilator.model.alarms import ARDUINO_FAIL
from lineside.ventilator.wire import Alarm, Payload

APNEA = Alarm(1, "APNEA", None, 7)
UNKNOWN = Alarm(99, None, None)


def frame(alarm: Alarm, sequence: int = 5, *, repeated: bool = True) -> Payload:
    return Payload(0xC0, sequence, alarm, repeated)


def test_frame_is_settled_by_the_record_of_its_alarm() -> None:
    frames = AlarmFrames()
    frames.decide(frame(APNEA), APNEA, 0.0)
    assert not frames.is_settled(frame(APNEA), APNEA)
    frames.recorded("LOW_PEEP")
    assert not frames.is_settled(frame(APNEA), APNEA)
    frames.recorded("APNEA")
    assert frames.is_settled(frame(APNEA), APNEA)


def test_frame_of_an_unknown_code_is_settled_by_arduino_fail() -> None:
    frames = AlarmFrames()
    frames.decide(frame(UNKNOWN), UNKNOWN, 0.0)
    frames.recorded(ARDUINO_FAIL)
    assert frames.is_settled(frame(UNKNOWN), UNKNOWN)


def test_another_number_or_content_or_a_first_sending_is_not_the_settled_frame() -> None:
    frames = AlarmFrames()
    frames.settle(frame(APNEA), APNEA)
    assert frames.is_settled(frame(APNEA), APNEA)
    assert not frames.is_settled(frame(APNEA, 6), APNEA)
    assert not frames.is_settled(frame(UNKNOWN), UNKNOWN)
    assert not frames.is_settled(frame(APNEA, repeated=False), APNEA)


def test_first_frame_of_an_alarm_begins_and_the_others_wait_for_its_record() -> None:
    frames = AlarmFrames()
    assert frames.begin("APNEA", 0.0)
    assert not frames.begin("APNEA", 0.0)
    assert frames.begin("LOW_PEEP", 0.0)
    frames.recorded("APNEA")
    assert frames.begin("APNEA", 0.0)


def test_refused_alarm_may_begin_again_and_settles_nothing() -> None:
    frames = AlarmFrames()
    frames.begin("APNEA", 0.0)
    frames.decide(frame(APNEA), APNEA, 0.0)
    frames.refused(["APNEA"])
    assert frames.begin("APNEA", 0.0)
    frames.recorded("APNEA")
    assert not frames.is_settled(frame(APNEA), APNEA)


def test_acknowledge_may_leave_until_its_number_is_used_again() -> None:
    frames = AlarmFrames()
    assert frames.decide(frame(APNEA), APNEA, 7.0) == 7.0 + ACK_S_MAX
    frames.begin("APNEA", 7.0)
    frames.begin("APNEA", 8.0)
    assert frames.decide(frame(APNEA), APNEA, 9.0) == 7.0 + ACK_S_MAX
    frames_at_full_rate = 349 * ACK_S_MAX
    assert frames_at_full_rate < 128
