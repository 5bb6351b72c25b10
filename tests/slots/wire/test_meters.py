"""The meter table against §11."""

from __future__ import annotations

import pytest

from lineside.slots.wire import LONG_POLLS, METER_OF_FIELD, METER_OF_POLL, METERS, MeterUnit, Trust

RESERVED = {*range(0x3A, 0x3E), 0x7D, 0x7E, *range(0x94, 0xA0), *range(0xB2, 0xB8), *range(0xBE, 0xFA)}


def test_every_code_of_the_sheet_has_a_row_and_no_other() -> None:
    assert set(METERS) == set(range(0x100)) - RESERVED
    assert len({spec.key for spec in METERS.values()}) == len(METERS)


@pytest.mark.parametrize(
    ("code", "name", "unit", "size"),
    [
        (0x00, "coin in", "credits", 4),
        (0x03, "hand-paid cancelled credits", "credits", 4),
        (0x07, "games lost", "count", 4),
        (0x0C, "current credits", "credits", 4),
        (0x0D, "cashable tickets in with non-restricted", "cents", 5),
        (0x10, "restricted tickets out", "cents", 5),
        (0x14, "count of restricted tickets out", "count", 4),
        (0x18, "electronic to host", "credits", 4),
        (0x1E, "machine paid external bonus", "credits", 4),
        (0x24, "total drop", "credits", 4),
        (0x2C, "tickets out cashable with debit", "credits", 4),
        (0x34, "electronic to host non-restricted", "credits", 4),
        (0x39, "count of restricted tickets out alone", "count", 4),
        (0x3F, "value of bills in stacker", "credits", 4),
        (0x40, "bills accepted of 1", "count", 4),
        (0x4A, "bills accepted of 500", "count", 4),
        (0x57, "bills accepted of 1000000", "count", 4),
        (0x62, "bills to drop of 1000", "count", 4),
        (0x6D, "bills diverted to hopper of 1000", "count", 4),
        (0x78, "bills dispensed from hopper of 1000", "count", 4),
        (0x80, "tickets in regular cashable amount", "cents", 5),
        (0x93, "count of validated jackpot handpay without receipt", "count", 4),
        (0xA0, "aft to machine in-house cashable", "cents", 5),
        (0xB8, "aft to host cashable", "cents", 5),
        (0xFF, "keyed off non-restricted", "credits", 4),
    ],
)
def test_row_is_that_of_the_sheet(code: int, name: str, unit: str, size: int) -> None:
    spec = METERS[code]
    assert (spec.name, spec.unit.value, spec.bytes) == (name, unit, size)


def test_five_bytes_are_those_in_cents() -> None:
    assert all((spec.bytes == 5) == (spec.unit is MeterUnit.CENTS) for spec in METERS.values())


def test_trust_is_told_apart_for_names_and_sizes() -> None:
    assert {code for code, spec in METERS.items() if spec.bytes_tag is Trust.TRAFFIC} == {
        *(0x00, 0x01, 0x02, 0x03, 0x0B, 0x0C, 0x1E, 0xA0, 0xA2, 0xB8, 0xBA)
    }
    assert {code for code, spec in METERS.items() if spec.bytes_tag is Trust.DISPUTED} == {0x25, 0x26, 0x28, 0x2A, 0x2B}
    assert METERS[0x78].tag is Trust.TWO
    assert METERS[0x79].tag is Trust.ONE


def test_key_is_a_name_for_programs() -> None:
    assert METERS[0x19].key == "restricted_played"
    assert METERS[0x1A].key == "non_restricted_played"
    assert all(spec.key.isidentifier() for spec in METERS.values())


def test_polls_and_fields_have_meters_of_the_same_name() -> None:
    assert set(METER_OF_FIELD.values()) | set(METER_OF_POLL.values()) <= set(METERS)
    for poll, code in METER_OF_POLL.items():
        assert LONG_POLLS[poll].unit is METERS[code].unit
    assert METERS[METER_OF_FIELD["coin_in_credits"]].name == "coin in"
