"""What the numbers mean, per protocol version: states, alarms, commands, sensors and their units.

Only what wire/hev.md sections 4, 5 and 9 say of a version is here. A command whose number is not known for sure in a
version is absent from that version: a wrong number would ask a ventilator for something else.
"""

from __future__ import annotations

from typing import NamedTuple

from lineside.ventilator.wire.message import Priority


class Field(NamedTuple):
    """One sensor.

    Attributes:
        name: its key in JSON.
        unit: for people; empty for numbers without a unit and where no source states one.
    """

    name: str
    unit: str


class AlarmKind(NamedTuple):
    """One alarm of a version; ``priority`` is the authors' rank, None where they give none."""

    code: int
    name: str
    priority: Priority | None


VERSIONS = (0xA0, 0xA1, 0xAA, 0xAC, 0xAE, 0xB0, 0xB1, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6)

# ----------------------------------------------------------------------------------------------------------- sensors

COUNTS = "ADC counts"  # raw 10- or 12-bit readings in A0 and A1; their scale is not known to the wire
MBAR = "mbar"

SENSORS_A0 = (
    Field("version", ""),
    Field("fsm_state", ""),
    Field("pressure_air_supply", COUNTS),
    Field("pressure_air_regulated", COUNTS),
    Field("pressure_o2_supply", COUNTS),
    Field("pressure_o2_regulated", COUNTS),
    Field("pressure_buffer", COUNTS),
    Field("pressure_inhale", COUNTS),
    Field("pressure_patient", COUNTS),
    Field("temperature_buffer", COUNTS),
    Field("pressure_diff_patient", COUNTS),
    Field("readback_valve_air_in", ""),
    Field("readback_valve_o2_in", ""),
    Field("readback_valve_inhale", ""),
    Field("readback_valve_exhale", ""),
    Field("readback_valve_purge", ""),
    Field("readback_mode", ""),
)

SENSORS_AA = (
    Field("version", ""),
    Field("fsm_state", ""),
    Field("pressure_air_supply", COUNTS),
    Field("pressure_air_regulated", MBAR),
    Field("pressure_o2_supply", COUNTS),
    Field("pressure_o2_regulated", MBAR),
    Field("pressure_buffer", MBAR),
    Field("pressure_inhale", MBAR),
    Field("pressure_patient", MBAR),
    Field("temperature_buffer", ""),
    Field("pressure_diff_patient", MBAR),
    Field("ambient_pressure", ""),
    Field("ambient_temperature", ""),
    Field("airway_pressure", MBAR),
    Field("flow", ""),
    Field("volume", ""),
)

SENSORS_B0 = (
    *SENSORS_AA,
    Field("target_pressure", MBAR),
    Field("process_pressure", MBAR),
    Field("valve_duty_cycle", ""),
    Field("proportional", ""),
    Field("integral", ""),
    Field("derivative", ""),
)

# December 2020: flow_calc between flow and volume, with the version byte unchanged.
SENSORS_B6_FLOW_CALC = (*SENSORS_B0[:15], Field("flow_calc", ""), *SENSORS_B0[15:])

# ---------------------------------------------------------------------------------------------------- breathing states

_FSM_A0 = (
    *("IDLE", "BUFF_PREFILL", "BUFF_FILL", "BUFF_LOADED", "BUFF_PRE_INHALE", "INHALE", "PAUSE", "EXHALE_FILL"),
    *("EXHALE", "BUFF_PURGE", "BUFF_FLUSH"),
)
_FSM_A1 = (
    *("IDLE", "CALIBRATION", "BUFF_PREFILL", "BUFF_FILL", "BUFF_LOADED", "BUFF_PRE_INHALE", "INHALE", "PAUSE"),
    *("EXHALE_FILL", "EXHALE", "STOP", "BUFF_PURGE", "BUFF_FLUSH"),
)
_FSM_AE = (
    *("IDLE", "CALIBRATION", "BUFF_PREFILL", "BUFF_FILL", "BUFF_PRE_INHALE", "INHALE", "PAUSE", "EXHALE", "STOP"),
    *("BUFF_PURGE", "BUFF_FLUSH", "STANDBY"),
)
_FSM_B6 = ("IDLE", "PRE_CALIBRATION", *_FSM_AE[1:])


def fsm_names(version: int) -> dict[int, str]:
    """State number to name. A0 counts from 0, the others from 1.

    AE dropped two states and renumbered; that B0 to B5 kept AE's numbers is our reading of the B5 recording, in which
    6, 7 and 8 alternate as INHALE, PAUSE and EXHALE would.
    """
    if version == 0xA0:
        return dict(enumerate(_FSM_A0))
    if version == 0xA1:
        return dict(enumerate(_FSM_A1, 1))
    if version == 0xAA:
        return dict(enumerate(("UNKNOWN", *_FSM_A1)))
    if version == 0xAC:
        return dict(enumerate(("UNKNOWN", *_FSM_A1, "STANDBY")))
    return dict(enumerate(("UNKNOWN", *(_FSM_B6 if version == 0xB6 else _FSM_AE))))


# States in which no breath is given. In A0 only IDLE: START leaves it and STOP ends there. Decided here for the others.
_REST_A0 = frozenset({"IDLE"})
_REST = frozenset(
    {"UNKNOWN", "IDLE", "PRE_CALIBRATION", "CALIBRATION", "STOP", "STANDBY", "BUFF_PURGE", "BUFF_FLUSH"},
)


