"""The turns of a line, each rule as a played scene."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from lineside.slots.line import (
    AckSent,
    Cancel,
    ExceptionHeard,
    FailReason,
    LineTiming,
    LinkMoved,
    LinkState,
    PollDone,
    PollFailed,
    Priority,
    Profile,
    Release,
    TimingMeasured,
    Tune,
)
from lineside.slots.wire import with_crc
from tests.slots.line.played import Line, ScriptedMachine, Told, flipped, lost, torn

GENERAL = b"\x81"
NOBODY = b"\x80"


def gaps(line: Line, head: bytes) -> list[float]:
    """Seconds between the sendings to one address."""
    at = [sent.at for sent in line.sent if sent.data[0] & 0x7F == head[0] & 0x7F]
    return [later - earlier for earlier, later in pairwise(at)]


# ------------------------------------------------------------------------------------------------- general polls


def test_general_polls_alternate_with_80_and_keep_the_period() -> None:
    line = Line([ScriptedMachine()])
    line.run(2.0)
    assert line.data()[:5] == [GENERAL, NOBODY, GENERAL, NOBODY, GENERAL]
    assert all(0.2 <= gap < 0.201 for gap in gaps(line, GENERAL))
    assert line.moves() == ["waiting", "up"]


def test_80_leaves_20_ms_before_the_poll_that_it_makes_new() -> None:
    line = Line([ScriptedMachine()])
    line.run(1.0)
    pairs = pairwise(line.sent)
    waits = [later.at - earlier.at for earlier, later in pairs if earlier.data == NOBODY]
    assert all(wait == pytest.approx(0.0206, abs=0.0001) for wait in waits)


def test_tune_makes_a_machine_fast_and_never_faster_than_that() -> None:
    line = Line([ScriptedMachine()])
    line.run(0.5)
    line.host.order(1, Tune(poll_ms=40), line.now)
    line.sent.clear()
    line.run(2.0)
    assert all(gap >= 0.04 for gap in gaps(line, GENERAL))
    assert len([data for data in line.data() if data == GENERAL]) >= 45


def test_an_exception_is_acknowledged_after_its_record_and_polled_on_after_the_second() -> None:
    machine = ScriptedMachine()
    line = Line([machine], releases_by_itself=False)
    machine.queue = [0x11, 0x12]
    line.run(3.0)
    assert line.data() == [GENERAL]  # nothing at all while the record is awaited
    assert line.of(ExceptionHeard) == [ExceptionHeard(1, 0x11, None, 1)]
    line.release()
    line.run(3.0)
    assert line.data() == [GENERAL, NOBODY]
    assert line.of(AckSent) == [AckSent(1, 1)]
    assert machine.popped == [0x11]
    line.host.order(1, Release(), line.now)
    line.run(1.0)
    assert line.data() == [GENERAL, NOBODY, GENERAL]
    assert line.of(ExceptionHeard)[-1] == ExceptionHeard(1, 0x12, None, 2)


def test_two_equal_exceptions_are_two() -> None:
    machine = ScriptedMachine()
    machine.queue = [0x4F, 0x4F, 0x4F]
    line = Line([machine])
    line.run(3.0)
    assert [event.code for event in line.of(ExceptionHeard)] == [0x4F] * 3  # type: ignore[union-attr]
    assert machine.popped == [0x4F] * 3


def test_a_release_too_many_means_nothing() -> None:
    machine = ScriptedMachine()
    line = Line([machine], releases_by_itself=False)
    for _ in range(5):
        line.release()
    machine.queue = [0x11]
    line.run(1.0)
    assert line.data() == [GENERAL]


@pytest.mark.parametrize("fault", [lost, torn, flipped])
def test_a_lost_or_torn_answer_is_asked_for_again_and_nothing_between(fault: Callable[[bytes], bytes]) -> None:
    machine = ScriptedMachine()
    machine.queue = [0x11]
    machine.faults = [fault, fault, fault, fault]
    line = Line([machine])
    line.run_until(lambda: machine.popped)
    assert line.data() == [GENERAL] * 5 + [NOBODY]
    assert line.journal[0] == ("heard", 1, 0x11)
    assert len(line.of(ExceptionHeard)) == 1


def test_a_silent_machine_is_down_after_5_s_with_a_reason_and_synchronised_by_80_only_then() -> None:
    machine = ScriptedMachine()
    line = Line([machine])
    line.run(1.0)
    machine.is_on = False
    line.sent.clear()
    line.run_until(lambda: "failing" in line.moves())
    line.run_until(lambda: "down" in line.moves())
    assert set(line.data()[1:]) == {GENERAL}  # after the pair that was under way: no 80 before the link is down
    first = next(sent.at for sent in line.sent if sent.data == GENERAL)
    assert 4.9 < line.now - first < 5.4
    moved = line.of(LinkMoved)[-1]
    assert isinstance(moved, LinkMoved)
    assert "switched off" in moved.reason
    machine.is_on = True
    machine.restart()
    line.run(1.0)
    assert line.moves()[-1] == "up"


def test_a_machine_that_was_never_heard_is_described_for_a_technician() -> None:
    machine = ScriptedMachine()
    machine.is_on = False
    line = Line([machine])
    line.run(6.0)
    assert line.moves() == ["waiting", "down"]
    assert "address 1" in line.of(LinkMoved)[-1].reason  # type: ignore[union-attr]


def test_a_chirping_machine_is_said_to_hear_nothing() -> None:
    machine = ScriptedMachine()
    line = Line([machine])
    line.run(1.0)
    machine.is_on = False
    for _ in range(26):
        line.run(0.25)
        line.host.receive(b"\x01", frozenset((0,)), line.now)
    assert line.moves()[-1] == "down"
    assert "hears no poll" in line.of(LinkMoved)[-1].reason  # type: ignore[union-attr]


def test_a_machine_with_another_address_is_named() -> None:
    machine = ScriptedMachine()
    machine.is_on = False
    line = Line([machine])
    for _ in range(26):
        line.run(0.25)
        line.host.receive(b"\x02", frozenset((0,)), line.now)
    assert "and 2 is heard" in line.of(LinkMoved)[-1].reason  # type: ignore[union-attr]


def test_an_answer_of_another_machine_is_no_answer() -> None:
    machine = ScriptedMachine()
    line = Line([machine])
    line.run(0.1)
    machine.answers[0x1A] = b""
    machine.hear = lambda m: Told(with_crc(b"\x02\x1a\x00\x01\x66\x60")) if m[0] == 1 else None  # type: ignore
    line.want(0x1A)
    line.run(1.0)
    failed = line.of(PollFailed)[0]
    assert isinstance(failed, PollFailed)
    assert (failed.reason, failed.text) == ("bad_answer", "address 2 answered")


# ------------------------------------------------------------------------------------------------- long polls


def test_one_long_poll_goes_between_two_general_polls() -> None:
    line = Line([ScriptedMachine()])
    line.run(0.1)
    line.want(0x1A)
    line.want(0x18)
    line.run(1.0)
    assert line.data()[:5] == [GENERAL, b"\x01\x1a", GENERAL, b"\x01\x18", GENERAL]
    done = line.of(PollDone)
    assert [event.tag for event in done] == ["1a", "18"]  # type: ignore[union-attr]
    assert done[0].answer.value == 16_660  # type: ignore[union-attr]


def test_urgent_polls_follow_each_other_and_an_equal_command_has_an_80_before_it() -> None:
    line = Line([ScriptedMachine()])
    line.run(0.1)
    for tag in "abcd":
        line.want(0x1A, tag, priority=Priority.URGENT)
    line.run(1.5)
    poll = b"\x01\x1a"
    assert line.data()[:7] == [GENERAL, poll, NOBODY, poll, NOBODY, poll, GENERAL]
    assert [tag for tag, _ in line.ends()] == list("abcd")


def test_priorities_go_first_and_keep_their_order() -> None:
    line = Line([ScriptedMachine()])
    line.run(0.1)
    line.want(0x1A, "meters", priority=Priority.BACKGROUND)
    line.want(0x18, "first")
    line.want(0x18, "second")
    line.want(0x02, "person", priority=Priority.URGENT)
    line.run(3.0)
    assert line.ends() == [("person", "done"), ("first", "done"), ("second", "done"), ("meters", "done")]


def test_an_unknown_poll_is_sent_3_times_back_to_back_then_80_and_the_machine_stays_up() -> None:
    machine = ScriptedMachine()
    line = Line([machine])
    line.run(0.1)
    line.sent.clear()
    line.want(0x6E, "odd", b"")
    line.run(1.5)
    sent = line.data()[0]
    assert line.data()[:5] == [sent, sent, sent, NOBODY, GENERAL]
    assert line.ends() == [("odd", "silence")]
    assert line.of(PollFailed)[0].sends == 3  # type: ignore[union-attr]
    assert line.moves() == ["waiting", "up"]


def test_a_poll_ordered_once_leaves_once() -> None:
    machine = ScriptedMachine()
    line = Line([machine])
    line.run(0.1)
    machine.faults = [lost]
    line.want(0x1A, "money", once=True)
    line.run(1.0)
    assert line.data().count(b"\x01\x1a") == 1
    assert line.ends() == [("money", "silence")]


def test_a_lost_answer_is_repeated_and_the_command_not_executed_twice() -> None:
    machine = ScriptedMachine()
    line = Line([machine])
    line.run(0.1)
    machine.faults = [lost, torn]
    line.want(0x1A)
    line.run(1.0)
    assert machine.executed == [0x1A]
    assert line.of(PollDone)[0].sends == 3  # type: ignore[union-attr]


def test_acks_nacks_and_busy_end_or_delay_a_poll() -> None:
    machine = ScriptedMachine()
    line = Line([machine])
    line.run(0.1)
    line.want(0x02, "enable")
    line.run(0.5)
    machine.faults = [lambda _: b"\x81"]
    line.want(0x01, "refused once")
    line.run(1.0)
    nack: Callable[[bytes], bytes] = lambda _: b"\x81"  # noqa: E731
    machine.faults = [nack, None, nack]
    line.run(0.15)
    line.want(0x03, "refused twice")
    machine.faults = [None, nack, None, nack]
    line.run(1.5)
    busy: Callable[[bytes], bytes] = lambda _: b"\x01\x00"  # noqa: E731
    line.want(0x1A, "later")
    machine.faults = [busy]
    line.run(2.0)
    assert [end for end in line.ends() if end[0] == "enable"] == [("enable", "done")]
    assert ("refused once", "done") in line.ends()
    assert ("later", "done") in line.ends()
    assert line.moves() == ["waiting", "up"]


def test_a_machine_that_stays_busy_is_given_up_after_its_limit() -> None:
    machine = ScriptedMachine()
    machine.answers[0x1A] = b""
    line = Line([machine], timing=LineTiming(busy_max=3, busy_s=0.1))
    line.run(0.1)
    machine.hear_before, machine.hear = machine.hear, lambda m: Told(b"\x01\x00" if m[0] == 1 else b"\x00")  # type: ignore
    line.want(0x1A)
    line.run(5.0)
    assert line.ends() == [("1a", "busy")]


def test_a_full_queue_refuses_and_a_cancelled_poll_never_leaves() -> None:
    line = Line([ScriptedMachine()], timing=LineTiming(queue_max=2))
    line.run(0.1)
    for tag in "abc":
        line.want(0x1A, tag)
    line.host.order(1, Cancel("b"), line.now)
    line.host.order(1, Cancel("nobody"), line.now)
    line.run(1.0)
    assert line.ends() == [("c", "queue_full"), ("b", "cancelled"), ("a", "done")]


def test_a_poll_for_a_machine_that_is_down_is_refused_at_once_and_so_are_those_that_wait() -> None:
    machine = ScriptedMachine()
    line = Line([machine])
    line.run(0.5)
    machine.is_on = False
    line.run(0.5)
    line.want(0x1A, "waits")
    line.run(6.0)
    line.want(0x1A, "too late")
    line.run(0.01)
    assert line.ends() == [("waits", "link_down"), ("too late", "link_down")]
    assert all(event.sends == 0 for event in line.of(PollFailed))  # type: ignore[union-attr]


def test_a_held_answer_stops_the_line_until_it_is_on_disk() -> None:
    line = Line([ScriptedMachine()], releases_by_itself=False)
    line.run(0.1)
    line.want(0x1A, "hold record", hold=True)
    line.run(3.0)
    assert line.data() == [GENERAL, b"\x01\x1a"]
    line.release()
    line.run(0.5)
    assert line.data()[2] == GENERAL


def test_a_poll_to_all_is_done_when_it_has_left_and_counts_as_80() -> None:
    line = Line([ScriptedMachine()])
    line.run(0.1)
    clock = bytes.fromhex("11272025192116")
    from lineside.slots.line import Want
    from lineside.slots.wire import LongPoll

    line.host.want(1, Want(LongPoll(0, 0x7F, clock), Priority.NORMAL, "clock"))
    line.run(0.5)
    assert line.data()[:3] == [GENERAL, bytes.fromhex("007f11272025192116245d"), GENERAL]
    assert line.ends() == [("clock", "done")]


# ------------------------------------------------------------------------------------------------- real-time events


def test_an_event_in_place_of_an_answer_is_recorded_and_the_poll_goes_again() -> None:
    machine = ScriptedMachine()
    machine.rte = True
    line = Line([machine], polling={"rte": True})
    line.run(0.1)
    machine.queue = [0x4F, 0x51]
    line.want(0x1A)
    line.run(2.0)
    assert [event.code for event in line.of(ExceptionHeard)] == [0x4F, 0x51]  # type: ignore[union-attr]
    assert machine.popped == [0x4F, 0x51]
    assert line.ends() == [("1a", "done")]
    assert machine.executed == [0x1A]


@pytest.mark.parametrize("code", [0x00, 0x1F])
def test_an_idle_event_is_nothing_and_a_flood_of_them_ends_the_poll(code: int) -> None:
    machine = ScriptedMachine()
    line = Line([machine], polling={"rte": True}, timing=LineTiming(events_max=3))
    event = with_crc(bytes((1, 0xFF, code)))
    machine.hear = lambda message: None if message == NOBODY else Told(event)  # type: ignore[method-assign]
    line.run(0.1)
    line.want(0x1A)
    line.run(3.0)
    assert line.of(ExceptionHeard) == []
    assert line.ends() == [("1a", "events_only")]


def test_two_glued_events_are_both_told_before_they_are_acknowledged() -> None:
    machine = ScriptedMachine()
    line = Line([machine], polling={"rte": True}, releases_by_itself=False)
    event = with_crc(b"\x01\xff\x4f" + bytes.fromhex("370400000009"))
    machine.hear = lambda message: None if message == NOBODY else Told(event + event)  # type: ignore[method-assign]
    line.run(0.15)
    assert [event.number for event in line.of(ExceptionHeard)] == [1, 2]  # type: ignore[union-attr]
    line.release()
    line.run(0.1)
    assert line.data() == [GENERAL]  # one of two records is on disk
    line.release()
    line.run(0.1)
    assert line.of(AckSent) == [AckSent(1, 2)]


def test_a_second_copy_after_a_second_sending_is_no_second_event() -> None:
    machine = ScriptedMachine()
    line = Line([machine], polling={"rte": True})
    event = with_crc(b"\x01\xff\x51")
    line.run(0.1)
    line.sent.clear()
    machine.faults = [lost]
    machine.hear = lambda message: None  # type: ignore[method-assign]
    line.run_until(lambda: line.data().count(GENERAL) == 2)
    line.host.receive(event + event, None, line.now + 0.005)
    line.run(0.1)
    assert len(line.of(ExceptionHeard)) == 1


def test_silence_of_a_machine_that_says_nothing_when_idle_is_no_failure_and_it_is_asked_something() -> None:
    machine = ScriptedMachine()
    machine.answers[0x54] = b"\x09602000001"
    polling = {"rte": True, "profile": Profile(silent_when_idle=True)}
    line = Line([machine], polling=polling)
    line.run(1.0)
    heard = machine.hear
    machine.hear = lambda m: None if m == GENERAL else heard(m)  # type: ignore[method-assign]
    line.run(20.0)
    assert line.moves() == ["waiting", "up"]
    assert 5 <= line.data().count(b"\x01\x54") <= 10
    assert line.ends() == []
    machine.is_on = False
    line.run(10.0)
    assert line.moves()[-1] != "up"


# ------------------------------------------------------------------------------------------------- several machines


def test_machines_take_turns_and_no_80_is_needed_between_neighbours() -> None:
    machines = [ScriptedMachine(1), ScriptedMachine(2), ScriptedMachine(3)]
    line = Line(machines)
    line.run(3.0)
    assert NOBODY not in line.data()[:6]
    assert line.moves().count("up") == 3
    for machine in machines:
        assert all(gap >= 0.2 for gap in gaps(line, bytes((0x80 | machine.address,))))


def test_a_neighbour_waits_for_the_append_of_a_machine() -> None:
    machines = [ScriptedMachine(1), ScriptedMachine(2)]
    line = Line(machines, releases_by_itself=False)
    line.run(0.5)
    machines[0].queue = [0x11]
    line.run_until(lambda: line.of(ExceptionHeard))
    count = len(line.sent)
    line.run(2.0)
    assert len(line.sent) == count
    assert machines[0].popped == []
    line.release(2)
    line.run(1.0)
    assert len(line.sent) == count


def test_while_a_machine_that_was_up_is_silent_no_neighbour_is_polled_for_4_s_and_all_are_afterwards() -> None:
    machines = [ScriptedMachine(1), ScriptedMachine(2)]
    line = Line(machines)
    line.run(1.0)
    machines[0].is_on = False
    line.sent.clear()
    line.run_until(lambda: "down" in line.moves())
    second = [sent.at for sent in line.sent if sent.data == b"\x82"]
    assert len(second) <= 1
    line.run(5.0)
    at = [sent.at for sent in line.sent if sent.data == b"\x82"]
    assert max(later - earlier for earlier, later in pairwise(at)) < 5.0
    probes = [sent.at for sent in line.sent[-200:] if sent.data == GENERAL and sent.at > line.now - 4.0]
    assert 2 <= len(probes) <= 5
    machines[0].is_on = True
    line.run(2.0)
    assert line.moves()[-1] == "up"


def test_the_machine_that_was_polled_last_is_polled_first_after_a_restart() -> None:
    machines = [ScriptedMachine(1), ScriptedMachine(2)]
    line = Line(machines)
    line.run(0.5)
    machines[1].queue = [0x11]
    line.run_until(lambda: line.of(ExceptionHeard))
    line.crash()  # heard, and not on disk
    assert line.polled_last == 2
    line.sent.clear()
    line.run(1.0)
    assert line.data()[0] == b"\x82"
    assert machines[1].popped == [0x11]
    assert line.journal.count(("heard", 2, 0x11)) == 1


def test_a_recorded_exception_without_ack_is_acknowledged_first_after_a_restart() -> None:
    machine = ScriptedMachine()
    machine.queue = [0x11, 0x12]
    line = Line([machine])
    line.run_until(lambda: line.journal)
    line.host.bursts = lambda now: []  # type: ignore[method-assign]
    line.crash()
    line.sent.clear()
    line.run(1.0)
    assert line.data()[:2] == [NOBODY, GENERAL]
    assert [fact[2] for fact in line.journal if fact[0] == "heard"] == [0x11, 0x12]


# ------------------------------------------------------------------------------------------------- the link


def test_a_line_that_closes_fails_what_is_out_refuses_what_waits_and_begins_anew() -> None:
    machine = ScriptedMachine()
    line = Line([machine])
    line.run(0.1)
    machine.faults = [lost]
    line.want(0x1A, "out")
    line.want(0x1A, "waits")
    line.run_until(lambda: b"\x01\x1a" in line.data())
    line.host.closed("unplugged", line.now)
    line.run(1.0)
    assert line.ends() == [("out", "line_lost"), ("waits", "link_down")]
    assert line.moves()[-1] == "closed"
    assert line.host.deadline() is None
    line.host.receive(b"\x00", None, line.now)
    line.host.open(line.now)
    line.sent.clear()
    line.run(0.5)
    assert line.data()[0] == GENERAL
    assert line.moves()[-1] == "up"


def test_an_exception_whose_release_comes_while_the_line_is_closed_is_acknowledged_first() -> None:
    machine = ScriptedMachine()
    machine.queue = [0x11]
    line = Line([machine], releases_by_itself=False)
    line.run(0.5)
    line.host.closed("unplugged", line.now)
    line.release()
    line.host.open(line.now)
    line.sent.clear()
    line.run(0.5)
    assert line.data() == [NOBODY]
    assert machine.popped == [0x11]


def test_a_babbling_line_is_polled_after_its_limit_and_the_reason_names_the_second_host() -> None:
    machine = ScriptedMachine()
    line = Line([machine], timing=LineTiming(trace=True))
    line.run(1.0)
    machine.is_on = False
    line.sent.clear()
    for _ in range(3000):
        line.host.receive(b"\xc3\x3c", None, line.now)
        line.run(0.004)
    assert line.data().count(GENERAL) >= 2
    assert line.moves()[-1] == "down"


def test_the_prefix_of_the_seed_goes_before_a_long_poll_and_not_before_its_repetition() -> None:
    machine = ScriptedMachine()
    line = Line([machine], polling={"profile": Profile(prefix_nobody=True)})
    line.run(0.1)
    machine.faults = [lost]
    line.want(0x1A)
    line.run(1.0)
    assert line.data()[1:3] == [b"\x80\x01\x1a", b"\x01\x1a"]
    assert machine.executed == [0x1A]
    assert line.ends() == [("1a", "done")]


def test_strict_machines_are_waited_for_20_ms() -> None:
    machine = ScriptedMachine()
    line = Line([machine], polling={"strict": True}, timing=LineTiming(character_s=0.0))
    machine.hear = lambda message: None if message == NOBODY else Told(b"\x00", after_s=0.021)  # type: ignore[method-assign]
    line.run(0.0205)
    out = line.host._line.out
    assert out is not None
    assert out.repeat_at is not None


def test_a_rom_signature_comes_with_a_general_poll() -> None:
    machine = ScriptedMachine()
    line = Line([machine])
    machine.faults = [lambda _: bytes.fromhex("012134120da7")]
    line.run(0.5)
    done = line.of(PollDone)
    assert [event.tag for event in done] == ["rom_signature"]  # type: ignore[union-attr]
    assert done[0].answer.signature == 0x1234  # type: ignore[union-attr]


def test_timing_is_told_every_10_s_and_begins_anew() -> None:
    line = Line([ScriptedMachine()])
    line.machines[0].queue = [0x11]
    line.run(21.0)
    told = line.of(TimingMeasured)
    assert len(told) == 2
    first = told[0]
    assert isinstance(first, TimingMeasured)
    assert first.counts["polls"] in (49, 50, 51)
    assert sum(first.turn_around) == first.counts["polls"]
    assert sum(first.held) == 2
    assert first.late_max_s < 0.001
    assert first.turn_around_max_s < 0.01


def test_the_states_are_told_once_each() -> None:
    line = Line([ScriptedMachine()])
    line.run(10.0)
    assert [event.state for event in line.of(LinkMoved)] == [LinkState.WAITING, LinkState.UP]  # type: ignore[union-attr]
    assert FailReason.SILENCE == "silence"
