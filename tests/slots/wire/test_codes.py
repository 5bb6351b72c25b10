"""Names of codes and bits against §9 and §10."""

from __future__ import annotations

from lineside.slots.wire import (
    AFT_ABILITIES,
    AFT_CODES,
    AFT_FLAGS,
    AFT_STATUSES,
    AFT_TYPES,
    TICKET_STATUSES,
    VALIDATION_TYPES,
    Trust,
    bit_texts,
    code_text,
)


def test_statuses_of_a_transfer_are_those_of_the_sheet() -> None:
    wanted = {0x00, 0x01, 0x40, *range(0x80, 0x96), 0x9F, 0xC0, 0xC1, 0xFF}
    assert set(AFT_STATUSES) == wanted
    assert {code for code, spec in AFT_STATUSES.items() if spec.tag is Trust.TRAFFIC} == {0x00, 0x87, 0xC0}
    assert code_text(AFT_STATUSES, 0x93) == "asset number zero or different"
    assert code_text(AFT_STATUSES, 0x02) == "unknown code 02"


def test_types_and_codes() -> None:
    assert set(AFT_TYPES) == {0x00, 0x10, 0x11, 0x20, 0x40, 0x60, 0x80, 0x90}
    assert AFT_CODES[0xFE].tag is Trust.AUTHOR
    assert set(VALIDATION_TYPES) == {0, 1, 2, 3, 4, 0x10, 0x20, 0x40, 0x60, 0x80, 0x81, 0x82}
    assert set(TICKET_STATUSES) == {0, 1, 2, 0x20, 0x40, *range(0x80, 0x8C), 0xC0, 0xFF}
    assert {code for code, spec in TICKET_STATUSES.items() if spec.tag is Trust.AUTHOR} == {
        *(0x01, 0x02, 0x20, 0x82, 0x83, 0x86, 0x89, 0x8A, 0xC0)
    }


def test_bits_are_named_lowest_first_and_undefined_ones_by_number() -> None:
    assert set(AFT_FLAGS) == set(AFT_ABILITIES) == set(range(8))
    assert bit_texts(AFT_FLAGS, 0x0B) == [
        "apply host cash-out settings",
        "host cash-out enabled",
        "cash-out request from machine",
    ]
    assert bit_texts(VALIDATION_TYPES, 0x8000) == ["bit 15"]
    assert bit_texts(AFT_FLAGS, 0) == []
    assert [bit for bit, spec in AFT_ABILITIES.items() if spec.tag is Trust.ONE] == [0, 4, 5, 7]
