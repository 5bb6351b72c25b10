"""The desk: who may ask, what is accepted, and that an id happens once."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from lineside.errors import (
    BadParams,
    CommandRefused,
    JournalFull,
    NoSuchCommand,
    NoSuchUnit,
    NotAllowed,
    Repeated,
    Stale,
)
from lineside.runtime.command import CommandAccepted, CommandClass, CommandSpec, CommandState, Role
from lineside.runtime.decision import Decision
from lineside.runtime.desk import Actor, Desk, DeskSettings
from lineside.runtime.drive import Unit
from lineside.runtime.step import End, Outcome, OutcomeKind, Secret, Send, Step
from lineside.runtime.units import Units
from tests.support.stage import Counting, LoggedHub
from tests.support.stage import Stage as UnitStage
from tests.support.wait import until


class CodeParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    cell: int
    code: Secret | None = None


SPECS = (
    CommandSpec("DO", "Does it.", waits=CommandClass.LIVE, expires_s=15),
    CommandSpec("KEEP", "Until done.", waits=CommandClass.DURABLE),
    CommandSpec("set_code", "Sets a code.", CodeParams),
    CommandSpec("wipe", "For admins.", role=Role.ADMIN),
)
ANNA = Actor("operator anna", Role.OPERATOR)


class Office(UnitStage):
    """A unit with a desk before it."""

    def __init__(self) -> None:
        super().__init__()
        self.units = Units()
        self.hub = LoggedHub(self.log)
        self.desk = Desk(self.units, self.journal, self.hub, self.clock, DeskSettings())  # type: ignore[arg-type]
        self.unit.commands = SPECS
        self.unit.on_report = self.desk.on_report
        self.units.add(self.unit)

    async def ask(self, name: str = "DO", params: dict[str, Any] | None = None, **more: Any) -> Any:
        return await self.desk.request("g/1", name, params, **{"actor": ANNA, **more})


async def office() -> Office:
    made = Office()
    await made.open()
    return made


@pytest.mark.parametrize(
    ("asked", "error", "text"),
    [
        ({"name": "JUMP"}, NoSuchCommand, "known: DO, KEEP, set_code, wipe"),
        ({"actor": Actor("viewer bob", Role.VIEWER)}, NotAllowed, "needs role operator"),
        ({"name": "wipe"}, NotAllowed, "needs role admin"),
        ({"actor": Actor("x", Role.ADMIN, frozenset({"other"}))}, NotAllowed, "gateway g"),
        ({"params": {"speed": 3}}, BadParams, "speed"),
        ({"name": "set_code", "params": {}}, BadParams, "accepted: cell, code?"),
        ({"name": "set_code", "params": {"cell": "two"}}, BadParams, "int"),
        ({"name": "set_code", "params": {"cell": 2, "code": 1234}}, BadParams, "set_code"),
        ({"id": "no spaces please"}, BadParams, "1 to 64"),
        ({"expires_s": 0}, Stale, "above 0"),
        ({"expires_s": float("nan")}, Stale, "above 0"),
        ({"expires_s": 1e9}, BadParams, "at most"),
        ({"reason": "x" * 501}, BadParams, "500"),
    ],
)
async def test_bad_request_is_refused_by_name_and_leaves_no_record(
    asked: dict[str, Any], error: type[CommandRefused], text: str
) -> None:
    desk = await office()
    with pytest.raises(error, match=text.replace("?", r"\?")):
        await desk.ask(**asked)
    assert desk.journal.kept == []


async def test_unknown_unit_is_refused_and_the_known_ones_are_named() -> None:
    desk = await office()
    with pytest.raises(NoSuchUnit, match="g/1"):
        await desk.desk.request("g/2", "DO", actor=ANNA)


async def test_accepted_command_carries_actor_reason_and_expiry() -> None:
    desk = await office()
    report = await desk.ask(reason="maintenance", id="mine-1")
    assert (report.state, report.actor, report.reason) == (CommandState.ACCEPTED, "operator anna", "maintenance")
    accepted = desk.journal.kept[0].event
    assert isinstance(accepted, CommandAccepted)
    assert (accepted.command.expires_at - desk.clock.utc).total_seconds() == 15  # type: ignore[operator]


async def test_durable_command_does_not_expire() -> None:
    desk = await office()
    await desk.ask("KEEP", expires_s=5)
    accepted = desk.journal.kept[0].event
    assert isinstance(accepted, CommandAccepted)
    assert accepted.command.expires_at is None


async def test_secret_parameter_stays_a_secret_in_the_event() -> None:
    desk = await office()
    await desk.ask("set_code", {"cell": 2, "code": "123456"})
    accepted = desk.journal.kept[0].event
    assert isinstance(accepted, CommandAccepted)
    assert accepted.command.params == {"cell": 2, "code": Secret("123456")}
    assert "123456" not in repr(accepted)


async def test_repeated_id_gets_the_first_ones_outcome_and_nothing_happens_twice() -> None:
    desk = await office()
    desk.model.on_command_step = lambda c: Step(end=(End(c.id, Outcome(OutcomeKind.DONE, "once")),))
    first = await desk.ask(id="x")
    again = await desk.ask(id="x")
    assert first == again
    assert again.outcome is not None
    assert len([k for k in desk.journal.kept if k.kind == "CommandAccepted"]) == 1


async def test_two_requests_with_one_id_at_the_same_time_are_one_command() -> None:
    desk = await office()
    desk.journal.held = True
    desk.model.on_command_step = lambda c: Step(send=(Send("do"),), sent=(c.id,))
    both = asyncio.gather(desk.ask(id="x"), desk.ask(id="x"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    desk.journal.release()
    one, other = await both
    assert one == other
    assert len([k for k in desk.journal.kept if k.kind == "CommandAccepted"]) == 1


async def test_id_used_for_another_request_is_refused() -> None:
    desk = await office()
    await desk.ask(id="x")
    with pytest.raises(Repeated):
        await desk.ask("KEEP", id="x")


async def test_broken_build_without_the_claim_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Decision, "claims", lambda self: ())
    desk = await office()
    await desk.ask(id="x")
    await desk.ask(id="x")
    accepted = [k for k in desk.journal.kept if k.kind == "CommandAccepted"]
    assert len(accepted) == 2, "the repeated-id test would see this build"


async def test_request_that_cannot_be_recorded_raises_and_is_forgotten() -> None:
    desk = await office()
    desk.journal.broken = JournalFull("no room")
    with pytest.raises(JournalFull):
        await desk.ask(id="x")
    desk.journal.broken = None
    assert (await desk.ask(id="x")).state is CommandState.ACCEPTED


async def test_report_follows_the_command_to_its_end() -> None:
    desk = await office()
    report = await desk.ask()
    assert (await desk.desk.report(report.id)).state is CommandState.ACCEPTED
    desk.clock.advance(16)
    await until(lambda: len(desk.unit.open_commands) == 0)
    ended = await desk.desk.report(report.id)
    assert ended.state is CommandState.EXPIRED
    assert ended.outcome is not None


async def test_report_of_an_unknown_id_is_refused() -> None:
    desk = await office()
    with pytest.raises(NoSuchCommand):
        await desk.desk.report("never")


async def test_report_survives_a_restart() -> None:
    desk = await office()
    report = await desk.ask(id="x")
    again = Office()
    again.journal.kept, again.journal.claims = desk.journal.kept, desk.journal.claims
    await again.open()
    assert await again.desk.report("x") == report


async def test_wait_returns_at_the_end() -> None:
    desk = await office()
    report = await desk.ask()
    waiting = asyncio.ensure_future(desk.desk.wait(report.id, 10))
    await asyncio.sleep(0)
    desk.unit.submit(lambda now: Step(end=(End(report.id, Outcome(OutcomeKind.DONE, "there")),)))
    assert (await waiting).state is CommandState.DONE


async def test_wait_returns_the_present_state_when_time_is_over() -> None:
    desk = await office()
    report = await desk.ask()
    assert (await desk.desk.wait(report.id, 0.01)).state is CommandState.ACCEPTED


async def test_every_move_is_shown() -> None:
    desk = await office()
    desk.model.on_command_step = lambda c: Step(sent=(c.id,), end=(End(c.id, Outcome(OutcomeKind.DONE)),))
    await desk.ask()
    shown = [
        value.state for topic, value in (e for e in desk.log if isinstance(e, tuple)) if topic.endswith("commands")
    ]
    assert shown == [CommandState.ACCEPTED, CommandState.SENT, CommandState.DONE]


def test_roles_include_those_before_them() -> None:
    assert Actor("a", Role.ADMIN).may(Role.VIEWER)
    assert not Actor("a", Role.VIEWER).may(Role.OPERATOR)
    assert isinstance(Unit, type)
    assert Counting
