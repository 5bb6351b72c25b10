"""The desk: who may ask, what is accepted, and that an id happens once."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from lineside.errors import (
    BadParams,
    Busy,
    ClaimTaken,
    CommandRefused,
    JournalFull,
    LinkClosed,
    NoSuchCommand,
    NoSuchUnit,
    NotAllowed,
    Repeated,
    Stale,
)
from lineside.runtime.command import CommandAccepted, CommandClass, CommandSpec, CommandState, Role
from lineside.runtime.decision import Decision
from lineside.runtime.desk import Actor, Desk, DeskSettings
from lineside.runtime.journal import Append
from lineside.runtime.step import End, Outcome, OutcomeKind, Secret, Send, Step, Unsure
from lineside.runtime.units import Units
from tests.support.stage import Heard, LoggedHub
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


async def test_two_requests_that_look_up_one_id_at_the_same_time_are_one_append() -> None:
    desk = await office()
    desk.journal.reading = asyncio.Event()
    both = asyncio.gather(desk.ask(id="x"), desk.ask(id="x"))
    await asyncio.sleep(0.01)
    desk.journal.reading.set()
    one, other = await both
    assert one == other
    assert desk.journal.submitted == 1


async def test_another_request_under_an_id_that_is_on_its_way_is_refused() -> None:
    desk = await office()
    desk.journal.held = True
    first = asyncio.ensure_future(desk.ask(id="x"))
    await asyncio.sleep(0.01)
    with pytest.raises(Repeated):
        await desk.ask("KEEP", id="x")
    desk.journal.release()
    assert (await first).state is CommandState.ACCEPTED


async def test_claim_of_another_kind_that_is_taken_is_told_as_it_is() -> None:
    desk = await office()
    desk.journal.claims["receipt/7"] = 1
    desk.model.on_command_step = lambda c: Step(claims=("receipt/7",))
    with pytest.raises(ClaimTaken, match="receipt/7"):
        await desk.ask()


async def test_requests_on_their_way_are_bounded() -> None:
    desk = await office()
    desk.desk._settings = DeskSettings(requests_max=1)
    desk.journal.held = True
    first = asyncio.ensure_future(desk.ask())
    await asyncio.sleep(0.01)
    with pytest.raises(Busy):
        await desk.ask()
    desk.journal.release()
    await first
    assert (await desk.ask()).state is CommandState.ACCEPTED


async def test_request_that_waits_when_the_gateway_stops_is_told() -> None:
    desk = await office()
    desk.journal.held = True
    desk.hears("a")
    asked = asyncio.ensure_future(desk.ask(id="x"))
    await asyncio.sleep(0.01)
    desk.unit.close("the gateway stops")
    with pytest.raises(LinkClosed, match="the gateway stops"):
        await asked
    assert desk.desk._asked == {}


async def test_request_on_its_way_when_the_gateway_stops_is_told_of_its_record() -> None:
    desk = await office()
    desk.journal.held = True
    asked = asyncio.ensure_future(desk.ask(id="x"))
    await asyncio.sleep(0.01)
    desk.unit.close("the gateway stops")
    desk.journal.release()
    assert (await asked).state is CommandState.ACCEPTED


async def test_who_asked_and_went_leaves_nothing_behind() -> None:
    desk = await office()
    desk.journal.held = True
    asked = asyncio.ensure_future(desk.ask(id="x"))
    await asyncio.sleep(0.01)
    asked.cancel()
    desk.journal.release()
    await until(lambda: desk.desk._asked == {})
    assert desk.desk._moved == {}
    assert (await desk.desk.report("x")).state is CommandState.ACCEPTED


# ---------------------------------------------------------------------------------------------- reports


async def test_command_that_ends_while_it_is_looked_up_is_not_called_orphaned(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = await office()
    await desk.ask(id="x")
    claimed = desk.journal.claimed

    async def slow(claim: str) -> int | None:
        found = await claimed(claim)
        if claim.startswith("command-end/"):
            desk.unit.submit(lambda now: Step(end=(End("x", Outcome(OutcomeKind.DONE)),)))
            await until(lambda: len(desk.unit.open_commands) == 0)
        return found

    monkeypatch.setattr(desk.journal, "claimed", slow)
    report = await desk.desk.report("x")
    assert (report.state, report.note) == (CommandState.ACCEPTED, "")


async def test_command_that_its_unit_is_about_to_hear_of_is_accepted() -> None:
    desk = await office()
    desk.journal.keep(Append((("g/1", CommandAccepted(desk.command("x"))),), desk.clock.utc, claims=("command/x",)))
    report = await desk.desk.report("x")
    assert (report.state, report.note) == (CommandState.ACCEPTED, "")


@pytest.mark.parametrize(
    ("steps", "state", "note"),
    [
        ((Step(),), CommandState.ACCEPTED, "its unit is not running"),
        ((Step(sent=("x",)),), CommandState.SENT, "its unit is not running"),
        (
            (Step(sent=("x",)), Step(end=(Unsure("x", "it is silent"),))),
            CommandState.UNKNOWN,
            "it is silent; its unit is not running",
        ),
    ],
)
async def test_command_of_a_unit_that_does_not_run_stands_where_the_journal_says(
    steps: tuple[Step, ...], state: CommandState, note: str
) -> None:
    desk = await office()
    desk.model.on_command_step = lambda c: steps[0]
    await desk.ask(id="x")
    await desk.ask(id="y")
    for step in steps[1:]:
        desk.unit.submit(lambda now, step=step: step)  # type: ignore[misc]
    await until(lambda: desk.unit.open_commands.get("x").state is state)  # type: ignore[union-attr]
    desk.units.remove(desk.unit)
    report = await desk.desk.report("x")
    assert (report.state, report.note) == (state, note)


async def test_command_whose_record_was_pruned_is_not_called_refused() -> None:
    desk = await office()
    await desk.ask(id="x")
    desk.journal.kept.clear()
    with pytest.raises(NoSuchCommand, match="pruned"):
        await desk.desk.report("x")
    with pytest.raises(Repeated, match="pruned"):
        await desk.ask(id="x")


async def test_id_under_which_another_request_was_recorded_meanwhile_is_refused() -> None:
    """Another process's claim, or one that came between the look-up and the append."""
    desk = await office()
    await desk.ask("KEEP", id="x")
    seq = desk.journal.claims.pop("command/x")
    desk.journal.held = True
    asked = asyncio.ensure_future(desk.ask(id="x"))
    await asyncio.sleep(0.01)
    desk.journal.claims["command/x"] = seq
    desk.journal.release()
    with pytest.raises(Repeated):
        await asked


