"""The parameters of commands, as the desk decodes them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lineside.runtime.command import Role
from lineside.studio.model.commands import COMMANDS


def test_commands_are_for_operators_and_explain_themselves() -> None:
    assert [spec.name for spec in COMMANDS] == ["set_maintenance", "set_status", "acknowledge_alarm", "clear_custom"]
    assert all(spec.role is Role.OPERATOR and spec.does.endswith(".") for spec in COMMANDS)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("set_maintenance", {"on": True, "until": "2026-01-01T12:00:00+01:00"}),
        ("set_maintenance", {"on": False}),
        ("set_status", {"fields": {"sdp": "up"}}),
        ("acknowledge_alarm", {"alarm": "reporter." + "d" * 128}),
        ("clear_custom", {}),
        ("clear_custom", {"name": "note"}),
    ],
)
def test_params_are_decoded_and_come_back_as_json(name: str, params: dict[str, Any]) -> None:
    (spec,) = [spec for spec in COMMANDS if spec.name == name]
    decoded = msgspec.convert(params, spec.params)
    assert msgspec.convert(msgspec.to_builtins(decoded), spec.params) == decoded


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("set_maintenance", {}),
        ("set_maintenance", {"on": "yes"}),
        ("set_maintenance", {"on": True, "until": "2026-01-01T12:00:00"}),
        ("set_maintenance", {"on": True, "for": 5}),
        ("set_status", {"fields": {}}),
        ("set_status", {"fields": {"sdp": 5}}),
        ("set_status", {"fields": {f"f{index}": "up" for index in range(17)}}),
        ("acknowledge_alarm", {"alarm": ""}),
        ("clear_custom", {"name": ""}),
    ],
)
def test_wrong_params_are_refused(name: str, params: dict[str, Any]) -> None:
    (spec,) = [spec for spec in COMMANDS if spec.name == name]
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(params, spec.params)
