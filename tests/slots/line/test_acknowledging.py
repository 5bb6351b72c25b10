"""Never, at most, at least: what holds for any weather on the line and any crash of the host.

Each guard of an exception has a deliberately broken build here that loses or doubles one.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lineside.slots.line import LineHost, LineTiming, PollDone, host
from lineside.slots.line.hearing import hear
from lineside.slots.line.state import LineState
from lineside.slots.line.turn import Turn
from lineside.slots.wire import with_crc
from tests.slots.line.played import Line, ScriptedMachine, flipped, lost, torn

FAULTS: list[Callable[[bytes], bytes] | None] = [None, None, None, lost, torn, flipped]

Scene = list[tuple[float, int, str]]
"""What happens: seconds to wait before, the machine, and ``exception``, ``poll``, ``fault`` or ``crash``."""

scenes = st.lists(
    st.tuples(
        st.floats(0.0, 0.6),
        st.integers(0, 1),
        st.sampled_from(["exception", "exception", "poll", "urgent", "fault", "crash"]),
    ),
    max_size=25,
)


def play(scene: Scene, machine_count: int, *, poll_ms: int = 200, append_s: float = 0.004) -> Line:
    machines = [ScriptedMachine(address) for address in range(1, machine_count + 1)]
    line = Line(machines, polling={"poll_ms": poll_ms}, append_s=append_s)
    line.run(0.5)
    raised = 0x11
    for wait_s, index, what in scene:
        line.run(wait_s)
        machine = machines[index % machine_count]
        match what:
            case "exception":
                machine.queue.append(raised)
                raised = 0x11 + (raised - 0x10) % 0x70
            case "poll" | "urgent":
                line.want(0x1A if index else 0x18, address=machine.address)
            case "fault":
                machine.faults.append(FAULTS[3 + len(machine.faults) % 3])
            case "crash":
                line.crash()
    for machine in machines:
        machine.faults.clear()
    line.run(6.0 + sum(len(machine.queue) for machine in machines))
    return line


def check_exceptions(line: Line) -> None:
    """Every exception that a machine saw acknowledged is on disk exactly once, and in order; and all got through."""
    for machine in line.machines:
        recorded = [fact[2] for fact in line.journal if fact[0] == "heard" and fact[1] == machine.address]
        assert machine.queue == []
        assert recorded == machine.popped


def check_turns(line: Line, period_s: float) -> None:
    """No machine is polled faster than its period; only a poll without an answer is sent twice in a row."""
    for machine in line.machines:
        at = [sent.at for sent in line.sent if sent.data[0] & 0x7F == machine.address]
        assert line.polled_last or all(later - earlier >= period_s - 1e-9 for earlier, later in pairwise(at))
    runs = [0]
    for earlier, later in pairwise(line.sent):
        runs.append(runs[-1] + 1 if earlier.data == later.data and len(later.data) > 1 else 0)
    assert max(runs) <= 2  # a long poll leaves at most 3 times


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scene=scenes, machine_count=st.integers(1, 2), poll_ms=st.sampled_from([40, 200]))
def test_no_exception_is_lost_or_doubled_in_any_weather(scene: Scene, machine_count: int, poll_ms: int) -> None:
    line = play(scene, machine_count, poll_ms=poll_ms)
    check_exceptions(line)
    check_turns(line, poll_ms / 1000)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(noise=st.lists(st.tuples(st.floats(0.0, 0.3), st.binary(max_size=12)), max_size=30))
def test_any_noise_leaves_the_line_alive(noise: list[tuple[float, bytes]]) -> None:
    """Noise may forge exceptions, which carry no CRC; what it must not do is to stop the turns."""
    line = Line([ScriptedMachine()])
    for wait_s, data in noise:
        line.run(wait_s)
        line.host.receive(data, None, line.now)
    line.run(8.0)
    line.want(0x1A, "still there")
    line.run(2.0)
    assert ("still there", "done") in line.ends()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(faults=st.lists(st.sampled_from(FAULTS), max_size=12), wants=st.integers(1, 8))
def test_every_long_poll_ends_once_and_is_executed_at_most_once(
    faults: list[Callable[[bytes], bytes] | None], wants: int
) -> None:
    machine = ScriptedMachine()
    line = Line([machine])
    line.run(0.1)
    machine.faults = faults
    for number in range(wants):
        line.want(0x1A, f"poll {number}")
    line.run(20.0)
    assert sorted(tag for tag, _ in line.ends()) == sorted(f"poll {number}" for number in range(wants))
    assert machine.executed.count(0x1A) <= wants
    assert all(event.sends <= 3 for event in line.of(PollDone))  # type: ignore[union-attr]
    assert line.moves()[-1] == "up"


def test_a_lost_answer_right_after_a_restart_is_no_lost_exception_on_a_shared_line() -> None:
    """Found by the weather above: the machine that was not polled last answers for the first time, and nobody hears."""
    check_exceptions(play([(0.1, 0, "exception"), (0, 0, "fault"), (0, 0, "crash"), (0.51, 1, "exception")], 2))


# ------------------------------------------------------------------------------------------------- broken builds


def scene_of_a_crash_before_the_record() -> Line:
    machine = ScriptedMachine()
    line = Line([machine], append_s=0.05)
    line.run(0.5)
    machine.queue = [0x11, 0x12]
    line.run_until(lambda: line.told and type(line.told[-1]).__name__ in ("ExceptionHeard", "AckSent"))
    line.run(0.03)  # the append is under way
    line.crash()
    line.run(3.0)
    return line


def test_a_crash_before_the_record_loses_nothing() -> None:
    check_exceptions(scene_of_a_crash_before_the_record())


def test_broken_build_that_acknowledges_before_the_release_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LineState, "hold", lambda self, turn, now: None)
    with pytest.raises(AssertionError):
        check_exceptions(scene_of_a_crash_before_the_record())


def scene_of_a_crash_before_the_second_record() -> Line:
    """The exception is acknowledged and AckSent is not on disk: a restart sends `80` first."""
    machine = ScriptedMachine()
    line = Line([machine], append_s=0.25)
    machine.queue = [0x11, 0x12]
    line.run_until(lambda: machine.popped)
    line.run(0.24)
    line.crash()
    line.run(5.0)
    return line


def test_a_crash_before_the_record_of_the_ack_loses_nothing() -> None:
    check_exceptions(scene_of_a_crash_before_the_second_record())


def test_broken_build_that_polls_on_before_the_second_release_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    send_nobody = LineHost._send_nobody

    def without_hold(self: LineHost, now: float) -> tuple[bytes, bytes]:
        burst = send_nobody(self, now)
        self._line.held.clear()
        return burst

    monkeypatch.setattr(LineHost, "_send_nobody", without_hold)
    with pytest.raises(AssertionError):
        check_exceptions(scene_of_a_crash_before_the_second_record())


def scene_of_a_lost_answer() -> Line:
    machine = ScriptedMachine()
    line = Line([machine])
    line.run(0.5)
    machine.queue = [0x11, 0x12]
    machine.faults = [lost, torn]
    line.run(3.0)
    return line


def test_a_lost_answer_is_no_lost_exception() -> None:
    check_exceptions(scene_of_a_lost_answer())


def test_broken_build_whose_repeat_pops_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """An 80 before the repetition acknowledges the answer that nobody has read."""
    failed = LineHost._general_failed

    def with_80(self: LineHost, out: object, now: float) -> None:
        failed(self, out, now)  # type: ignore[arg-type]
        self._line.out, self._line.needs_nobody = None, True

    monkeypatch.setattr(LineHost, "_general_failed", with_80)
    with pytest.raises(AssertionError):
        check_exceptions(scene_of_a_lost_answer())


def scene_of_a_neighbour() -> Line:
    """A machine's exception is heard, and the process ends before it is on disk."""
    machines = [ScriptedMachine(1), ScriptedMachine(2)]
    line = Line(machines, append_s=0.3)
    line.run(0.5)
    machines[0].queue = [0x11]
    line.run_until(lambda: any(type(event).__name__ == "ExceptionHeard" for event in line.told))
    line.run(0.25)
    line.crash()
    line.run(5.0)
    return line


