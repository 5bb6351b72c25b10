"""The numbers of wire/hev.md section 5."""

from __future__ import annotations

import pytest

from lineside.ventilator.wire.message import Priority
from lineside.ventilator.wire.tables import (
    COMMAND_TYPES,
    SENSORS_A0,
    SENSORS_AA,
    SENSORS_B0,
    SENSORS_B6_FLOW_CALC,
    VERSIONS,
    alarm_kinds,
    commands,
    fsm_names,
    states_at_rest,
)


@pytest.mark.parametrize(
    ("version", "number", "name"),
    [
        (0xA0, 0, "IDLE"),
        (0xA0, 5, "INHALE"),
        (0xA0, 10, "BUFF_FLUSH"),
        (0xA1, 1, "IDLE"),
        (0xA1, 7, "INHALE"),
        (0xA1, 13, "BUFF_FLUSH"),
        (0xAA, 0, "UNKNOWN"),
        (0xAA, 11, "STOP"),
        (0xAC, 14, "STANDBY"),
        (0xAE, 6, "INHALE"),
        (0xB5, 8, "EXHALE"),
        (0xB6, 2, "PRE_CALIBRATION"),
        (0xB6, 7, "INHALE"),
        (0xB6, 10, "STOP"),
        (0xB6, 13, "STANDBY"),
    ],
)
def test_state_has_its_number(version: int, number: int, name: str) -> None:
    assert fsm_names(version)[number] == name


def test_a0_knows_eleven_states_and_rests_only_in_idle() -> None:
    assert len(fsm_names(0xA0)) == 11
    assert states_at_rest(0xA0) == {0}
    assert states_at_rest(0xB6) == {0, 1, 2, 3, 10, 11, 12, 13}


def test_alarms_are_numbered_without_a_gap_and_named_in_upper_case() -> None:
    for version in VERSIONS:
        kinds = alarm_kinds(version)
        assert [kind.code for kind in kinds] == list(range(1, 32 if version == 0xB6 else 26))
        assert all(kind.name == kind.name.upper() for kind in kinds)
        assert len({kind.name for kind in kinds}) == len(kinds)


def test_medium_alarms_are_those_of_the_sheet() -> None:
    medium = {kind.code for kind in alarm_kinds(0xA0) if kind.priority is Priority.MEDIUM}
    assert medium == {4, 5, 6, 8, 9, 10, 11, 12, 19, 20, 21}


def test_a0_expresses_start_and_stop_alone() -> None:
    assert commands(0xA0) == {"GENERAL": {"START": 1, "STOP": 2}}


def test_later_versions_number_types_and_commands() -> None:
    assert COMMAND_TYPES["SET_THRESHOLD_MAX"] == 5
    assert commands(0xA1)["GENERAL"] == {"START": 1, "STOP": 2, "PURGE": 3, "FLUSH": 4}
    assert commands(0xA1)["SET_MODE"]["HEV_MODE_TEST"] == 4
    assert commands(0xAA)["GENERAL"]["RESET"] == 3
    assert commands(0xAA)["SET_DURATION"]["EXHALE"] == 11
    assert commands(0xAA)["SET_MODE"]["LAB_MODE_FLUSH"] == 8
    assert commands(0xAA)["SET_THRESHOLD_MIN"]["ARDUINO_FAIL"] == 25
    assert set(commands(0xB6)) == {"GENERAL"}


def test_sensors_are_as_many_as_their_layouts_have() -> None:
    counts = [len(sensors) for sensors in (SENSORS_A0, SENSORS_AA, SENSORS_B0, SENSORS_B6_FLOW_CALC)]
    assert counts == [17, 16, 22, 23]
    names = [field.name for field in SENSORS_B6_FLOW_CALC]
    assert names[names.index("flow_calc") - 1 : names.index("flow_calc") + 2] == ["flow", "flow_calc", "volume"]
