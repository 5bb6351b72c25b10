"""The report: counted, told in words, the first examples of each broken rule."""

from __future__ import annotations

from lineside.slots.simulator import SimulatorReport
from lineside.slots.simulator.report import HOST_FAULTS_SHOWN


def test_report_of_a_good_host_says_so() -> None:
    text = str(SimulatorReport(general_polls=3, period_s_min=0.0412))
    assert "general polls:             3, shortest period 41.2 ms" in text
    assert text.endswith("faults of the host:        none")


def test_report_of_a_bad_host_names_rules_and_examples() -> None:
    report = SimulatorReport(games=1, power_cuts=2)
    for number in range(HOST_FAULTS_SHOWN + 5):
        report.blame("period", f"machine {number}")
    report.count_fault("drop")
    text = str(report)
    assert report.host_fault_count == HOST_FAULTS_SHOWN + 5
    assert text.count("  period: machine") == HOST_FAULTS_SHOWN
    assert "faults on request:         drop 1" in text
    assert "games played:              1" in text
    assert "none" not in text.splitlines()[-1]
