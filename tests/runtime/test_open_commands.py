from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from lineside.runtime.command import (
    Command,
    CommandAccepted,
    CommandClass,
    CommandEnded,
    CommandSent,
    CommandState,
    CommandUnknown,
)
from lineside.runtime.open_commands import OpenCommand, OpenCommands, OpenCommandState
from lineside.runtime.step import Event, Outcome, OutcomeKind

AT = datetime(2026, 1, 1, tzinfo=UTC)


def command(command_id: str = "c1", expires_s: float | None = 30) -> Command:
    expires_at = None if expires_s is None else AT + timedelta(seconds=expires_s)
    return Command(command_id, "ward/1", "START", {}, "anna", "", CommandClass.LIVE, expires_at)


def table(*events: Event) -> OpenCommands:
    made = OpenCommands()
    for event in events:
        made.apply(event, AT)
    return made


def test_each_arrow_of_the_states_is_reported() -> None:
    commands = OpenCommands()
    states = [
        commands.apply(event, AT).state  # type: ignore[union-attr]
        for event in (
            CommandAccepted(command()),
            CommandSent("c1"),
            CommandUnknown("c1", "silence"),
            CommandEnded("c1", Outcome(OutcomeKind.DONE)),
        )
    ]
    assert states == [CommandState.ACCEPTED, CommandState.SENT, CommandState.UNKNOWN, CommandState.DONE]
    assert len(commands) == 0


def test_events_about_commands_that_are_not_open_change_nothing() -> None:
    commands = OpenCommands()
    assert commands.apply(CommandSent("x"), AT) is None
    assert commands.apply(CommandEnded("x", Outcome(OutcomeKind.DONE)), AT) is None


def test_due_lists_what_waits_and_its_expiry_has_come() -> None:
    commands = table(
        CommandAccepted(command("a", 10)), CommandAccepted(command("b", 20)), CommandAccepted(command("durable", None))
    )
    assert [c.command.id for c in commands.due(AT + timedelta(seconds=15))] == ["a"]
    assert commands.next_expiry() == AT + timedelta(seconds=10)


def test_unknown_commands_do_not_expire() -> None:
    commands = table(CommandAccepted(command("a", 10)), CommandSent("a"), CommandUnknown("a", "silence"))
    assert commands.due(AT + timedelta(days=1)) == []
    assert commands.next_expiry() is None


def test_carried_commands_are_the_same_after_json() -> None:
    commands = table(CommandAccepted(command("a")), CommandSent("a"), CommandAccepted(command("b", None)))
    text = msgspec.json.encode(commands.carry())
    again = OpenCommands()
    again.restore(msgspec.json.decode(text, type=list[OpenCommandState]))
    assert again.carry() == commands.carry()
    assert again.get("a") == commands.get("a")


def test_next_expiry_follows_every_move() -> None:
    commands = table(CommandAccepted(command("a", 10)), CommandAccepted(command("b", 20)))
    assert commands.next_expiry() == AT + timedelta(seconds=10)
    commands.apply(CommandUnknown("a", "silence"), AT)
    assert commands.next_expiry() == AT + timedelta(seconds=20)
    commands.apply(CommandEnded("b", Outcome(OutcomeKind.DONE)), AT)
    assert commands.next_expiry() is None
    commands.restore(table(CommandAccepted(command("c", 30))).carry())
    assert commands.next_expiry() == AT + timedelta(seconds=30)
    assert [one.command.id for one in commands] == ["c"]


def test_events_about_other_things_change_nothing() -> None:
    assert table(CommandAccepted(command())).apply(Event(), AT) is None


def test_expiry_has_come_at_its_instant() -> None:
    one = OpenCommand(command("a", 10), CommandState.SENT, AT)
    assert not one.is_due(AT + timedelta(seconds=9.999))
    assert one.is_due(AT + timedelta(seconds=10))
    assert not OpenCommand(command("a", None), CommandState.SENT, AT).is_due(AT + timedelta(days=1))