def test_a_neighbour_is_not_polled_while_an_append_waits() -> None:
    check_exceptions(scene_of_a_neighbour())


def test_broken_build_that_polls_a_neighbour_while_an_append_waits_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    planned_at = LineHost._planned_at

    def hold_own_turn_alone(self: LineHost) -> float | None:
        line, held, owing = self._line, self._line.held, self._line.owing
        turns = line.turns
        line.turns = {address: turn for address, turn in turns.items() if not held[address]}
        line.held, line.owing = type(held)(), {}
        try:
            return planned_at(self)
        finally:
            line.turns, line.held, line.owing = turns, held, owing

    bursts = LineHost.bursts

    def neighbours_too(self: LineHost, now: float) -> list[tuple[bytes, bytes]]:
        line, turns, owing = self._line, self._line.turns, self._line.owing
        if line.held:
            line.turns = {address: turn for address, turn in turns.items() if not line.held[address]}
            line.owing = {}
        try:
            return bursts(self, now)
        finally:
            line.turns, line.owing = turns, owing

    monkeypatch.setattr(LineHost, "_planned_at", hold_own_turn_alone)
    monkeypatch.setattr(LineHost, "bursts", neighbours_too)
    with pytest.raises(AssertionError):
        check_exceptions(scene_of_a_neighbour())


