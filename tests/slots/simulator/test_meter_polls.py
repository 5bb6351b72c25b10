"""Polls of meters: which number stands where, and wrong questions."""

from __future__ import annotations

import pytest

from lineside.slots.simulator import Profile
from lineside.slots.simulator.meter_polls import BILLS, SINGLE
from lineside.slots.wire import METER_OF_POLL, METERS
from tests.slots.simulator.bench import Bench


@pytest.mark.parametrize("poll", sorted(SINGLE))
def test_single_poll_shows_its_meter(poll: int) -> None:
    bench = Bench()
    if poll != 0x1A:
        bench.machine.works.meters.set(SINGLE[poll], 123_456_789)
        assert bench.body(f"01 {poll:02X}").hex() == "23456789"
    assert METER_OF_POLL.get(poll, SINGLE[poll]) == SINGLE[poll]


@pytest.mark.parametrize("poll", sorted(BILLS))
def test_poll_of_bills_counts_its_bill(poll: int) -> None:
    bench = Bench(aft_limit_cents=10**10)
    bench.machine.cabinet.insert_bill(BILLS[poll])
    assert bench.body(f"01 {poll:02X}").hex() == "00000001"


def test_rows_of_meters_stand_in_the_order_of_the_sheet() -> None:
    bench = Bench()
    for place, code in enumerate((0x04, 0x00, 0x01, 0x24, 0x02, 0x05, 0x06), 1):
        bench.machine.works.meters.set(code, place)
    assert bench.body("01 0F").hex() == "".join(f"{n:08d}" for n in (1, 2, 3, 4, 5, 6))
    assert bench.body("01 19").hex() == "".join(f"{n:08d}" for n in (2, 3, 4, 5, 6))
    assert bench.body("01 1C").hex() == "".join(f"{n:08d}" for n in (2, 3, 4, 5, 6, 7, 0, 0))
    assert bench.body("01 52 00 00").hex() == "0000" + "".join(f"{n:08d}" for n in (2, 3, 5, 6))
    assert bench.body("01 1E") == bytes(24)


def test_cents_have_five_bytes_and_unsupported_codes_are_left_out_of_2f() -> None:
    bench = Bench(profile=Profile(ignored_meters=(0x05,)))
    bench.machine.works.meters.set(0xA0, 93_798_040)
    body = bench.body("01 2F 06 00 00 A0 05 C5 0B")
    assert body.hex() == "0d0000" + "a0" + "0093798040" + "0b" + "00000000"
    assert METERS[0xA0].bytes == 5


def test_unsupported_codes_of_6f_have_no_size_or_are_left_out() -> None:
    assert Bench().body("01 6F 06 00 00 C5 01 05 00").hex() == "0c0000" + "c50100" + "050004" + "00000000"
    bench = Bench(profile=Profile(unsupported_size_0=False))
    assert bench.body("01 6F 06 00 00 C5 01 05 00").hex() == "090000" + "050004" + "00000000"


@pytest.mark.parametrize(
    "poll",
    ["01 2F 0D 00 00" + " 00" * 11, "01 6F 1C 00 00" + " 00 00" * 13, "01 2F 03 00 77 00", "01 52 00 77"],
)
def test_too_many_codes_and_unknown_games_are_refused(poll: str) -> None:
    assert Bench().ask(poll) == b"\x81"


def test_game_has_meters_of_its_own() -> None:
    bench = Bench().rich()
    bench.machine.game.select(2)
    bench.machine.game.play(7, 0)
    assert bench.body("01 2F 05 00 02 00 05 0B").hex() == "0c0002" + "0000000007" + "0500000001"
    assert bench.body("01 2D 00 02").hex() == "000200000000"
    assert bench.body("01 83 00 02").hex() == "000200000000"
