"""The AFT lock: at once, after a game, refused, told every 5 s, over in time."""

from __future__ import annotations

import pytest

from lineside.slots.simulator import Refused
from tests.slots.simulator.aft_orders import order, transfer
from tests.slots.simulator.bench import Bench

LOCK, READ, CANCEL = "01 74 00 01 05 00", "01 74 FF 00 00 00", "01 74 80 00 00 00"


def status(bench: Bench, text: str = READ) -> int:
    return bench.body(text)[5]


def test_status_tells_asset_amounts_and_what_is_possible() -> None:
    bench = Bench(asset=300).rich(100)
    body = bench.body(READ)
    assert body[0] == 0x23
    assert body[1:5].hex() == "2c010000"
    assert body[5] == 0xFF
    assert body[6] & 0x13 == 0x13
    assert body[10:15].hex() == "0000010000"
    assert body[25:30].hex() == "0002979800"
    assert len(body) == 36


def test_lock_is_told_every_5_s_and_ends_in_time() -> None:
    bench = Bench()
    assert status(bench, "01 74 00 01 12 00") == 0x00
    assert bench.drain() == [0x6F]
    bench.wait(5.5)
    assert bench.drain() == [0x6F]
    bench.wait(7)
    bench.drain()
    assert status(bench) == 0xFF


def test_lock_waits_for_the_end_of_a_game() -> None:
    bench = Bench(game_s=2.0).rich()
    bench.machine.game.play(1, 0)
    assert status(bench, LOCK) == 0x40
    bench.wait(3)
    assert status(bench) == 0x00


def test_lock_is_cancelled_refused_and_ended_by_a_transfer() -> None:
    bench = Bench()
    assert status(bench, LOCK) == 0x00
    assert status(bench, CANCEL) == 0xFF
    bench.machine.locks.refuses = True
    assert status(bench, LOCK) == 0xFF
    assert status(bench, "01 74 00 02 05 00") == 0xFF  # nothing to take from the machine
    bench.machine.cabinet.tilt()
    assert status(bench, LOCK) == 0xFF
    bench.machine.cabinet.clear_tilts()
    assert status(bench, LOCK) == 0x00
    assert transfer(bench, order(flags=0x40))[1] == 0x00
    assert status(bench) == 0xFF


def test_game_is_refused_while_locked() -> None:
    bench = Bench().rich()
    bench.ask(LOCK)
    with pytest.raises(Refused, match="locked"):
        bench.machine.game.play()