def states_at_rest(version: int) -> frozenset[int]:
    """The numbers of the states in which no breath is given."""
    rest = _REST_A0 if version == 0xA0 else _REST
    return frozenset(number for number, name in fsm_names(version).items() if name in rest)


# ------------------------------------------------------------------------------------------------------------ alarms

ALARM_OF_SERVER = "ARDUINO_FAIL"  # what a server latches by itself: stale data, an unknown code, a wrong version

_H, _M = Priority.HIGH, Priority.MEDIUM

_ALARMS = (
    AlarmKind(1, "APNEA", _H),
    AlarmKind(2, "CHECK_VALVE_EXHALE", _H),
    AlarmKind(3, "CHECK_P_PATIENT", _H),
    AlarmKind(4, "EXPIRATION_SENSE_FAULT_OR_LEAK", _M),
    AlarmKind(5, "EXPIRATION_VALVE_LEAK", _M),
    AlarmKind(6, "HIGH_FIO2", _M),
    AlarmKind(7, "HIGH_PRESSURE", _H),
    AlarmKind(8, "HIGH_RR", _M),
    AlarmKind(9, "HIGH_VTE", _M),
    AlarmKind(10, "LOW_VTE", _M),
    AlarmKind(11, "HIGH_VTI", _M),
    AlarmKind(12, "LOW_VTI", _M),
    AlarmKind(13, "INTENTIONAL_STOP", _H),
    AlarmKind(14, "LOW_BATTERY", _H),
    AlarmKind(15, "LOW_FIO2", _H),
    AlarmKind(16, "OCCLUSION", _H),
    AlarmKind(17, "HIGH_PEEP", _H),
    AlarmKind(18, "LOW_PEEP", _H),
    AlarmKind(19, "AC_POWER_DISCONNECTION", _M),
    AlarmKind(20, "BATTERY_FAULT_SRVC", _M),
    AlarmKind(21, "BATTERY_CHARGE", _M),
    AlarmKind(22, "AIR_FAIL", _H),
    AlarmKind(23, "O2_FAIL", _H),
    AlarmKind(24, "PRESSURE_SENSOR_FAULT", _H),
    AlarmKind(25, "ARDUINO_FAIL", _H),
)
_ALARMS_B6 = (
    AlarmKind(26, "ALARM_TEST", None),
    AlarmKind(27, "HIGH_VME", None),
    AlarmKind(28, "LOW_VME", None),
    AlarmKind(29, "HIGH_VMI", None),
    AlarmKind(30, "LOW_VMI", None),
    AlarmKind(31, "EXTENDED_HIGH_PRESSURE", None),
)

# The priority byte of an alarm payload, A1 and later.
PRIORITY_OF_LEVEL = {1: Priority.LOW, 2: Priority.MEDIUM, 3: Priority.HIGH}
LEVEL_OF_PRIORITY = {priority: level for level, priority in PRIORITY_OF_LEVEL.items()}


def alarm_kinds(version: int) -> tuple[AlarmKind, ...]:
    """The alarms of a version, by rising code. Code 0 is none of them: it means that the machine does not know."""
    return _ALARMS + _ALARMS_B6 if version == 0xB6 else _ALARMS


# ---------------------------------------------------------------------------------------------------------- commands

COMMAND_TYPES = {"GENERAL": 1, "SET_DURATION": 2, "SET_MODE": 3, "SET_THRESHOLD_MIN": 4, "SET_THRESHOLD_MAX": 5}

_DURATIONS = (
    *("CALIBRATION", "BUFF_PURGE", "BUFF_FLUSH", "BUFF_PREFILL", "BUFF_FILL", "BUFF_LOADED", "BUFF_PRE_INHALE"),
    *("INHALE", "PAUSE", "EXHALE_FILL", "EXHALE"),
)
_MODES_A1 = ("HEV_MODE_PS", "HEV_MODE_CPAP", "HEV_MODE_PRVC", "HEV_MODE_TEST")
_MODES_AA = (
    *("UNKNOWN", "HEV_MODE_PC_AC", "HEV_MODE_PC_AC_PRVC", "HEV_MODE_PC_PSV", "HEV_MODE_CPAP", "HEV_MODE_TEST"),
    *("LAB_MODE_BREATHE", "LAB_MODE_PURGE", "LAB_MODE_FLUSH"),
)


def _numbered(names: tuple[str, ...], first: int = 1) -> dict[str, int]:
    return {name: code for code, name in enumerate(names, first)}


def commands(version: int) -> dict[str, dict[str, int]]:
    """Command type to command to code. A0 knows START and STOP alone; its frames have no type byte."""
    general = {"START": 1, "STOP": 2}
    if version == 0xA0 or version >= 0xAE:
        return {"GENERAL": general}
    thresholds = {alarm.name: alarm.code for alarm in alarm_kinds(version)}
    is_first = version == 0xA1
    return {
        "GENERAL": general | ({"PURGE": 3, "FLUSH": 4} if is_first else {"RESET": 3}),
        # A1 called this type SET_TIMEOUT; the number and the meaning are the same, so it has one name here.
        "SET_DURATION": _numbered(_DURATIONS),
        "SET_MODE": _numbered(_MODES_A1) if is_first else _numbered(_MODES_AA, 0),
        "SET_THRESHOLD_MIN": thresholds,
        "SET_THRESHOLD_MAX": thresholds,
    }
