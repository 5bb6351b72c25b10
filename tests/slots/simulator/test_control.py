"""Words and JSON lines at the machines."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lineside.slots.simulator import Control
from tests.slots.simulator.bench import SeatBench


@pytest.fixture
def control() -> Control:
    bench = SeatBench()
    return Control({"1": bench.seat, "2": SeatBench().seat}, bench.report)


def test_person_plays_with_words(control: Control) -> None:
    assert control.words("bill 20").startswith("machine 1: credits 2000, game 1")
    assert "credits 1995" in control.words("play 5 0")
    assert "no machine '7'" in control.words("7: play")
    assert control.words("2: play") == "0 credits do not pay a bet of 1"
    assert "no act" in control.words("dance")
    assert control.words("all").count("\n") == 1
    assert "insert a bill" in control.words("help")
    assert "general polls" in control.words("report")
    assert control.words("") == control.words("show")


@pytest.mark.parametrize(
    ("order", "answer"),
    [
        ({"do": "bill", "dollars": 5}, {"ok": True, "machine": "1", "credits": 500}),
        ({"machine": 2, "do": "open"}, {"ok": True, "machine": "1", "doors": ["slot"]}),
        ({"do": "play"}, {"ok": False, "machine": "1", "error": "0 credits do not pay a bet of 1"}),
        ({"machine": "9"}, {"ok": False}),
        ({"do": "fault", "fire": 1}, {"ok": False}),
        ({}, {"ok": True, "credits": 0}),
    ],
)
def test_program_gives_orders_in_json(control: Control, order: dict[str, Any], answer: dict[str, Any]) -> None:
    told = json.loads(control.json(json.dumps(order)))
    assert {key: told[key] for key in answer} == answer


def test_program_sees_all_machines_and_the_report(control: Control) -> None:
    assert len(json.loads(control.json('{"do": "all"}'))["machines"]) == 2
    assert json.loads(control.json('{"do": "report"}'))["report"]["told"] == 0
    assert json.loads(control.json("[1]"))["ok"] is False
