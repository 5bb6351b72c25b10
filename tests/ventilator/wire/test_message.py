"""What messages tell about themselves."""

from __future__ import annotations

from lineside.ventilator.wire import Data, Other, Unusable, UnusableReason


def test_data_gives_its_sensors_by_name_in_wire_order() -> None:
    data = Data(("version", "fsm_state", "flow"), (160, 5, 1.5))
    assert list(data.sensors().items()) == [("version", 160), ("fsm_state", 5), ("flow", 1.5)]
    assert data.fsm_state == 5


def test_other_gives_its_values_by_name() -> None:
    assert Other("DEBUG", ("value_1", "value_2"), (1, 2.5)).as_dict() == {"value_1": 1, "value_2": 2.5}


def test_unusable_prints_reason_version_and_bytes_for_a_log() -> None:
    wrong = Unusable(0x40, 1, UnusableReason.WRONG_VERSION, 0xA1, b"\xa1\x00")
    assert str(wrong) == "wrong version A1, address 40, 2 bytes: a1 00"
    assert str(Unusable(0x40, 1, UnusableReason.EMPTY, None, b"")) == "empty, address 40, 0 bytes: "
