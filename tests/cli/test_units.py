"""units and command against a running demo."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lineside.cli.units import _value, properties_of
from lineside.lockers.model.commands import SetCodeParams
from tests.cli.conftest import Cli, DemoPlace


def unit_is_live(cli: Cli, demo: DemoPlace) -> bool:
    (unit,) = [one for one in cli("units", "--json", *demo.data).json if one["unit"] == "ward/1"]  # type: ignore[attr-defined]
    return bool(unit["state"] == "live")


def wait_until_live(cli: Cli, demo: DemoPlace) -> None:
    import time

    end = time.monotonic() + 30
    while not unit_is_live(cli, demo):
        assert time.monotonic() < end, "the demo's unit is not live"
        time.sleep(0.05)


def test_units_are_shown_with_state_and_reason(cli: Cli, demo: DemoPlace) -> None:
    wait_until_live(cli, demo)
    done = cli("units", *demo.data)
    assert done.code == 0
    assert "ward/1" in done.out
    assert "START STOP" in done.out


def test_command_shows_its_states_until_it_is_done(cli: Cli, demo: DemoPlace) -> None:
    wait_until_live(cli, demo)
    done = cli("command", "ward/1", "STOP", "--wait", "--reason", "test", "--json", *demo.data)
    states = [report["state"] for report in done.json_lines]  # type: ignore[index]
    assert states[-1] == "done"
    assert done.code == 0
    again = cli("command", "ward/1", "START", "--wait", *demo.data)
    assert again.code == 0
    assert again.out.splitlines()[-1].startswith("done")


def test_same_id_is_done_once(cli: Cli, demo: DemoPlace) -> None:
    wait_until_live(cli, demo)
    first = cli("command", "ward/1", "START", "--id", "once-1", "--wait", "--json", *demo.data)
    again = cli("command", "ward/1", "START", "--id", "once-1", "--json", *demo.data)
    assert first.code == again.code == 0
    accepted = cli("events", "--kind", "CommandAccepted", "--json", *demo.data).json_lines
    assert sum(event["data"]["command"]["id"] == "once-1" for event in accepted) == 1  # type: ignore[index]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ward/1", "FLY"), "FLY"),
        (("ward/9", "START"), "ward/9"),
        (("ward/1", "START", "speed=3"), "speed"),
        (("ward/1", "ACK_ALARM", "alarm=NO_SUCH_ALARM"), ""),
    ],
)
def test_refused_command_ends_with_1_and_words(cli: Cli, demo: DemoPlace, arguments: Any, words: str) -> None:
    done = cli("command", *arguments, "--wait", *demo.data)
    assert done.code == 1
    assert words in done.out + done.err


@pytest.mark.parametrize("pair", ["novalue", "=3"])
def test_parameter_that_is_no_pair_is_wrong_usage(cli: Cli, demo: DemoPlace, pair: str) -> None:
    done = cli("command", "ward/1", "START", pair, *demo.data)
    assert done.code == 2
    assert "KEY=VALUE" in done.err


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ("5", {"type": "integer"}, 5),
        ("5", {"type": "string"}, "5"),
        ("5", {"anyOf": [{"type": "string"}, {"type": "null"}]}, "5"),
        ("true", {"type": "boolean"}, True),
        ("APNEA", {}, "APNEA"),
        ("[1]", {}, [1]),
    ],
)
def test_value_is_read_as_its_schema_says(text: str, schema: dict[str, Any], value: object) -> None:
    assert _value(text, schema) == value


def test_text_of_digits_stays_text_where_the_schema_of_a_command_wants_text() -> None:
    schema = msgspec.json.schema(SetCodeParams, schema_hook=lambda _: {"type": "string", "writeOnly": True})
    properties = properties_of(schema)
    assert _value("0042", properties["code"]) == "0042"
    assert _value("2", properties["cell"]) == 2
    assert properties_of({"type": "object", "properties": {"a": {}}}) == {"a": {}}
