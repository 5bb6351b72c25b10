"""What may be asked, and the table of orders that have not ended."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from lineside.runtime.command import (
    Command,
    CommandAccepted,
    CommandClass,
    CommandEnded,
    CommandSent,
    CommandState,
    CommandUnknown,
)
from lineside.runtime.open_commands import OpenCommandState
from lineside.runtime.step import Event, Outcome, OutcomeKind
from lineside.ventilator.model.commands import (
    COMMANDS,
    CONFIRM_S,
    PARAM_MAX,
    PendingOrders,
    order_of,
    proof_of,
)
from lineside.ventilator.model.events import LineOpened

AT = datetime(2026, 1, 1, tzinfo=UTC)
SPECS = {spec.name: spec for spec in COMMANDS}


def command(name: str = "START", command_id: str = "c1", **params: Any) -> Command:
    return Command(command_id, "ward/1", name, {"param": 0, **params}, "anna", "", CommandClass.LIVE, AT)


def table(*events: Event) -> PendingOrders:
    orders = PendingOrders()
    for event in events:
        orders.apply(event)
    return orders


@pytest.mark.parametrize("name", ["START", "STOP", "SEND"])
def test_orders_are_live_commands(name: str) -> None:
    assert SPECS[name].waits is CommandClass.LIVE


def test_start_and_stop_wait_longer_than_a_breath() -> None:
    assert SPECS["START"].expires_s == SPECS["STOP"].expires_s == CONFIRM_S == 15.0


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("START", {"param": -1}),
        ("START", {"param": PARAM_MAX + 1}),
        ("START", {"param": True}),
        ("STOP", {"param": 1.5}),
        ("STOP", {"speed": 3}),
        ("SEND", {"cmdtype": "GENERAL"}),
        ("SEND", {"cmdtype": "", "cmd": "START"}),
        ("SEND", {"cmdtype": "GENERAL", "cmd": "X" * 65}),
        ("ACK_ALARM", {}),
        ("ACK_ALARM", {"alarm": ""}),
    ],
)
def test_parameters_that_cannot_be_meant_are_refused(name: str, params: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(params, SPECS[name].params)


@pytest.mark.parametrize("param", [0, 1, PARAM_MAX])
def test_every_number_of_the_wire_is_a_parameter(param: int) -> None:
    assert msgspec.convert({"param": param}, SPECS["START"].params).param == param  # type: ignore[attr-defined]


def test_order_is_general_unless_it_names_its_type() -> None:
    assert order_of(command(param=3)) == ("GENERAL", "START", 3)
    assert order_of(command("SEND", cmdtype="SET_MODE", cmd="TEST", param=2)) == ("SET_MODE", "TEST", 2)


@pytest.mark.parametrize(
    ("asked", "proof"),
    [
        (command("START"), True),
        (command("STOP"), False),
        (command("SEND", cmdtype="GENERAL", cmd="START"), True),
        (command("SEND", cmdtype="GENERAL", cmd="RESET"), None),
        (command("SEND", cmdtype="SET_MODE", cmd="STOP"), None),
        (command("ACK_ALARM", alarm="APNEA"), None),
    ],
)
def test_start_and_stop_have_a_proof_however_they_came(asked: Command, proof: bool | None) -> None:
    assert proof_of(asked) is proof


# ---------------------------------------------------------------------------------------------- the table


def test_order_is_on_the_way_until_it_is_unknown_or_ended() -> None:
    orders = table(CommandAccepted(command()))
    assert (len(orders), orders.on_the_way, orders.provable) == (1, 1, 0)
    orders.apply(CommandSent("c1"))
    assert (orders.on_the_way, orders.provable) == (1, 1)
    orders.apply(CommandUnknown("c1", "silence"))
    assert (orders.on_the_way, orders.provable, orders.unproven) == (0, 1, 0)
    orders.apply(CommandEnded("c1", Outcome(OutcomeKind.DONE)))
    assert (len(orders), orders.provable, orders.get("c1")) == (0, 0, None)


def test_unknown_order_without_a_proof_is_unproven() -> None:
    asked = command("SEND", cmdtype="SET_MODE", cmd="TEST")
    orders = table(CommandAccepted(asked), CommandSent("c1"), CommandUnknown("c1", "silence"))
    assert (orders.unproven, orders.provable, orders.on_the_way) == (1, 0, 0)
    assert orders.proven_at(1e9) == []


@pytest.mark.parametrize("event", [CommandSent("x"), CommandUnknown("x", ""), LineOpened("line")])
def test_events_about_other_things_change_nothing(event: Event) -> None:
    orders = table(CommandAccepted(command()))
    before = orders.get("c1")
    orders.apply(event)
    assert (len(orders), orders.get("c1")) == (1, before)


def test_sample_is_evidence_only_after_the_order_had_left() -> None:
    sent = (CommandAccepted(command()), CommandSent("c1"))
    orders = table(*sent)
    orders.note_sent((*sent, CommandSent("x"), LineOpened("line")), 100.0)
    assert orders.proven_at(100.0) == []
    assert [one.command.id for one in orders.proven_at(100.1)] == ["c1"]


def test_order_that_was_not_sent_is_proven_by_nothing() -> None:
    orders = table(CommandAccepted(command()))
    assert orders.proven_at(1e9) == []


@pytest.mark.parametrize(
    ("state", "sent", "unknown"),
    [
        (CommandState.ACCEPTED, False, False),
        (CommandState.SENT, True, False),
        (CommandState.UNKNOWN, True, True),
    ],
)
def test_carried_order_stands_where_it_stood(state: CommandState, sent: bool, unknown: bool) -> None:
    orders = PendingOrders()
    orders.restore([OpenCommandState(command(), state, AT)])
    one = orders.get("c1")
    assert one is not None
    assert (one.is_sent, one.is_unknown, orders.provable) == (sent, unknown, int(sent))
    assert bool(orders.proven_at(0.0)) is sent, "what an earlier process sent was before any sample of this one"
