"""Credits and meters after a transfer of each type."""

from __future__ import annotations

import pytest

from tests.slots.simulator.aft_orders import order, transfer
from tests.slots.simulator.bench import Bench


@pytest.mark.parametrize(
    ("kind", "cents", "credits", "meters"),
    [
        (0x00, (100, 200, 300), 600, {0xA0: 100, 0xA2: 200, 0xA4: 300, 0xA1: 1, 0x17: 600, 0x2F: 200, 0x24: 600}),
        (0x10, (100, 0, 50), 150, {0xAE: 100, 0xB0: 50, 0x01: 150, 0x1E: 150, 0x17: 0}),
        (0x11, (100, 0, 0), 0, {0xAE: 100, 0x02: 0}),
        (0x20, (100, 0, 0), 0, {0xA8: 100, 0x86: 100}),
        (0x20, (0, 100, 0), 0, {0xAA: 100, 0x88: 100}),
    ],
)
def test_transfer_moves_credits_and_meters(
    kind: int, cents: tuple[int, int, int], credits: int, meters: dict[int, int]
) -> None:
    bench = Bench()
    assert transfer(bench, order(kind=kind, cents=cents))[1] == 0x00
    assert bench.state.credits == credits
    assert {code: bench.meter(code) for code in meters} == meters


def test_bonus_jackpot_is_paid_by_hand() -> None:
    bench = Bench()
    transfer(bench, order(kind=0x11, cents=(5000, 0, 0)))
    bench.machine.handpays.reset()
    assert (bench.meter(0x21), bench.meter(0x02), bench.state.credits) == (5000, 5000, 0)


def test_credits_go_to_the_host_and_end_a_host_cash_out() -> None:
    bench = Bench().rich(10)
    bench.state.switches.host_cash_out = 0x06
    bench.machine.cash_outs.press()
    assert transfer(bench, order(kind=0x80, cents=(1000, 0, 0)))[1] == 0x00
    assert (bench.state.credits, bench.meter(0xB8), bench.meter(0x32), bench.meter(0x18)) == (0, *(1000,) * 3)
    assert bench.state.cash_out is None


def test_win_goes_to_the_host_and_no_more_than_the_win() -> None:
    bench = Bench().rich(10)
    bench.machine.game.play(10, 50)
    assert transfer(bench, order("W1", kind=0x90, cents=(51, 0, 0)))[1] == 0x83
    assert transfer(bench, order("W2", kind=0x90, cents=(50, 0, 0)))[1] == 0x00
    assert bench.state.credits == 990


def test_restricted_credits_bring_their_pool() -> None:
    bench = Bench()
    transfer(bench, order(cents=(0, 100, 0), pool="0030"))
    assert (bench.state.pool, bench.meter(0x1B)) == ("0030", 100)
