"""The turns of a line, each rule as a played scene."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from lineside.slots.line import (
    AckSent,
    ExceptionHeard,
    LineTiming,
    LinkMoved,
    LinkState,
    PollDone,
    PollFailed,
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
    line = Line([machine])
    line.run(0.19)
    line.sent.clear()
    machine.queue = [0x11]
    machine.faults = [fault, fault, fault, fault]
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


def test_a_machine_that_was_never_polled_before_is_synchronised_after_its_first_silences() -> None:
    machine = ScriptedMachine()
    machine.restart()
    line = Line([machine])
    line.run(1.0)
    assert line.data()[:5] == [GENERAL, GENERAL, GENERAL, NOBODY, GENERAL]
    assert line.moves() == ["waiting", "up"]


def test_a_machine_that_was_polled_before_a_restart_may_hold_an_answer_and_gets_no_80_for_5_s() -> None:
    machine = ScriptedMachine()
    machine.restart()
    line = Line([machine], polled_last=GENERAL)
    line.run(4.9)
    assert set(line.data()) == {GENERAL}
    line.run(1.0)
    assert line.moves() == ["waiting", "down", "up"]


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
    assert line.polled_last == b"\x82"
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
    assert line.data()[:2] == [b"\x01\x1a", GENERAL]  # what it answered then is not known to be read
    assert line.moves()[-1] == "up"
    assert line.ends() == [("out", "line_lost"), ("waits", "link_down")]


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


@pytest.mark.parametrize(("after_s", "state"), [(0.019, "up"), (0.021, "down")])
def test_strict_machines_are_waited_for_20_ms(after_s: float, state: str) -> None:
    line = Line([ScriptedMachine()], polling={"strict": True}, timing=LineTiming(character_s=0.0))
    line.machines[0].hear = lambda m: None if m == NOBODY else Told(b"\x00", after_s)  # type: ignore
    line.run(6.0)
    assert line.moves()[-1] == state


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
