"""The checks on the host, one by one: what a good host does is no fault, what each bad one does is told."""

from __future__ import annotations

import pytest

from lineside.slots.simulator import FaultSettings
from tests.slots.simulator.aft_orders import order
from tests.slots.simulator.bench import GENERAL, NOBODY, SeatBench, with_sum

BONUS = with_sum("01 8A 00 00 12 34 00")


def good_day(bench: SeatBench) -> None:
    for _ in range(5):
        bench.poll()
        bench.send(b"\x01\x19", 0.05)
        bench.send(b"\x01\x1a", 0.05)


def test_good_host_has_no_faults() -> None:
    bench = SeatBench(fast=False)
    good_day(bench)
    assert bench.report.host_faults == {}
    assert bench.report.period_s_min == pytest.approx(0.35)
    assert bench.report.repeated == 0


@pytest.mark.parametrize(("fast", "period", "faults"), [(False, 0.1, 1), (True, 0.1, 0), (True, 0.02, 1)])
def test_general_polls_too_soon_are_told(fast: bool, period: float, faults: int) -> None:
    bench = SeatBench(fast=fast)
    bench.send(NOBODY)
    bench.send(GENERAL)
    bench.send(NOBODY, period / 2)
    bench.send(GENERAL, period / 2)
    assert bench.report.host_faults.get("period", 0) == faults


def test_general_poll_again_after_a_lost_answer_may_come_soon() -> None:
    bench = SeatBench(fast=False, faults=FaultSettings(drop=1.0))
    bench.send(NOBODY)
    for _ in range(3):
        bench.send(GENERAL, 0.1)
    assert bench.report.host_faults == {}
    for _ in range(20):
        bench.send(GENERAL, 0.1)
    assert bench.report.host_faults == {}


def test_same_poll_for_ever_though_it_was_answered_is_told_once() -> None:
    bench = SeatBench()
    bench.send(NOBODY)
    for _ in range(3):
        assert bench.send(GENERAL) == b"\x17"
    assert bench.report.host_faults == {}
    for _ in range(10):
        assert bench.send(GENERAL) == b"\x17"
    assert bench.report.host_faults == {"implied ack": 1}


def test_same_command_with_other_data_acknowledges_nothing_and_is_told() -> None:
    bench = SeatBench()
    bench.poll()
    first = bench.send(with_sum("01 2F 03 00 00 00"))
    assert bench.send(with_sum("01 2F 03 00 00 01")) == first
    assert bench.report.host_faults == {"implied ack": 1}
    bench.send(NOBODY)
    bench.send(with_sum("01 2F 03 00 00 01"))
    assert bench.report.host_faults == {"implied ack": 1}


def test_transaction_id_of_another_transfer_is_told() -> None:
    bench = SeatBench()
    bench.poll()
    orders = (order("A1"), order("A1"), order("A2"), order("A1", cents=(99, 0, 0)))
    for text in orders:
        bench.send(with_sum(text))
        bench.send(NOBODY, 1.0)
    assert bench.report.host_faults == {"id reuse": 1}
    assert "'A1'" in bench.report.examples["id reuse"][0]


def test_transaction_id_in_the_history_is_told_after_a_restart_too() -> None:
    bench = SeatBench()
    bench.poll()
    bench.send(with_sum(order("A1")))
    bench.send(NOBODY, 1.0)
    bench.seat.checks._ids.clear()
    bench.send(with_sum(order("A1")))
    assert bench.report.host_faults == {}
    bench.send(NOBODY)
    bench.send(with_sum(order("A1", cents=(7, 0, 0))))
    assert bench.report.host_faults == {"id reuse": 1}


@pytest.mark.parametrize(
    ("between", "faults"),
    [
        ((), 0),  # back to back is a repetition
        ((GENERAL,), 1),
        ((NOBODY,), 1),
        ((NOBODY, b"\x01\x90"), 0),  # it looked first
        ((NOBODY, with_sum("01 9A 00 00")), 0),
    ],
)
def test_bonus_again_after_its_answer_was_lost_is_told_unless_the_host_looked(
    between: tuple[bytes, ...], faults: int
) -> None:
    bench = SeatBench()
    bench.poll()
    bench.seat.do("fault", name="drop")
    assert bench.send(BONUS) == b""
    for frame in between:
        bench.send(frame)
    bench.send(BONUS)
    assert bench.report.host_faults.get("8A repeat", 0) == faults
    assert bench.seat.state.credits == (1234 if not between else 2468)


def test_second_genuine_bonus_is_no_fault() -> None:
    bench = SeatBench()
    bench.poll()
    for _ in range(2):
        assert bench.send(BONUS) == b"\x01"
        bench.send(NOBODY)
    assert bench.report.host_faults == {}


def test_check_value_is_told_by_its_order() -> None:
    bench = SeatBench()
    good = with_sum("01 02")
    for frame in (good[:-2] + good[:-3:-1], good[:-1] + b"\x00"):
        bench.seat.on_bad_poll(frame, bench.now, is_ours=True)
        bench.seat.on_bad_poll(frame, bench.now, is_ours=False)
    assert bench.report.host_faults == {"crc order": 1, "crc": 1}
