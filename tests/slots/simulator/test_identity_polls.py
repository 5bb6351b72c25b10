"""What the machine says that it is."""

from __future__ import annotations

from typing import Any

import pytest

from lineside.slots.simulator import Profile
from tests.slots.simulator.bench import Bench


def test_plate_of_game_0_is_that_of_1f() -> None:
    bench = Bench(progressive_group=2)
    assert bench.body("01 53 00 00")[2:] == bench.body("01 1F")


@pytest.mark.parametrize(
    ("settings", "profile", "features"),
    [
        ({}, Profile(), "d64d01"),
        ({"validation": "system"}, Profile(), "b64d01"),
        ({"validation": "system"}, Profile(style_system=2), "d64d01"),
        ({"validation": "enhanced"}, Profile(style_system=2), "b64d01"),
        ({"validation": "standard"}, Profile(), "964d01"),
        ({"validation": "none", "aft": False, "fast": False}, Profile(), "040d00"),
        ({"denominations": (0x01, 0x02)}, Profile(), "d6cd01"),
    ],
)
def test_features_follow_the_settings(settings: dict[str, Any], profile: Profile, features: str) -> None:
    assert Bench(profile=profile, **settings).body("01 A0 00 00").hex() == "0000" + features + "000000"


def test_games_and_denominations_are_listed() -> None:
    bench = Bench(games=3, denominations=(0x02, 0x04))
    bench.ask("01 09 00 02 00")
    assert bench.body("01 56").hex() == "050200010003"
    bench.ask("01 09 00 02 01")
    assert bench.body("01 56").hex() == "07030001000200 03".replace(" ", "")
    assert bench.body("01 B2").hex() == "0403010204"
    assert bench.body("01 B3").hex() == "01"


def test_details_wager_reels_hopper_and_levels() -> None:
    bench = Bench()
    details = bench.body("01 B5 00 02")
    assert details[0] == len(details) - 1
    assert b"Lucky Line 2" in details
    assert b"90.68 %" in details
    assert bench.body("01 B4 00 01 00 00")[5:9] == b"9068"
    assert bench.body("01 8F").hex() == "030701ffffffffffff"
    assert bench.body("01 4F").hex() == "02ffff"
    assert bench.body("01 84").hex() == "00" * 7
    assert bench.body("01 87").hex() == "020000"
    assert bench.ask("01 B5 00 77") == b"\x81"
