"""When flaky reporters misbehave."""

from __future__ import annotations

import random

from lineside.studio.simulator.settings import FaultSettings
from lineside.studio.simulator.spells import Spells, Trouble


def test_spells_come_in_order_and_about_as_often_as_asked() -> None:
    faults = FaultSettings(drop_every_s=100, drop_for_s=10, silence_every_s=300, silence_for_s=30)
    spells = Spells(faults, random.Random(1), 1000.0)
    found = [spells.next() for _ in range(400)]
    given = [spell for spell in found if spell is not None]
    assert len(given) == 400
    assert [spell.at for spell in given] == sorted(spell.at for spell in given)
    drops = [spell for spell in given if spell.trouble is Trouble.DROP]
    assert 250 < len(drops) < 350
    assert given[0].at > 1000
    assert all(7 <= spell.lasting_s <= 13 for spell in drops)


def test_no_trouble_is_none() -> None:
    assert Spells(FaultSettings(drop_every_s=0, drop_for_s=0), random.Random(1), 0.0).next() is None


def test_the_seed_repeats_them() -> None:
    def some(seed: int) -> list[object]:
        spells = Spells(FaultSettings(), random.Random(seed), 0.0)
        return [spells.next() for _ in range(5)]

    assert some(1) == some(1) != some(2)
