"""Handpays: the cycle 51, 1B, reset, 52; repetition; the queue; credit instead of cash."""

from __future__ import annotations

import pytest

from lineside.slots.simulator import Refused
from tests.slots.simulator.bench import Bench


def test_win_by_hand_is_told_read_and_reset_by_an_attendant() -> None:
    bench = Bench().rich()
    bench.machine.game.play(5, 200_000)
    assert bench.drain() == [0x51, 0x7E, 0x7F]
    assert bench.meter(0x02) == 0
    assert bench.body("01 1B").hex() == "0000" + "0000200000" + "0000" + "01" + "00" * 10
    assert bench.body("01 1B") == bytes(20)  # read and acknowledged
    with pytest.raises(Refused, match="handpay"):
        bench.machine.game.play()
    bench.machine.handpays.reset()
    assert bench.drain() == [0x52]
    assert (bench.meter(0x02), bench.meter(0x1F), bench.meter(0x22), bench.meter(0x23)) == (200_000,) * 4
    assert bench.state.credits == 9_995


def test_51_comes_again_every_15_s_until_1b_is_read() -> None:
    bench = Bench()
    bench.machine.handpays.begin(1_000_000)
    assert bench.drain() == [0x51]
    bench.wait(14)
    assert bench.drain() == []
    bench.wait(2)
    assert bench.drain() == [0x51]
    bench.ask("01 1B")
    bench.wait(40)
    assert bench.drain() == []


def test_record_is_repeated_until_its_answer_is_acknowledged() -> None:
    bench = Bench()
    bench.machine.handpays.begin(1_000_000)
    first = bench.send(b"\x01\x1b")
    assert bench.send(b"\x01\x1b") == first
    assert bench.state.handpays
    bench.send(b"\x80")
    assert not bench.state.handpays


def test_records_wait_for_the_host_and_five_are_kept() -> None:
    bench = Bench()
    for credits in range(1, 8):
        bench.machine.handpays.begin(credits)
        bench.machine.handpays.reset()
    amounts = [int(bench.body("01 1B")[2:7].hex()) for _ in range(6)]
    assert amounts == [3, 4, 5, 6, 7, 0]


def test_cancelled_credits_leave_the_meter_with_the_reset_or_stay_with_the_player() -> None:
    bench = Bench(validation="none").rich()
    bench.machine.cash_outs.press()
    assert bench.drain() == [0x51, 0x66]
    assert bench.body("01 1B")[1] == 0x80
    bench.machine.handpays.cancel()
    assert bench.drain() == [0x55]
    assert bench.state.credits == 10_000
    bench.machine.cash_outs.press()
    bench.machine.handpays.reset()
    assert (bench.state.credits, bench.meter(0x03), bench.meter(0x04), bench.meter(0x23)) == (0, *(10_000,) * 3)


def test_host_resets_and_credits_where_that_is_allowed() -> None:
    bench = Bench()
    bench.machine.handpays.begin(5_000)
    assert bench.body("01 A8 01") == b"\x00"
    assert bench.body("01 94") == b"\x00"
    assert (bench.state.credits, bench.meter(0x01), bench.meter(0x02)) == (5_000, 5_000, 0)
    assert bench.body("01 94") == b"\x02"


def test_host_cannot_reset_where_it_is_not_allowed_or_a_door_is_open() -> None:
    bench = Bench(remote_reset=False)
    bench.machine.handpays.begin(5_000)
    assert bench.body("01 94") == b"\x01"
    assert bench.body("01 A8 01") == b"\x01"
    bench = Bench()
    bench.machine.handpays.begin(5_000)
    bench.machine.cabinet.open_door("slot")
    assert bench.body("01 94") == b"\x01"
    bench.machine.cabinet.close_door("slot")
    bench.machine.handpays.reset()
    with pytest.raises(Refused):
        bench.machine.handpays.reset()
    with pytest.raises(Refused):
        bench.machine.handpays.cancel()


def test_progressive_and_bonus_wins_have_meters_of_their_own() -> None:
    bench = Bench(progressive_group=3)
    bench.machine.handpays.begin(700, level=2)
    assert bench.body("01 1B")[:2] == b"\x03\x02"
    with pytest.raises(Refused):
        bench.machine.handpays.begin(1)
    bench.machine.handpays.reset()
    bench.machine.handpays.begin(300, is_bonus=True)
    bench.machine.handpays.reset()
    assert (bench.meter(0x20), bench.meter(0x21), bench.meter(0x02)) == (700, 300, 1_000)


def test_handpay_is_validated_when_the_host_wants_it() -> None:
    bench = Bench()
    bench.ask("01 4C 03 02 01 00 00 00")
    bench.ask("01 7B 08 04 00 04 00 00 00 00 00")
    bench.machine.handpays.begin(700)
    bench.machine.handpays.reset()
    assert bench.drain() == [0x3E, 0x52]
    assert bench.body("01 4D 00")[0] == 0x60
