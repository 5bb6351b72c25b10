from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from lineside.lockers.model.commands import COMMANDS, SetCodeParams, keep_secret, set_code_params
from lineside.runtime.command import Command, CommandClass
from lineside.runtime.step import Secret


def command(**params: Any) -> Command:
    return Command("c1", "hall/1953", "set_code", params, "operator anna", "", CommandClass.DURABLE)


def test_what_a_board_may_be_asked_and_how_long_it_waits() -> None:
    waits = {spec.name: spec.waits for spec in COMMANDS}
    durable = {name for name, kind in waits.items() if kind is CommandClass.DURABLE}
    assert durable == {"set_code", "revoke_code", "block", "unblock"}
    assert set(waits) == durable | {"reboot", "approve"}
    assert next(spec.expires_s for spec in COMMANDS if spec.name == "reboot") == 600.0


def test_parameters_come_back_from_the_types_of_json() -> None:
    params = set_code_params(command(cell=2, code=Secret("0042"), until="2026-02-01T10:00:00Z", minutes=None))
    assert params == SetCodeParams(cell=2, code=Secret("0042"), until=datetime(2026, 2, 1, 10, tzinfo=UTC))


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"cell": "two"},
        {"cell": 2, "code": 1492},
        {"cell": 2, "label": "x" * 65},
        {"cell": 2, "until": "2026-02-01T10:00:00"},
        {"cell": 2, "pin": "1492"},
    ],
)
def test_parameters_that_are_none_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises((msgspec.ValidationError, TypeError)):
        set_code_params(command(**params))


def test_secret_stays_what_it_is_and_text_becomes_one() -> None:
    secret = Secret("0042")
    assert keep_secret(Secret, secret) is secret
    assert keep_secret(Secret, "0042") == secret
    with pytest.raises(TypeError):
        keep_secret(Secret, 42)
    with pytest.raises(TypeError):
        keep_secret(bytes, "0042")
