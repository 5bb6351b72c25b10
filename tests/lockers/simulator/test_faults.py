"""Faults are drawn from a seed, and spells come and go."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest

from lineside.lockers.simulator import FaultSettings
from lineside.lockers.simulator.faults import PIECE_BYTES_MAX, Fault, draw_fault, pieces_of, spell, spells_of
from tests.support.wait import until


def test_no_fault_is_drawn_without_a_wish() -> None:
    chance = random.Random(1)
    assert {draw_fault(FaultSettings(), chance) for _ in range(100)} == {None}


@pytest.mark.parametrize("fault", Fault)
def test_each_fault_can_be_wished_for(fault: Fault) -> None:
    settings = FaultSettings(**{fault.value: 1.0})
    assert draw_fault(settings, random.Random(1)) is fault


def test_faults_are_about_as_many_as_wished_and_repeat_with_the_seed() -> None:
    settings = FaultSettings(lost=0.1, cut=0.2)
    drawn = [[draw_fault(settings, chance) for _ in range(1000)] for chance in (random.Random(5), random.Random(5))]
    assert drawn[0] == drawn[1]
    assert 50 < drawn[0].count(Fault.LOST) < 200
    assert 100 < drawn[0].count(Fault.CUT) < 300


def test_pieces_are_small_and_whole_together() -> None:
    data = bytes(range(256)) * 3
    pieces = list(pieces_of(data, random.Random(2)))
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) <= PIECE_BYTES_MAX
    assert len(pieces) > 5


async def test_spell_comes_and_goes() -> None:
    changes: list[bool] = []
    task = asyncio.create_task(spell(0.02, 0.01, random.Random(3), changes.append))
    await until(lambda: len(changes) >= 6)
    task.cancel()
    assert changes[:6] == [True, False] * 3


async def test_spells_that_are_wished_for_are_counted() -> None:
    changes: list[tuple[str, bool]] = []
    names = {name: lambda on, name=name: changes.append((name, on)) for name in ("wifi", "gsm", "short", "drop")}
    counts: Counter[str] = Counter()
    settings = FaultSettings(wifi_every_s=0.02, wifi_for_s=0.01, drop_every_s=0.02)
    spells = spells_of(settings, random.Random(3), names, counts)
    tasks = [asyncio.create_task(one) for one in spells]
    await until(lambda: min(counts["wifi"], counts["drop"]) >= 2)
    for task in tasks:
        task.cancel()
    assert len(tasks) == len(counts) == 2
    assert {("wifi", True), ("wifi", False), ("drop", True)} <= set(changes)
