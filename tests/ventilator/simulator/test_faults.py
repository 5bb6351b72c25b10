from __future__ import annotations

import random

import pytest

from lineside.ventilator.simulator import FaultSettings, SimulatorReport
from lineside.ventilator.simulator.faults import BadCable, Spells

PIECES = [bytes((number % 256,)) * 20 for number in range(2000)]


def cable(seed: int = 1, **chances: float) -> tuple[BadCable, SimulatorReport]:
    report = SimulatorReport()
    return BadCable(FaultSettings(**chances), random.Random(seed), report), report  # type: ignore[arg-type]


def carry(wire: BadCable) -> bytes:
    arrived = b""
    for index, piece in enumerate(PIECES):
        wire.put(piece, index / 100)
        arrived += wire.take(index / 100)
    return arrived + wire.take(1e9)


def test_without_faults_everything_arrives_at_once() -> None:
    wire, report = cable()
    wire.put(b"abc", 1)
    assert wire.take(1) == b"abc"
    assert carry(wire) == b"".join(PIECES)
    assert report.faults == {}


@pytest.mark.parametrize("name", ["lost", "cut", "doubled", "flipped", "late"])
def test_each_fault_happens_as_often_as_asked_and_is_counted(name: str) -> None:
    wire, report = cable(**{name: 0.1})
    carry(wire)
    assert 140 < report.faults[name] < 260
    assert list(report.faults) == [name]


def test_lost_pieces_are_missing_and_doubled_ones_come_twice() -> None:
    wire, report = cable(lost=0.2)
    assert len(carry(wire)) == 40_000 - 20 * report.faults["lost"]
    wire, report = cable(doubled=0.2)
    assert len(carry(wire)) == 40_000 + 20 * report.faults["doubled"]


def test_cut_pieces_keep_their_beginning_and_flipped_ones_differ_in_one_bit() -> None:
    wire, _ = cable(cut=1)
    pieces = [wire.damage(b"0123456789")[0] for _ in range(200)]
    assert all(b"0123456789".startswith(piece) and len(piece) < 10 for piece in pieces)
    wire, _ = cable(flipped=1)
    for _ in range(200):
        (piece,) = wire.damage(bytes(10))
        assert sum(byte.bit_count() for byte in piece) == 1
    assert wire.damage(b"") == [b""]


def test_late_pieces_hold_up_those_behind_and_lose_no_order() -> None:
    wire, report = cable(late=0.1, late_s_max=1.0)
    assert carry(wire) == b"".join(PIECES)
    wire, _ = cable(late=1, late_s_max=1.0)
    wire.put(b"first", 0)
    wire.put(b"second", 0)
    assert wire.take(0) == b""
    assert wire.take(1) == b"firstsecond"
    assert report.faults["late"] > 0


def test_the_seed_repeats_the_weather() -> None:
    weather = {"lost": 0.1, "cut": 0.1, "doubled": 0.1, "flipped": 0.1, "late": 0.1}
    first, second, other = (carry(cable(seed, **weather)[0]) for seed in (7, 7, 8))
    assert first == second != other


def test_spells_come_after_their_interval_and_last_as_asked() -> None:
    spells = Spells(10, 2, began_at=100)
    on = [now for now in range(100, 135) if spells.is_on(now)]
    assert on == [110, 111, 120, 121, 130, 131]
    assert not any(Spells(0, 2, 100).is_on(now) for now in range(100, 200))