def scene_of_a_neighbour_first() -> Line:
    """After a restart: the machine that may hold an unread answer must be polled before its neighbours."""
    machines = [ScriptedMachine(1), ScriptedMachine(2)]
    line = Line(machines, append_s=0.3)
    line.run(0.5)
    machines[1].queue = [0x11]
    line.run_until(lambda: any(type(event).__name__ == "ExceptionHeard" for event in line.told))
    line.crash()
    line.run(5.0)
    return line


def test_the_machine_polled_last_goes_first() -> None:
    check_exceptions(scene_of_a_neighbour_first())


def test_broken_build_that_begins_with_any_machine_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "AHEAD_S", 0.0)
    with pytest.raises(AssertionError):
        check_exceptions(scene_of_a_neighbour_first())


def test_broken_build_that_hides_equal_events_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one lineage of hosts does (§5.3): it takes the second of two equal exceptions for a repetition."""

    def scene() -> Line:
        machine = ScriptedMachine()
        machine.queue = [0x4F, 0x4F]
        line = Line([machine])
        line.run(3.0)
        return line

    check_exceptions(scene())
    raise_exception = LineState.raise_exception
    told: list[int] = []

    def unequal(self: LineState, turn: Turn, code: int, fields: object, now: float) -> None:
        if told[-1:] != [code]:
            raise_exception(self, turn, code, fields, now)
        told.append(code)

    monkeypatch.setattr(LineState, "raise_exception", unequal)
    with pytest.raises(AssertionError):
        check_exceptions(scene())


def test_events_of_a_long_poll_are_kept_in_a_crash_too() -> None:
    machine = ScriptedMachine()
    machine.rte = True
    line = Line([machine], polling={"rte": True}, append_s=0.05)
    line.run(0.5)
    line.want(0x1A)
    machine.queue = [0x4F]
    line.run_until(lambda: any(type(event).__name__ == "ExceptionHeard" for event in line.told))
    line.crash()
    assert line.polled_last == b"\x01\x1a"
    line.run(5.0)
    check_exceptions(line)
    assert line.ends() == []  # nobody of the new process asked


def test_a_poll_that_does_something_or_carries_a_key_is_not_kept_for_a_restart() -> None:
    line = Line([ScriptedMachine()])
    line.run(0.1)
    line.want(0x73, data=b"\xff")
    line.run_until(lambda: len(line.sent) == 2)
    assert line.host.polled_last == b"\x81"
    line.run(2.0)
    line.want(0x6F, data=bytes.fromhex("00000000"))
    line.run_until(lambda: line.host.polled_last != b"\x81")
    assert line.host.polled_last[:2] == b"\x01\x6f"


def test_an_unknown_event_frame_is_told_all_the_same() -> None:
    line = Line([ScriptedMachine()], timing=LineTiming(trace=True))
    line.run(0.3)
    from lineside.slots.wire.heard import RealTimeEvent

    frame = with_crc(b"\x01\xff\xa7")
    turn = line.host._line.turns[1]
    hear(line.host._line, turn, RealTimeEvent(1, 0xA7, None, frame), line.now)
    line.run(1.0)
    assert line.journal[-2][2] == 0xA7
