"""Playbooks of the ventilator: refusals and silences first."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from lineside.errors import JournalError
from lineside.runtime.clock import ManualClock
from lineside.runtime.command import Command, CommandAccepted, CommandClass, CommandSent, CommandUnknown
from lineside.runtime.step import NOTHING, OutcomeKind, UnitState
from lineside.ventilator.model import ARDUINO_FAIL, ModelSettings, Packet, Ventilator
from lineside.ventilator.model.alarm_frames import ACK_S_MAX
from lineside.ventilator.model.events import (
    AlarmAcknowledged,
    AlarmLatched,
    BreathingStarted,
    BreathingStopped,
    LineLost,
    LineOpened,
)
from lineside.ventilator.wire import (
    Acknowledge,
    Alarm,
    Data,
    Delivered,
    Nacked,
    Noise,
    NoiseReason,
    Order,
    Other,
    Payload,
    Refuse,
    Undelivered,
    Unusable,
    UnusableReason,
    profile_of,
)
from tests.support.playbook import Playbook

PROFILE = profile_of(0xA0)
IDLE, INHALE = 0, 5
FIELDS = tuple(name for name, _ in PROFILE.sensor_fields)


IDLE_A1 = 1


def sample(fsm_state: int = INHALE, pressure: int = 144, version: int = 0xA0) -> Data:
    values: dict[str, int] = dict.fromkeys(FIELDS, 0)
    values.update(version=version, fsm_state=fsm_state, pressure_buffer=pressure)
    return Data(FIELDS, tuple(values.values()))


class Story(Playbook):
    """A ventilator of version A0, or of another."""

    def __init__(self, version: int = 0xA0, **settings: float) -> None:
        clock = ManualClock()
        self.profile = profile_of(version)
        self.settings = ModelSettings(**settings)  # type: ignore[arg-type]
        super().__init__(self.fresh(clock), clock)
        self.sequence = 0

    def fresh(self, clock: ManualClock) -> Ventilator:
        return Ventilator(self.profile, self.settings, clock.now())

    def samples(self, fsm_state: int = INHALE, count: int = 1) -> None:
        for _ in range(count):
            self.sequence = (self.sequence + 1) % 128
            self.hears(Payload(0x40, self.sequence, sample(fsm_state, version=self.profile.version)))

    def alarm(self, code: int = 1, name: str | None = "APNEA", *, repeated: bool = False) -> None:
        if not repeated:
            self.sequence = (self.sequence + 1) % 128
        self.hears(Payload(0xC0, self.sequence, Alarm(code, name, None, 7), repeated))

    @property
    def names(self) -> list[str]:
        return [a.name for a in self.latest("alarms").alarms]


# ---------------------------------------------------------------------------------------------- refusals and silences


def test_order_is_refused_and_recorded_when_the_line_is_not_open() -> None:
    story = Story()
    command = story.asks("START", param=0)
    assert story.ended[command].kind is OutcomeKind.REFUSED
    assert story.ended[command].code == "not_connected"
    assert story.sent == []


def test_order_is_refused_when_samples_have_gone_stale() -> None:
    story = Story()
    story.opens()
    story.samples()
    story.waits(2.5)
    command = story.asks("STOP", param=0)
    assert story.ended[command].kind is OutcomeKind.REFUSED


@pytest.mark.parametrize("param", [-1, 2**32])
def test_order_is_refused_when_param_does_not_fit_the_wire(param: int) -> None:
    story = Story()
    story.opens()
    story.samples()
    command = story.asks("START", param=param)
    assert story.ended[command].code == "bad_params"
    assert story.sent[-1] == Acknowledge(0x40, 1)


def test_order_of_a_later_version_is_refused_in_a0() -> None:
    story = Story()
    story.opens()
    story.samples()
    command = story.asks("SEND", cmdtype="SET_MODE", cmd="HEV_MODE_PRVC", param=0)
    assert story.ended[command].code == "bad_params"


def test_orders_are_bounded() -> None:
    story = Story()
    story.opens()
    story.samples(IDLE)
    outcomes = [story.ended.get(story.asks("START", param=0)) for _ in range(17)]
    assert outcomes[:16] == [None] * 16
    assert outcomes[16].code == "busy"


def test_alarm_that_is_not_in_the_list_cannot_be_acknowledged() -> None:
    story = Story()
    command = story.asks("ACK_ALARM", alarm="APNEA")
    assert story.ended[command].kind is OutcomeKind.REFUSED
    assert "in it: none" in story.ended[command].text


def test_frame_that_cannot_be_used_is_refused_and_only_counted() -> None:
    story = Story()
    story.opens()
    story.hears(Unusable(0x40, 3, UnusableReason.WRONG_SIZE, None, b"\xa0"))
    assert story.sent == [Refuse(0x40, 3)]
    assert not any(isinstance(e, AlarmLatched) for e in story.recorded)


def test_wrong_version_is_refused_and_latches_arduino_fail_once() -> None:
    story = Story()
    story.opens()
    for sequence in range(3):
        story.hears(Unusable(0x40, sequence, UnusableReason.WRONG_VERSION, 0xAA, b"\xaa" * 26))
    assert story.sent == [Refuse(0x40, s) for s in range(3)]
    assert story.names == [ARDUINO_FAIL]
    story.waits(0.0)
    assert [e.name for e in story.recorded if isinstance(e, AlarmLatched)] == [ARDUINO_FAIL]


def test_noise_is_counted_and_answered_by_silence() -> None:
    story = Story()
    story.opens()
    assert story.hears(Noise(NoiseReason.BAD_CHECKSUM, b"\x7e\x40")) == NOTHING
    story.waits(1.5)
    assert story.model.status.counters.noise == 1  # type: ignore[attr-defined]


def test_silence_makes_the_unit_stale_and_latches_arduino_fail() -> None:
    story = Story()
    story.opens()
    story.samples()
    story.waits(1.9)
    assert story.model.status.state is UnitState.LIVE
    story.waits(0.2)
    assert story.model.status.state is UnitState.STALE
    assert not story.model.status.connected
    assert story.names == [ARDUINO_FAIL]
    assert story.latest("sensors").stale


def test_stale_samples_are_broadcast_with_arduino_fail_or_not_at_all() -> None:
    story = Story()
    story.opens()
    story.samples()
    story.waits(2.1)
    story.forget()
    story.waits(1.0)
    assert [s for s in story.shown if s.aspect == "packet"] == []
    story.asks("ACK_ALARM", alarm=ARDUINO_FAIL)
    story.waits(2.1)  # still silent: it comes back, and a packet with it
    packets = [s.value for s in story.shown if s.aspect == "packet"]
    assert packets
    assert all(ARDUINO_FAIL in p.alarms for p in packets)


def test_nothing_is_latched_during_the_grace_after_a_start() -> None:
    story = Story(start_grace_s=10.0)
    story.opens()
    story.waits(9.9)
    assert story.recorded == [LineOpened("line")]
    story.waits(0.2)
    assert isinstance(story.recorded[-1], AlarmLatched)


def test_unknown_alarm_code_latches_arduino_fail_with_the_code_in_its_text() -> None:
    story = Story()
    story.opens()
    story.alarm(99, None)
    latched = story.recorded[-1]
    assert isinstance(latched, AlarmLatched)
    assert latched.name == ARDUINO_FAIL
    assert "99" in latched.text
    assert isinstance(story.sent[-1], Acknowledge)


# ---------------------------------------------------------------------------------------------- samples and packets


def test_sample_is_acknowledged_and_shown_without_a_record() -> None:
    story = Story()
    story.opens()
    recorded = len(story.recorded)
    story.samples()
    assert story.sent == [Acknowledge(0x40, 1)]
    assert story.latest("samples")[1:] == sample().values
    assert len(story.recorded) == recorded


def test_repeated_sample_is_acknowledged_and_not_shown_twice() -> None:
    story = Story()
    story.opens()
    story.samples()
    story.hears(Payload(0x40, 1, sample(), repeated=True))
    assert story.sent == [Acknowledge(0x40, 1)] * 2
    assert len([s for s in story.shown if s.aspect == "samples"]) == 1


def test_other_payloads_are_acknowledged() -> None:
    story = Story()
    story.opens()
    story.hears(Payload(0x40, 5, Other("DEBUG", ("value_1",), (1,))))
    assert story.sent == [Acknowledge(0x40, 5)]


def test_packets_are_broadcast_each_period_while_samples_arrive() -> None:
    story = Story(period_s=0.2)
    story.opens()
    for _ in range(10):
        story.samples()
        story.waits(0.2)
    packets = [s.value for s in story.shown if s.aspect == "packet"]
    assert 9 <= len(packets) <= 11
    assert packets[-1] == Packet(sample().sensors(), [])


def test_every_sample_is_broadcast_when_the_period_is_zero() -> None:
    story = Story(period_s=0)
    story.opens()
    story.samples(count=7)
    story.waits(1.0)
    assert len([s for s in story.shown if s.aspect == "packet"]) == 7


def test_alarm_before_the_first_sample_is_broadcast_alone() -> None:
    story = Story()
    story.opens()
    story.alarm()
    assert story.latest("packet") == Packet(None, ["APNEA"])


# ---------------------------------------------------------------------------------------------- alarms


def test_new_alarm_is_shown_before_it_is_recorded_and_acknowledged_after() -> None:
    story = Story()
    story.opens()
    story.samples()
    frame = Payload(0xC0, 9, Alarm(1, "APNEA", None, 7))
    step = story.model.on_message("line", frame, story.clock.now())
    assert [show.aspect for show in step.show_now] == ["alarms", "packet"]
    assert not step.show_now[0].value.alarms[0].recorded
    assert isinstance(step.record[0], AlarmLatched)
    assert [send.message for send in step.send] == [Acknowledge(0xC0, 9)]


def test_alarms_stand_oldest_first_and_no_name_twice() -> None:
    story = Story()
    story.opens()
    story.alarm(7, "HIGH_PRESSURE")
    story.alarm(1, "APNEA")
    story.alarm(7, "HIGH_PRESSURE")
    assert story.names == ["HIGH_PRESSURE", "APNEA"]
    assert [a.count for a in story.latest("alarms").alarms] == [2, 1]
    assert all(a.recorded for a in story.latest("alarms").alarms)


def test_repetition_of_a_latched_alarm_is_acknowledged_without_a_record() -> None:
    story = Story()
    story.opens()
    story.alarm()
    recorded = len(story.recorded)
    story.alarm()
    assert len(story.recorded) == recorded
    assert len([m for m in story.sent if isinstance(m, Acknowledge)]) == 2


def test_acknowledged_alarm_leaves_the_list_and_latches_again_when_it_comes_again() -> None:
    story = Story()
    story.opens()
    story.alarm()
    command = story.asks("ACK_ALARM", alarm="APNEA")
    assert story.ended[command].kind is OutcomeKind.DONE
    assert story.names == []
    assert AlarmAcknowledged("APNEA", "operator anna") in story.recorded
    story.alarm()
    assert story.names == ["APNEA"]


def test_retransmitted_frame_of_an_acknowledged_alarm_does_not_latch_again() -> None:
    """Our ACK was lost and somebody took the alarm off the list before the controller repeated the frame."""
    story = Story()
    story.opens()
    story.alarm()
    story.asks("ACK_ALARM", alarm="APNEA")
    story.alarm(repeated=True)
    assert story.names == []
    assert story.sent[-1] == Acknowledge(0xC0, story.sequence)


def test_alarm_is_shown_and_not_acknowledged_when_the_journal_cannot_write() -> None:
    story = Story()
    story.opens()
    story.samples()
    story.forget()
    story.writable = False
    story.alarm()
    assert story.sent == []
    assert [(a.name, a.recorded) for a in story.latest("alarms").alarms] == [("APNEA", False)]
    assert story.latest("packet").alarms == ["APNEA"]


def test_samples_are_acknowledged_and_shown_when_the_journal_cannot_write() -> None:
    story = Story()
    story.opens()
    story.writable = False
    story.samples(count=3)
    assert len(story.sent) == 3
    assert len([s for s in story.shown if s.aspect == "samples"]) == 3


def test_alarm_that_was_not_recorded_is_recorded_when_there_is_room_again() -> None:
    story = Story()
    story.opens()
    story.writable = False
    story.alarm()
    story.waits(3.0)
    story.writable = True
    story.waits(1.0)
    assert [e.name for e in story.recorded if isinstance(e, AlarmLatched)] == ["APNEA"]
    assert [(a.name, a.recorded) for a in story.latest("alarms").alarms] == [("APNEA", True)]


def test_repeated_frame_whose_record_failed_is_decided_again() -> None:
    """The wire marks it repeated, and nothing of it is on disk: it may not pass for settled."""
    story = Story()
    story.opens()
    story.writable = False
    story.alarm()
    story.writable = True
    story.alarm(repeated=True)
    assert [e.name for e in story.recorded if isinstance(e, AlarmLatched)] == ["APNEA"]
    assert story.sent == [Acknowledge(0xC0, story.sequence)]


def test_number_of_a_settled_frame_settles_no_other_alarm() -> None:
    """The controller discarded a frame whose ACK was lost and sent another alarm under its number."""
    story = Story()
    story.opens()
    story.alarm(7, "HIGH_PRESSURE")
    story.writable = False
    story.forget()
    story.alarm(1, "APNEA", repeated=True)
    assert story.sent == []


def test_unrecorded_alarm_is_recorded_with_its_acknowledgement() -> None:
    story = Story()
    story.opens()
    story.writable = False
    story.alarm()
    story.writable = True
    story.asks("ACK_ALARM", alarm="APNEA")
    kinds = [type(e) for e in story.recorded if isinstance(e, AlarmLatched | AlarmAcknowledged)]
    assert kinds == [AlarmLatched, AlarmAcknowledged]
    assert story.names == []


# ---------------------------------------------------------------------------------------------- orders


def test_start_is_done_when_a_sample_after_it_shows_breathing() -> None:
    story = Story()
    story.opens()
    story.samples(IDLE)
    story.clock.advance(0.1)
    command = story.asks("START", param=3)
    assert story.sent[-1] == Order(command, "GENERAL", "START", 3)
    story.waits(0.1)
    assert command not in story.ended
    story.samples(INHALE)
    story.waits(0.0)
    assert story.ended[command].kind is OutcomeKind.DONE
    assert story.ended[command].evidence["fsm_name"] == "INHALE"


def test_controllers_acknowledge_is_no_proof_of_start() -> None:
    story = Story()
    story.opens()
    story.samples(IDLE)
    command = story.asks("START", param=0)
    story.hears(Delivered(Order(command, "GENERAL", "START", 0)))
    story.clock.advance(0.1)
    story.samples(IDLE)
    story.waits(0.1)
    assert command not in story.ended


def test_sample_from_before_the_order_proves_nothing() -> None:
    story = Story()
    story.opens()
    story.samples(INHALE)
    command = story.asks("START", param=0)
    story.waits(0.1)
    assert command not in story.ended


def test_stop_is_refused_at_its_expiry_when_fresh_samples_still_show_breathing() -> None:
    story = Story()
    story.opens()
    story.samples(INHALE)
    command = story.asks("STOP", param=0)
    for _ in range(15):
        story.waits(1.0)
        story.samples(INHALE)
    story.expires(command)
    assert story.ended[command].kind is OutcomeKind.REFUSED
    assert story.ended[command].code == "not_in_effect"


def test_order_becomes_unknown_in_silence_and_evidence_ends_it() -> None:
    story = Story()
    story.opens()
    story.samples(IDLE)
    command = story.asks("START", param=0)
    story.hears(Undelivered(Order(command, "GENERAL", "START", 0), 20, "no ACK"))
    assert CommandUnknown(command, "an order was not acknowledged in 20 attempts: no ACK") in story.recorded
    assert story.names == [ARDUINO_FAIL]
    story.waits(1.0)
    story.samples(INHALE)
    story.waits(0.0)
    assert story.ended[command].kind is OutcomeKind.DONE


def test_order_that_never_left_is_refused() -> None:
    story = Story()
    story.opens()
    story.samples(IDLE)
    command = story.asks("START", param=0)
    story.hears(Undelivered(Order(command, "GENERAL", "START", 0), 0, "the queue is full"))
    assert story.ended[command].code == "busy"


def test_unknown_order_is_refused_by_a_sample_of_the_other_state_after_its_expiry() -> None:
    """Before it, the ACKs alone may have been lost: a STOP takes effect at the end of the breath."""
    story = Story()
    story.opens()
    story.samples(IDLE)
    command = story.asks("START", param=0)
    story.hears(Undelivered(Order(command, "GENERAL", "START", 0), 20, "no ACK"))
    for _ in range(14):
        story.waits(1.0)
        story.samples(IDLE)
    story.waits(0.0)
    assert command not in story.ended
    story.waits(1.0)
    story.samples(IDLE)
    story.waits(0.0)
    assert story.ended[command].kind is OutcomeKind.REFUSED


def test_expiry_in_silence_is_no_evidence() -> None:
    story = Story()
    story.opens()
    story.samples(IDLE)
    command = story.asks("START", param=0)
    story.waits(16.0)
    assert story.expires(command) == NOTHING
    assert command not in story.ended


def test_breathing_is_recorded_when_it_begins_and_when_it_ends() -> None:
    story = Story()
    story.opens()
    for state in (IDLE, INHALE, 8, INHALE, IDLE):
        story.samples(state)
        story.waits(0.1)
    kinds = [type(e) for e in story.recorded if isinstance(e, BreathingStarted | BreathingStopped)]
    assert kinds == [BreathingStarted, BreathingStopped]


# ---------------------------------------------------------------------------------------------- line and lasting state


def test_line_that_is_lost_is_told_once_and_its_attempts_are_not_recorded() -> None:
    story = Story()
    story.opens()
    story.closes("unplugged")
    story.closes("no such device")
    assert [e for e in story.recorded if isinstance(e, LineLost)] == [LineLost("unplugged")]
    assert story.model.status.state is UnitState.AWAY
    assert story.model.status.reason == "no such device"


def test_line_recovers_by_itself() -> None:
    story = Story()
    story.opens()
    story.samples()
    story.closes("unplugged")
    story.opens()
    assert story.model.status.state is UnitState.WAITING
    story.samples()
    assert story.model.status.state is UnitState.LIVE
    assert story.model.status.connected


def test_replay_rebuilds_alarms_and_open_orders() -> None:
    story = Story()
    story.opens()
    story.samples(IDLE)
    story.alarm(7, "HIGH_PRESSURE")
    story.alarm(1, "APNEA")
    story.asks("ACK_ALARM", alarm="HIGH_PRESSURE")
    command = story.asks("START", param=0)
    replayed = story.replayed_by(lambda: story.fresh(story.clock))
    assert msgspec.to_builtins(replayed.carry()) == msgspec.to_builtins(story.model.carry())
    replayed.on_open("line", story.clock.now())
    story.clock.advance(1.0)
    replayed.on_live("line", Payload(0x40, 1, sample(INHALE)), story.clock.now())
    step = replayed.on_time(story.clock.now())
    assert [end.command_id for end in step.end] == [command]


def test_carried_state_is_the_state() -> None:
    story = Story()
    story.opens()
    story.samples(INHALE)
    story.waits(0.0)
    story.alarm(7, "HIGH_PRESSURE")
    fresh = story.fresh(story.clock)
    fresh.restore(msgspec.json.decode(msgspec.json.encode(story.model.carry())), [])
    assert fresh.carry() == story.model.carry()
    assert [show.aspect for show in fresh.on_applied((), story.clock.now())] == ["profile", "alarms"]


def test_nothing_lasting_changes_when_a_record_is_refused() -> None:
    story = Story()
    story.opens()
    before = story.model.carry()
    story.writable = False
    story.alarm()
    story.asks("ACK_ALARM", alarm="APNEA")
    assert story.model.carry() == before
    assert story.model.on_refused(NOTHING, JournalError("x"), story.clock.now()) == NOTHING


def test_expiry_counts_from_the_acceptance() -> None:
    story = Story()
    story.opens()
    story.samples(IDLE)
    command = story.asks("START", param=0, expires_s=15)
    accepted = next(e for e in story.recorded if isinstance(e, CommandAccepted))
    assert accepted.command.expires_at == story.clock.utc + timedelta(seconds=15)
    assert CommandSent(command) in story.recorded


# ---------------------------------------------------------------------------------------------- silence, once more


def test_line_that_opens_again_and_again_does_not_put_off_arduino_fail() -> None:
    story = Story(start_grace_s=10.0)
    story.opens()
    story.samples()
    for _ in range(3):
        story.closes("unplugged")
        story.opens()
        story.waits(0.8)
    assert story.names == [ARDUINO_FAIL]
    assert story.model.status.state is UnitState.STALE


def test_lost_line_makes_samples_stale_at_once_also_when_the_journal_cannot_write() -> None:
    story = Story()
    story.opens()
    story.samples()
    story.writable = False
    story.closes("unplugged")
    assert story.latest("sensors").stale
    assert story.model.status.state is UnitState.AWAY


def test_packets_keep_their_period_while_an_alarm_waits_for_room_on_the_disk() -> None:
    story = Story(period_s=0.2)
    story.opens()
    story.samples()
    story.writable = False
    story.alarm()
    story.forget()
    for _ in range(20):
        story.samples()
        story.waits(0.1)
    packets = [s.value for s in story.shown if s.aspect == "packet"]
    assert 9 <= len(packets) <= 11
    assert all(packet.alarms == ["APNEA"] for packet in packets)


def test_silence_is_shown_while_the_journal_cannot_write() -> None:
    story = Story()
    story.opens()
    story.samples()
    story.writable = False
    story.waits(2.1)
    assert story.model.status.state is UnitState.STALE
    assert [(a.name, a.recorded) for a in story.latest("alarms").alarms] == [(ARDUINO_FAIL, False)]
    assert story.latest("packet").alarms == [ARDUINO_FAIL]


def test_alarm_of_the_silence_is_recorded_once_when_there_is_room_again() -> None:
    story = Story()
    story.opens()
    story.samples()
    story.writable = False
    story.waits(7.0)
    story.writable = True
    story.waits(5.0)
    assert [e.name for e in story.recorded if isinstance(e, AlarmLatched)] == [ARDUINO_FAIL]


def test_packets_do_not_drift() -> None:
    story = Story(period_s=0.2, stale_s=60)
    story.opens()
    story.samples()
    story.forget()
    began = story.clock.mono
    for _ in range(100):  # a loop that is late by 30 ms each time
        story.clock.advance(story.model.live_deadline() - story.clock.mono + 0.03)  # type: ignore[attr-defined]
        story.waits(0.0)
    packets = [s for s in story.shown if s.aspect == "packet"]
    assert len(packets) == pytest.approx((story.clock.mono - began) / 0.2, abs=2)


def test_packets_that_were_missed_are_not_made_up_for() -> None:
    story = Story(period_s=0.2, stale_s=60)
    story.opens()
    story.samples()
    story.forget()
    story.clock.advance(30.0)  # the machine slept
    story.waits(0.0)
    assert len([s for s in story.shown if s.aspect == "packet"]) == 1


# ---------------------------------------------------------------------------------------------- alarms, once more


def test_frames_of_an_alarm_whose_record_is_on_its_way_wait_for_it_in_the_controller() -> None:
    """The disk hangs and the controller repeats: the mailbox must not fill with one alarm."""
    story = Story()
    story.opens()
    now = story.clock.now()
    first = Payload(0xC0, 1, Alarm(1, "APNEA", None, 7))
    assert story.model.on_live("line", first, now) is None
    for again in (Payload(0xC0, 1, first.content, True), Payload(0xC0, 2, first.content)):
        assert story.model.on_live("line", again, now) == NOTHING
    other = Payload(0xC0, 3, Alarm(7, "HIGH_PRESSURE", None, 7))
    assert story.model.on_live("line", other, now) is None
    story._perform(story.model.on_message("line", first, now))
    assert story.sent == [Acknowledge(0xC0, 1)]
    story.hears(Payload(0xC0, 2, first.content, True))
    assert story.sent[-1] == Acknowledge(0xC0, 2)


def test_acknowledge_of_an_alarm_is_not_sent_when_its_number_may_be_in_use_again() -> None:
    """Found by weather: the disk hung, and the late ACK confirmed another alarm that had the same number by then."""
    story = Story()
    story.opens()
    frame = Payload(0xC0, 1, Alarm(1, "APNEA", None, 7))
    came = story.clock.mono
    assert story.model.on_live("line", frame, story.clock.now()) is None
    story.clock.advance(5.0)  # it waited in the mailbox
    step = story.model.on_message("line", frame, story.clock.now())
    assert [send.not_after for send in step.send] == [came + ACK_S_MAX]


def test_alarm_that_was_recorded_while_its_frame_waited_is_acknowledged_when_it_is_repeated() -> None:
    story = Story()
    story.opens()
    now = story.clock.now()
    frame = Payload(0xC0, 1, Alarm(99, None, None, 7))
    assert story.model.on_live("line", frame, now) is None
    story.hears(Unusable(0x40, 3, UnusableReason.WRONG_VERSION, 0xAA, b"\xaa" * 26))
    story.waits(0.0)
    story.forget()
    assert story.model.on_message("line", frame, now) == NOTHING
    story.hears(Payload(0xC0, 1, frame.content, True))
    assert story.sent == [Acknowledge(0xC0, 1)]
    assert len([e for e in story.recorded if isinstance(e, AlarmLatched)]) == 1


def test_same_frame_over_again_is_not_the_alarm_over_again() -> None:
    story = Story()
    story.opens()
    story.writable = False
    story.alarm()
    story.alarm(repeated=True)
    story.writable = True
    story.alarm(repeated=True)
    story.alarm(repeated=True)
    assert [a.count for a in story.latest("alarms").alarms] == [1]
    story.alarm()
    assert [a.count for a in story.latest("alarms").alarms] == [2]
    story.waits(1.0)
    counters = story.model.status.counters  # type: ignore[attr-defined]
    assert (counters.alarms, counters.repeated) == (2, 3)


def test_alarms_are_recorded_in_the_order_in_which_they_appeared() -> None:
    story = Story()
    story.opens()
    story.writable = False
    story.alarm(7, "HIGH_PRESSURE")
    story.alarm(1, "APNEA")
    story.writable = True
    story.alarm(1, "APNEA", repeated=True)  # its frame comes again before the first one's
    assert [e.name for e in story.recorded if isinstance(e, AlarmLatched)] == ["HIGH_PRESSURE", "APNEA"]
    assert story.names == ["HIGH_PRESSURE", "APNEA"]


def test_settled_frame_is_remembered_while_another_alarm_is_recorded() -> None:
    story = Story()
    story.opens()
    story.alarm()
    story.asks("ACK_ALARM", alarm="APNEA")
    story.hears(Unusable(0x40, 3, UnusableReason.WRONG_VERSION, 0xAA, b"\xaa" * 26))
    story.waits(0.0)
    story.alarm(repeated=True)
    assert story.names == [ARDUINO_FAIL]


def test_wrong_version_is_refused_at_once_when_the_journal_cannot_write() -> None:
    story = Story()
    story.opens()
    story.writable = False
    story.hears(Unusable(0x40, 3, UnusableReason.WRONG_VERSION, 0xAA, b"\xaa" * 26))
    assert story.sent == [Refuse(0x40, 3)]
    alarm = story.latest("alarms").alarms[0]
    assert (alarm.name, alarm.recorded, alarm.text) == (ARDUINO_FAIL, False, "it sends version AA, A0 is expected")


def test_unacknowledged_order_latches_arduino_fail_also_when_nobody_waits_for_it_any_more() -> None:
    story = Story()
    story.opens()
    story.hears(Undelivered(Order("gone", "GENERAL", "START", 0), 20, "no ACK"))
    assert story.names == [ARDUINO_FAIL]


# ---------------------------------------------------------------------------------------------- orders, once more


def command_of(story: Story, command_id: str) -> Command:
    return next(e.command for e in story.recorded if isinstance(e, CommandAccepted) and e.command.id == command_id)


def test_order_that_took_effect_is_done_at_its_expiry_too() -> None:
    story = Story()
    story.opens()
    story.samples(IDLE)
    command = story.asks("START", param=0)
    story.clock.advance(0.1)
    story.samples(INHALE)  # its evidence waits for its turn when the time is over
    story.expires(command)
    assert story.ended[command].kind is OutcomeKind.DONE


def test_sample_from_before_the_order_is_no_evidence_at_its_expiry_either() -> None:
    story = Story()
    story.opens()
    story.samples(IDLE)
    command = story.asks("START", param=0, expires_s=0.5)
    story.clock.advance(0.5)
    assert story.expires(command) == NOTHING


def test_sample_while_the_order_was_being_recorded_is_no_evidence() -> None:
    """The disk takes a second; the order leaves after it."""
    story = Story()
    story.opens()
    story.samples(INHALE)
    now = story.clock.now()
    expires_at = now.utc + timedelta(seconds=15)
    command = Command("c9", "ward/1", "STOP", {"param": 0}, "anna", "", CommandClass.LIVE, expires_at)
    assert story.model.on_command(command, now).sent == ("c9",)
    story.clock.advance(0.5)
    story.samples(IDLE)
    story.clock.advance(0.5)
    events = (CommandAccepted(command), CommandSent("c9"))
    for event in events:
        story.model.apply(event, now.utc)
    story.model.on_applied(events, story.clock.now())
    story.waits(0.0)
    assert "c9" not in story.ended
    story.clock.advance(0.1)
    story.samples(IDLE)
    story.waits(0.0)
    assert story.ended["c9"].kind is OutcomeKind.DONE


def test_first_sample_after_a_restart_is_evidence_also_when_the_clock_is_behind() -> None:
    story = Story()
    story.opens()
    story.samples(IDLE)
    command = story.asks("START", param=0)
    replayed = story.replayed_by(lambda: story.fresh(story.clock))
    story.clock.step_utc(-86400 * 365)
    replayed.on_open("line", story.clock.now())
    replayed.on_live("line", Payload(0x40, 1, sample(INHALE)), story.clock.now())
    step = replayed.on_time(story.clock.now())
    assert [end.command_id for end in step.end] == [command]


def test_orders_whose_end_nobody_knows_keep_no_place_from_start_and_stop() -> None:
    story = Story(version=0xA1)
    story.opens()
    story.samples(INHALE)
    for _ in range(40):
        command = story.asks("SEND", cmdtype="SET_MODE", cmd="HEV_MODE_PRVC", param=0)
        story.hears(Undelivered(Order(command, "SET_MODE", "HEV_MODE_PRVC", 0), 20, "no ACK"))
    stop = story.asks("STOP", param=0)
    story.clock.advance(0.1)
    story.samples(IDLE_A1)
    story.waits(0.0)
    assert story.ended[stop].kind is OutcomeKind.DONE


def test_order_that_came_through_send_needs_the_same_proof() -> None:
    story = Story()
    story.opens()
    story.samples(IDLE)
    command = story.asks("SEND", cmdtype="GENERAL", cmd="START", param=0)
    story.hears(Delivered(Order(command, "GENERAL", "START", 0)))
    assert command not in story.ended
    story.clock.advance(0.1)
    story.samples(INHALE)
    story.waits(0.0)
    assert story.ended[command].kind is OutcomeKind.DONE


def test_order_without_a_proof_is_done_when_its_frame_was_acknowledged() -> None:
    story = Story(version=0xA1)
    story.opens()
    story.samples(INHALE)
    command = story.asks("SEND", cmdtype="SET_MODE", cmd="HEV_MODE_PRVC", param=0)
    story.clock.advance(0.1)
    story.samples(INHALE)
    assert story.model.on_expiry(command_of(story, command), story.clock.now()) == NOTHING
    story.hears(Delivered(Order(command, "SET_MODE", "HEV_MODE_PRVC", 0)))
    assert story.ended[command].kind is OutcomeKind.DONE


def test_messages_that_mean_nothing_here_are_passed_over() -> None:
    story = Story()
    story.opens()
    assert story.hears(Nacked(0x80, 1)) == NOTHING
    assert story.hears(Delivered(Order("never asked", "GENERAL", "START", 0))) == NOTHING
    assert story.model.on_answer("a1", 42, story.clock.now()) == NOTHING
