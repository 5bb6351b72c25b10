"""Cashing out: by ticket, by hand, to the host, and a host that does not come."""

from __future__ import annotations

import pytest

from lineside.slots.simulator import Refused
from tests.slots.simulator.bench import Bench

PRINTS = "01 7B 08 09 00 09 00 00 00 00 00"


def test_host_that_gives_no_number_in_10_s_means_a_handpay() -> None:
    bench = Bench(validation="system").rich(10)
    bench.ask(PRINTS)
    bench.machine.cash_outs.press()
    assert bench.drain() == [0x57, 0x66]
    bench.wait(11)
    assert bench.drain() == [0x51]
    assert bench.ask("01 57")[2] == 0x80
    assert bench.body("01 58 01 00 00 00 00 00 00 00 01") == b"\x80"


def test_host_that_refuses_means_a_handpay() -> None:
    bench = Bench(validation="system").rich(10)
    bench.ask(PRINTS)
    bench.machine.cash_outs.press()
    assert bench.body("01 58 00 00 00 00 00 00 00 00 01") == b"\x81"
    assert 0x51 in bench.drain()


def test_soft_host_cash_out_falls_back_and_a_hard_one_waits() -> None:
    for bits, codes in ((0x02, [0x51]), (0x06, [])):
        bench = Bench(validation="none").rich(10)
        bench.state.switches.host_cash_out = bits
        bench.machine.cash_outs.press()
        assert bench.drain() == [0x6A, 0x66]
        bench.wait(11)
        assert bench.drain() == codes


def test_restricted_credits_are_printed_alone_and_never_paid_by_hand() -> None:
    bench = Bench(validation="system")
    bench.state.restricted = 500
    with pytest.raises(Refused, match="restricted"):
        bench.machine.cash_outs.press()
    bench.ask(PRINTS)
    bench.machine.cash_outs.press()
    assert bench.body("01 57").hex() == "010000000500"
    bench.ask("01 58 01 00 00 00 00 00 00 00 07")
    assert (bench.state.credits, bench.meter(0x88), bench.meter(0x2D)) == (0, 500, 500)


def test_large_amount_is_paid_by_hand() -> None:
    bench = Bench(validation="system", ticket_limit_cents=500).rich(10)
    bench.ask(PRINTS)
    bench.machine.cash_outs.press()
    assert bench.drain() == [0x51, 0x66]


def test_button_does_nothing_when_there_is_nothing_to_pay_or_something_runs() -> None:
    bench = Bench(game_s=2.0)
    with pytest.raises(Refused, match="no credits"):
        bench.machine.cash_outs.press()
    bench.rich(10)
    bench.machine.game.play(1, 0)
    with pytest.raises(Refused, match="game"):
        bench.machine.cash_outs.press()
    bench.wait(3)
    bench.machine.cabinet.open_door("slot")
    with pytest.raises(Refused, match="slot"):
        bench.machine.cash_outs.press()
    bench.machine.cabinet.close_door("slot")
    bench.state.switches.host_cash_out = 0x06
    bench.machine.cash_outs.press()
    with pytest.raises(Refused, match="cash-out"):
        bench.machine.cash_outs.press()