async def test_command_whose_end_was_pruned_is_unknown() -> None:
    desk = await office()
    desk.model.on_command_step = lambda c: Step(end=(End(c.id, Outcome(OutcomeKind.DONE)),))
    await desk.ask(id="x")
    desk.journal.kept.pop()
    report = await desk.desk.report("x")
    assert (report.state, report.note) == (CommandState.UNKNOWN, "it has ended; the record of how is gone")


async def test_end_is_found_in_an_append_with_many_events() -> None:
    desk = await office()
    done = Outcome(OutcomeKind.DONE, "all")
    many = tuple(Heard(str(n)) for n in range(200))
    other = End("other", Outcome(OutcomeKind.REFUSED))
    desk.model.on_command_step = lambda c: Step(record=many, end=(other, End(c.id, done)))
    await desk.ask(id="x")
    assert (await desk.desk.report("x")).outcome == done


# ---------------------------------------------------------------------------------------------- waits


async def test_waiting_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = await office()
    await desk.ask(id="x")
    await desk.desk.wait("x", 0.0)
    with pytest.raises(NoSuchCommand):
        await desk.desk.wait("never", 1.0)
    cancelled = [asyncio.ensure_future(desk.desk.wait("x", 60)) for _ in range(3)]
    await asyncio.sleep(0.01)
    assert list(desk.desk._waiting) == ["x"]
    for task in cancelled:
        task.cancel()
    await asyncio.wait(cancelled)
    assert desk.desk._waiting == {}


async def test_all_who_wait_hear_of_the_end() -> None:
    desk = await office()
    await desk.ask(id="x")
    waiting = [asyncio.ensure_future(desk.desk.wait("x", 10)) for _ in range(3)]
    await asyncio.sleep(0.01)
    waiting[0].cancel()
    desk.unit.submit(lambda now: Step(end=(End("x", Outcome(OutcomeKind.DONE)),)))
    assert [(await one).state for one in waiting[1:]] == [CommandState.DONE] * 2
    assert (await desk.desk.wait("x", 10)).state is CommandState.DONE


def test_roles_include_those_before_them() -> None:
    assert Actor("a", Role.ADMIN).may(Role.VIEWER)
    assert not Actor("a", Role.VIEWER).may(Role.OPERATOR)
