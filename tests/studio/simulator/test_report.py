"""The books of a simulated studio."""

from __future__ import annotations

from lineside.studio.simulator import SimulatorReport


def test_books_add_up_and_tell() -> None:
    report = SimulatorReport(connected=2, updates=10, confirmed=7, garbage_refused=3, answer_s_max=0.0125)
    report.count_refused("Invalid status for sdp: x")
    report.count_fault("dropped")
    report.count_fault("dropped")
    assert report.unanswered == 2
    told = str(report)
    assert "7 of 10, longest wait 12.5 ms" in told
    assert "1: Invalid status for sdp: x" in told
    assert "dropped 2" in told
    assert "garbage refused" not in str(SimulatorReport())
