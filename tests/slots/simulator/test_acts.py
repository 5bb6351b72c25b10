"""The table of acts: by words, with parameters, and what is refused."""

from __future__ import annotations

import pytest

from lineside.slots.simulator import Refused
from lineside.slots.simulator.acts import ACTS, parse_words, perform
from tests.slots.simulator.bench import Bench


@pytest.mark.parametrize(
    ("line", "act", "params"),
    [
        ("bill 20", "bill", {"dollars": 20}),
        ("play 5 0", "play", {"bet": 5, "win": 0}),
        ("Cash-Out", "cash_out", {}),
        ("open belly", "open", {"door": "belly"}),
        ("raise 0x66", "raise", {"code": 0x66}),
        ("ticket 001234567890123456 500", "ticket", {"validation": "001234567890123456", "cents": 500}),
        ("fault drop 2", "fault", {"name": "drop", "count": 2}),
        ("power slot", "power", {"opened": "slot"}),
        ("", "show", {}),
    ],
)
def test_words_of_a_person_are_an_act(line: str, act: str, params: dict[str, object]) -> None:
    assert parse_words(line) == (act, params)


@pytest.mark.parametrize("line", ["dance", "bill 1 2 3"])
def test_words_that_are_no_act_are_refused(line: str) -> None:
    with pytest.raises(Refused):
        parse_words(line)


@pytest.mark.parametrize(
    ("act", "params"),
    [
        ("dance", {}),
        ("bill", {"euros": 5}),
        ("bill", {"dollars": 3}),
        ("raise", {"code": 0x66, "data": "xyz"}),
        ("play", {"bet": "all"}),
        ("meter", {"code": 0}),
    ],
)
def test_act_that_cannot_be_done_is_refused(act: str, params: dict[str, object]) -> None:
    with pytest.raises(Refused):
        perform(Bench().machine, act, params)


def test_every_act_can_be_done_on_a_machine_that_allows_it() -> None:
    bench = Bench().rich()
    bench.ask("01 7B 08 20 00 20 00 00 00 00 00")
    bench.ask("01 73 1D 40 01 00 00 00" + " 00" * 24)
    params: dict[str, dict[str, object]] = {
        "ticket": {"validation": "001234567890123456"},
        "meter": {"code": 0, "value": 5},
        "raise": {"code": 0x88, "data": "0105"},
        "denomination": {"code": 2},
    }
    undo = {"handpay": "reset", "open": "close", "tilt": "clear", "menu": "leave"}
    for act in ACTS:
        if act in ("reset", "cancel", "denomination", "close", "clear", "leave", "cash_out"):
            continue
        perform(bench.machine, act, params.get(act, {}))
        if act in undo:
            perform(bench.machine, undo[act], {})
    perform(bench.machine, "cash_out", {})
    perform(bench.machine, "cancel", {})
    with pytest.raises(Refused, match="cash out first"):
        perform(bench.machine, "denomination", params["denomination"])
