"""What a line waits for and tells."""

from __future__ import annotations

from lineside.slots.line import ExceptionHeard, LineTiming, LinkMoved, LinkState, MachinePolling
from lineside.slots.line.state import LineState
from lineside.slots.line.turn import Turn


def make_line(**timing: object) -> tuple[LineState, Turn]:
    settings = LineTiming(**timing)  # type: ignore[arg-type]
    turn = Turn(MachinePolling(address=1), settings)
    return LineState({1: turn}, settings), turn


def test_as_many_releases_as_holds_let_the_line_go_on_and_the_wait_is_measured() -> None:
    line, turn = make_line()
    line.raise_exception(turn, 0x11, None, 10.0)
    line.raise_exception(turn, 0x12, None, 10.0)
    line.release(turn, 10.002)
    assert line.held
    line.release(turn, 10.004)
    assert not line.held
    line.release(turn, 11.0)
    assert not line.held
    assert line.released_at == 10.004
    assert turn.held.max_s > 0.003
    assert line.owing == {1: 2}
    assert [event.number for event in line.events if isinstance(event, ExceptionHeard)] == [1, 2]


def test_a_state_is_told_when_it_changes() -> None:
    line, turn = make_line()
    for state, reason in (("up", "a"), ("up", "b"), ("closed", "c"), ("closed", "c"), ("closed", "d")):
        line.move(turn, LinkState(state), reason)
    assert [event.reason for event in line.events if isinstance(event, LinkMoved)] == ["a", "c", "d"]


def test_stray_bytes_hold_the_next_poll_back_until_they_end_or_the_limit() -> None:
    line, _ = make_line(quiet_s=0.01, babble_s_max=0.05)
    at = 1.0
    while at < 1.2:
        line.note_bytes(at)
        assert line.free_at <= 1.05 + 1e-9
        at += 0.005
    assert line.free_at > 1.04


def test_traffic_is_told_only_when_somebody_looks() -> None:
    silent, _ = make_line()
    silent.trace(1, True, b"\x81", "poll")
    assert silent.events == []
    traced, _ = make_line(trace=True)
    traced.trace(1, True, b"\x81", "poll")
    assert len(traced.events) == 1
