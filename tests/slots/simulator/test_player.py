"""The player: a long evening ends with meters that agree, and nobody gets stuck."""

from __future__ import annotations

import random

from lineside.slots.simulator import Player
from tests.slots.simulator.bench import SeatBench


def test_evening_ends_with_meters_that_agree() -> None:
    bench = SeatBench(validation="none", handpay_credits=150)
    player = Player(bench.seat, random.Random(5), games_a_minute=20)
    done: dict[str, int] = {}
    for _ in range(4000):
        what = player.turn()
        done[what] = done.get(what, 0) + 1
        bench.mono += 1
        bench.poll()
    meters = bench.seat.state.meters
    assert done["play"] > 500
    assert {"bill", "cash_out", "open", "close", "reset", "select"} <= set(done)
    assert meters[0x05] == meters[0x06] + meters[0x07]
    into = meters[0x0B] + meters[0x01]
    assert bench.seat.state.credits == into - meters[0x00] - meters.get(0x03, 0)
    assert bench.report.host_faults == {}


def test_player_keeps_his_pace() -> None:
    bench = SeatBench()
    player = Player(bench.seat, random.Random(5), games_a_minute=60)
    for tenth in range(1200):
        player.on_time(tenth / 10)
    assert 80 < bench.seat.state.meters[0x05] < 160


def test_attendant_puts_everything_right() -> None:
    bench = SeatBench()
    for act in ("open", "tilt", "menu"):
        bench.seat.do(act)
    player = Player(bench.seat, random.Random(5), games_a_minute=60)
    for _ in range(200):
        player.turn()
    assert bench.seat.machine.works.trouble() in ("", "handpay")
