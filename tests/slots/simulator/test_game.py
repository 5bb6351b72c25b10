"""Games: their meters, their end after a power cut, what forbids them, and what the machine pays back."""

from __future__ import annotations

import random

import pytest

from lineside.slots.simulator import Refused
from lineside.slots.simulator.game import draw
from tests.slots.simulator.bench import Bench


def test_game_moves_credits_and_meters_of_machine_and_game() -> None:
    bench = Bench().rich(1)
    bench.machine.game.select(3)
    bench.machine.game.play(10, 25)
    bench.machine.game.play(10, 0)
    wanted = {0x00: 20, 0x01: 25, 0x05: 2, 0x06: 1, 0x07: 1, 0x1C: 25, 0x22: 25}
    assert {code: bench.meter(code) for code in wanted} == wanted
    assert {code: bench.meter(code, 3) for code in wanted} == wanted
    assert bench.meter(0x00, 1) == 0
    assert bench.state.credits == 105
    assert bench.body("01 18").hex() == "00020002"
    assert bench.drain() == [0x8C, 0x7E, 0x7F, 0x7E, 0x7F]


def test_game_ends_in_its_time_and_its_end_was_drawn_at_its_start() -> None:
    bench = Bench(game_s=3.0).rich(1)
    bench.machine.game.play(1, 40)
    bench.wait(1)
    assert bench.state.credits == 99
    bench.power_up(bench.state)
    bench.mono += 3
    assert bench.drain() == [0x7E, 0x18, 0x17, 0x7F]
    assert bench.state.credits == 139


def test_restricted_credits_are_played_first() -> None:
    bench = Bench().rich(1)
    bench.state.restricted, bench.state.non_restricted = 3, 4
    bench.machine.game.play(10, 0)
    assert (bench.state.restricted, bench.state.non_restricted, bench.state.cashable) == (0, 0, 97)
    assert (bench.meter(0x19), bench.meter(0x1A)) == (3, 4)


@pytest.mark.parametrize(
    ("order", "why"),
    [("01 01", "locked out"), ("01 0A", "maintenance"), ("01 09 00 01 00", "cannot be played")],
)
def test_host_forbids_games(order: str, why: str) -> None:
    bench = Bench().rich(1)
    bench.ask(order)
    with pytest.raises(Refused, match=why):
        bench.machine.game.play()


def test_delay_of_the_host_lengthens_games() -> None:
    bench = Bench().rich(1)
    bench.ask("01 2E 1E 00")
    bench.machine.game.play(1, 0)
    with pytest.raises(Refused, match="runs"):
        bench.machine.game.play()
    with pytest.raises(Refused, match="runs"):
        bench.machine.game.select(2)
    bench.wait(3.5)
    bench.machine.game.play(1, 0)


@pytest.mark.parametrize(("game", "bet"), [(1, 0), (1, 300), (1, 101), (0, 1)])
def test_bets_and_games_that_do_not_exist_are_refused(game: int, bet: int) -> None:
    bench = Bench().rich(1)
    bench.machine.game.select(game)
    with pytest.raises(Refused):
        bench.machine.game.play(bet)
    with pytest.raises(Refused):
        bench.machine.game.select(7)


def test_bonus_is_refused_as_busy_while_the_machine_cannot_pay() -> None:
    bench = Bench()
    bench.machine.cabinet.open_door("slot")
    assert bench.ask("01 8A 00 00 00 10 01") == b"\x01\x00"
    bench.machine.cabinet.close_door("slot")
    assert bench.ask("01 8A 00 00 00 10 01") == b"\x01"
    assert (bench.meter(0x1E), bench.meter(0x01), bench.state.credits) == (10, 10, 10)


def test_paytable_pays_back_what_the_plate_says() -> None:
    chance = random.Random(2)
    games = 200_000
    assert sum(draw(chance) for _ in range(games)) / games == pytest.approx(0.9068, abs=0.05)
