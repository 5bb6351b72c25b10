from __future__ import annotations

from lineside.ventilator.simulator import SimulatorReport


def test_a_quiet_run_reads_in_seven_lines() -> None:
    text = str(SimulatorReport(frames_sent=12, payloads=10, retransmitted=2, acked=10, wait_s_max=0.0123))
    assert len(text.splitlines()) == 7
    assert "12 (10 payloads, 2 repetitions)" in text
    assert "10, longest wait 12.3 ms" in text
    assert text.splitlines()[-1].endswith("0")


def test_an_eventful_run_lists_what_happened() -> None:
    report = SimulatorReport(orders_nacked=3, passes=2, bytes_dropped=99)
    for name in ("STOP", "START", "STOP", "other"):
        report.count_order(name)
    report.count_fault("lost")
    report.count_fault("lost")
    assert report.order_count == 4
    text = str(report)
    for words in ("4 (START 1, STOP 2, other 1)", "on request: 3", "2 times", "lost 2", "the air:        99"):
        assert words in text
