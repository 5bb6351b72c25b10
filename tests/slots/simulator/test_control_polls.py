"""What the host turns on and off is obeyed and kept."""

from __future__ import annotations

import pytest

from tests.slots.simulator.bench import Bench


@pytest.mark.parametrize(
    ("order", "switch", "value"),
    [
        ("01 01", "is_enabled", False),
        ("01 03", "sound", 3),
        ("01 04", "sound", 4),
        ("01 05", "sound", 5),
        ("01 07", "bills_on", False),
        ("01 0A", "in_maintenance", True),
        ("01 0E 01", "rte", True),
        ("01 AA 01", "auto_rebet", True),
        ("01 2E 0A 01", "delay_tenths", 266),
        ("01 08 DD 00 00 00 01", "bill_mask", 0xDD),
        ("01 09 00 02 00", "disabled_games", [2]),
        ("01 7D 0A 07 00 14 02 48 49 00 02 4F 4B", "texts", {0: "HI", 1: "", 2: "OK"}),
        ("01 7D 0A 07 00 14 02 48 49 00 02 4F 4B", "ticket_days", 20),
        ("01 7C 04 10 02 41 42", "texts", {16: "AB"}),
    ],
)
def test_switch_is_set_and_outlives_the_power(order: str, switch: str, value: object) -> None:
    bench = Bench()
    assert bench.ask(order)[:1] == b"\x01"
    assert getattr(bench.state.switches, switch) == value
    bench.power_up(bench.state)
    assert getattr(bench.state.switches, switch) == value


def test_validation_control_changes_the_masked_bits_alone() -> None:
    bench = Bench()
    bench.ask("01 7B 08 3F 00 2A 00 07 00 00 14")
    assert bench.state.switches.validation_state == 0x2A
    assert (bench.state.switches.cash_days, bench.state.switches.restricted_days) == (700, 14)
    assert bench.body("01 7B 08 02 00 00 00 00 00 00 00")[5:7].hex() == "2800"


def test_broadcasts_are_obeyed_without_an_answer_and_other_polls_are_not_broadcast() -> None:
    bench = Bench()
    assert bench.ask("00 7B 08 01 00 01 00 00 00 00 00") == b""
    assert bench.state.switches.validation_state == 1
    bench.ask("00 01")
    assert bench.state.switches.is_enabled


def test_amounts_of_another_group_are_not_ours() -> None:
    bench = Bench(progressive_group=1)
    bench.ask("01 80 02 01 00 00 00 00 01")
    assert bench.state.levels == {}
    assert bench.ask("01 80 01 01 00 00 00 00 01") == b"\x01"
    assert bench.ask("01 86 07 01 02 00 00 00 00 05") == b"\x01"
    assert bench.state.levels == {1: 1, 2: 5}
