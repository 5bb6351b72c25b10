"""The books, as a person reads them."""

from __future__ import annotations

from collections import Counter

from lineside.lockers.simulator import SimulatorReport


def test_report_is_readable() -> None:
    report = SimulatorReport(requests=9, timeouts=1, replies=7, late_replies=1, wait_s_max=0.0123, opened=2)
    report.errors["bad ID"] += 2
    text = str(report)
    assert "requests:                  9 (1 without an answer in time)" in text
    assert "replies:                   7, longest wait 12.3 ms" in text
    assert "errors by the server:      2 (bad ID 2)" in text
    assert "faults" not in text
    report.faults = Counter({"late": 1, "cut": 2})
    assert str(report).endswith("faults on request:         cut 2, late 1")
