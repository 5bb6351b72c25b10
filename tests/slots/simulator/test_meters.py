"""Meters: sums, wrapping in the field and at 18 digits."""

from __future__ import annotations

import pytest

from lineside.slots.simulator import MachineState
from lineside.slots.simulator.meters import FEEDS, WRAP, Meters
from lineside.slots.wire import METERS


def test_meter_wraps_at_its_field_and_not_before() -> None:
    meters = Meters(MachineState())
    meters.set(0x00, 99_999_999)
    assert meters.field(0x00).hex() == "99999999"
    meters.add(0x00, 2)
    assert meters.field(0x00).hex() == "00000001"
    assert meters.sized_field(0x00).hex() == "050100000001"
    assert meters.sized_field(0x00, size=4).hex() == "0400000001"


def test_meter_wraps_at_18_digits() -> None:
    meters = Meters(MachineState())
    meters.set(0xA0, WRAP - 1)
    assert meters.sized_field(0xA0).hex() == "09" + "9" * 18
    meters.add(0xA0, 1)
    assert meters.value(0xA0) == 0
    assert meters.sized_field(0xA0).hex() == "050000000000"


@pytest.mark.parametrize(
    ("total", "parts"),
    [
        (0x0D, (0x80, 0x84)),
        (0x0E, (0x86, 0x8A)),
        (0x0F, (0x82,)),
        (0x10, (0x88,)),
        (0x11, (0x81, 0x85)),
        (0x12, (0x87, 0x8B)),
        (0x22, (0x01, 0x02)),
        (0x23, (0x02, 0x03)),
    ],
)
def test_identities_of_the_sheet_hold(total: int, parts: tuple[int, ...]) -> None:
    meters = Meters(MachineState())
    for amount, code in enumerate(METERS, 1):
        if code not in (0x0C, 0x1B) and code not in {fed for above in FEEDS.values() for fed in above}:
            meters.add(code, amount)
    assert meters.value(total) == sum(meters.value(part) for part in parts) > 0


def test_sums_above_sums_are_fed() -> None:
    meters = Meters(MachineState())
    meters.add(0x29, 5)
    assert [meters.value(code) for code in (0x28, 0x15, 0x24)] == [5, 5, 5]


def test_credits_are_no_counters_and_games_have_their_own_meters() -> None:
    state = MachineState(cashable=3, restricted=4)
    meters = Meters(state, ignored=(0x05,))
    meters.add(0x01, 9, game=2)
    assert (meters.value(0x0C), meters.value(0x1B)) == (7, 4)
    assert (meters.value(0x22, 2), meters.value(0x01, 1)) == (9, 0)
    assert not meters.has(0x05)
    assert not meters.has(0x0B, game=2)
    assert not meters.has(0x200)
    meters.clear()
    assert meters.value(0x01) == 0
    assert state.credits == 7
