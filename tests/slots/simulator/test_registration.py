"""AFT registration: two steps, the operator's side, a wrong asset number."""

from __future__ import annotations

import pytest

from lineside.slots.simulator import Refused
from tests.slots.simulator.bench import Bench

REST = " 01 00 00 00" + " 11" * 20 + " 05 00 00 00"


def status(bench: Bench, code: str, rest: str = REST) -> int:
    return bench.body(f"01 73 1D {code}{rest}")[1]


def test_registration_takes_two_steps_with_the_same_data() -> None:
    bench = Bench()
    assert status(bench, "00") == 0x00
    assert status(bench, "01") == 0x01
    assert bench.body("01 73 01 FF")[6:26] == b"\x11" * 20
    assert status(bench, "80") == 0x80
    assert bench.body("01 73 01 FF")[6:26] == bytes(20)


def test_registration_without_the_first_step_or_with_other_data_fails() -> None:
    bench = Bench()
    assert status(bench, "01") == 0x80
    status(bench, "00")
    assert status(bench, "01", REST.replace("05", "06")) == 0x80
    assert status(bench, "00", " 02" + REST[3:]) == 0x80


def test_operator_asks_and_answers() -> None:
    bench = Bench()
    bench.machine.registrations.request()
    assert bench.drain() == [0x6C]
    with pytest.raises(Refused):
        bench.machine.registrations.acknowledge()
    for yes, code in ((True, 0x6D), (False, 0x6E)):
        assert status(bench, "40") == 0x40
        bench.machine.registrations.acknowledge(yes=yes)
        assert bench.drain() == [code]
