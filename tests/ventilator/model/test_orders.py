"""Orders are refused by name and ended by evidence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lineside.runtime.command import Command, CommandAccepted, CommandClass, CommandSent, CommandUnknown
from lineside.runtime.step import NOTHING, End, Event, OutcomeKind, Send, Step, Unsure
from lineside.ventilator.model.commands import ORDERS_MAX, UNKNOWN_MAX
from lineside.ventilator.model.orders import LINE, Orders
from lineside.ventilator.wire import Data, DataFrame, Order, Undelivered, profile_of

AT = datetime(2026, 1, 1, tzinfo=UTC)
FIELDS = tuple(name for name, _ in profile_of(0xA0).sensor_fields)
IDLE = Data(FIELDS, (0xA0, 0) + (0,) * 15)
INHALE = Data(FIELDS, (0xA0, 5) + (0,) * 15)


def after(seconds: float) -> tuple[float, datetime]:
    """A moment as monotonic seconds and UTC."""
    return 1000.0 + seconds, AT + timedelta(seconds=seconds)


def command(name: str = "START", command_id: str = "c1", expires_s: float | None = 15.0, **params: Any) -> Command:
    expires_at = None if expires_s is None else AT + timedelta(seconds=expires_s)
    return Command(command_id, "ward/1", name, {"param": 0, **params}, "anna", "", CommandClass.LIVE, expires_at)


def mode(command_id: str = "c1") -> Command:
    return command("SEND", command_id, cmdtype="SET_MODE", cmd="HEV_MODE_PRVC")


def orders(asked: Command | None = None, *more: Event, version: int = 0xA0) -> Orders:
    made = Orders(profile_of(version))
    events = (CommandAccepted(asked), CommandSent(asked.id), *more) if asked is not None else ()
    for event in events:
        made.pending.apply(event)
    made.pending.note_sent(events, after(0)[0])
    return made


def ends(step: Step) -> list[tuple[str, OutcomeKind]]:
    return [(end.command_id, end.outcome.kind) for end in step.end if isinstance(end, End)]


def code(step: Step) -> str:
    (end,) = step.end
    assert isinstance(end, End)
    return end.outcome.code


# ---------------------------------------------------------------------------------------------- asked


def test_order_goes_to_the_line_and_is_recorded_as_sent() -> None:
    step = orders().ask(command(param=3))
    assert step == Step(send=(Send(Order("c1", "GENERAL", "START", 3), LINE),), sent=("c1",))


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (command("SEND", cmdtype="SET_MODE", cmd="HEV_MODE_PRVC"), "version 0xa0 has no SET_MODE/HEV_MODE_PRVC"),
        (command("SEND", cmdtype="general", cmd="START"), "has no general/START"),
        (command(param=-1), "accepted are 0 to 4294967295"),
        (command(param=2**32), "accepted are 0 to 4294967295"),
    ],
)
def test_order_that_the_version_cannot_say_is_refused(asked: Command, text: str) -> None:
    step = orders().ask(asked)
    assert code(step) == "bad_params"
    assert text in step.end[0].outcome.text  # type: ignore[union-attr]
    assert step.send == ()


def test_parameter_that_a_float_cannot_hold_is_refused() -> None:
    step = orders(version=0xAA).ask(command(param=2**24 + 1))
    assert code(step) == "bad_params"


def test_orders_on_the_way_are_bounded_by_the_queue_of_the_wire() -> None:
    made = orders()
    for number in range(ORDERS_MAX):
        made.pending.apply(CommandAccepted(command(command_id=f"c{number}")))
    assert code(made.ask(command(command_id="more"))) == "busy"
    made.pending.apply(CommandSent("c0"))
    made.pending.apply(CommandUnknown("c0", "silence"))
    assert made.ask(command(command_id="more")).sent == ("more",)


def test_orders_that_nobody_can_prove_are_bounded_and_start_is_not() -> None:
    made = orders(version=0xA1)
    for number in range(UNKNOWN_MAX):
        for event in (CommandAccepted(mode(f"c{number}")), CommandSent(f"c{number}"), CommandUnknown(f"c{number}", "")):
            made.pending.apply(event)
    assert code(made.ask(mode("more"))) == "busy"
    assert made.ask(command(command_id="start")).sent == ("start",)


# ---------------------------------------------------------------------------------------------- the wire


def test_acknowledged_frame_proves_an_order_that_no_sample_can() -> None:
    made = orders(mode(), version=0xA1)
    step = made.on_delivered(Order("c1", "SET_MODE", "HEV_MODE_PRVC"))
    assert ends(step) == [("c1", OutcomeKind.DONE)]


@pytest.mark.parametrize("order", [Order("c1", "GENERAL", "START"), Order("x", "GENERAL", "START"), DataFrame(())])
def test_acknowledged_frame_of_another_order_proves_nothing(order: Any) -> None:
    assert orders(command()).on_delivered(order) == NOTHING


def test_order_that_was_given_up_is_unknown_once() -> None:
    made = orders(command())
    given_up = Undelivered(Order("c1", "GENERAL", "START"), 20, "no ACK")
    assert made.on_undelivered(given_up, "why").end == (Unsure("c1", "why"),)
    made.pending.apply(CommandUnknown("c1", "why"))
    assert made.on_undelivered(given_up, "why") == NOTHING


def test_order_that_never_left_is_refused() -> None:
    step = orders(command()).on_undelivered(Undelivered(Order("c1", "GENERAL", "START"), 0, "the queue is full"), "")
    assert ends(step) == [("c1", OutcomeKind.REFUSED)]


def test_other_frames_that_were_given_up_are_no_orders() -> None:
    assert orders(command()).on_undelivered(Undelivered(DataFrame(()), 3, "no ACK"), "") == NOTHING


# ---------------------------------------------------------------------------------------------- evidence


@pytest.mark.parametrize(("name", "sample"), [("START", INHALE), ("STOP", IDLE)])
def test_later_sample_of_the_state_asked_for_ends_the_order(name: str, sample: Data) -> None:
    step = orders(command(name)).settle(sample, *after(1))
    assert ends(step) == [("c1", OutcomeKind.DONE)]
    assert step.end[0].outcome.evidence == {  # type: ignore[union-attr]
        "fsm_state": sample.fsm_state,
        "fsm_name": "INHALE" if name == "START" else "IDLE",
        "sample_at": "2026-01-01T00:00:01+00:00",
    }


def test_sample_of_the_other_state_ends_no_order_before_its_time() -> None:
    assert orders(command("STOP")).settle(INHALE, *after(14)) == NOTHING


def test_state_that_no_table_has_is_no_proof_of_a_stop() -> None:
    strange = Data(FIELDS, (0xA0, 99) + (0,) * 15)
    assert orders(command("STOP")).settle(strange, *after(1)) == NOTHING


def test_sample_from_before_the_order_ends_nothing() -> None:
    made = orders(command())
    assert made.settle(INHALE, *after(0)) == NOTHING
    assert made.on_expiry(command(), INHALE, *after(0)) == NOTHING


@pytest.mark.parametrize(
    ("sample", "kind"), [(INHALE, OutcomeKind.DONE), (IDLE, OutcomeKind.REFUSED)], ids=["in effect", "not in effect"]
)
def test_sample_at_the_expiry_says_how_it_ended(sample: Data, kind: OutcomeKind) -> None:
    step = orders(command()).on_expiry(command(), sample, *after(15))
    assert ends(step) == [("c1", kind)]


@pytest.mark.parametrize("asked", [command(command_id="x"), mode()])
def test_expiry_of_an_order_without_a_proof_says_nothing(asked: Command) -> None:
    assert orders(mode(), version=0xA1).on_expiry(asked, INHALE, *after(15)) == NOTHING


@pytest.mark.parametrize(
    ("sample", "seconds", "expected"),
    [
        (INHALE, 2, [("c1", OutcomeKind.DONE)]),
        (IDLE, 2, []),
        (IDLE, 15, [("c1", OutcomeKind.REFUSED)]),
    ],
    ids=["proven at once", "disproven not before its expiry", "disproven after it"],
)
def test_unknown_order_is_ended_by_a_later_sample(
    sample: Data, seconds: float, expected: list[tuple[str, OutcomeKind]]
) -> None:
    made = orders(command(), CommandUnknown("c1", "silence"))
    assert ends(made.settle(sample, *after(seconds))) == expected


def test_unknown_order_without_an_expiry_is_disproven_at_once() -> None:
    made = orders(command(expires_s=None), CommandUnknown("c1", "silence"))
    assert ends(made.settle(IDLE, *after(1))) == [("c1", OutcomeKind.REFUSED)]
