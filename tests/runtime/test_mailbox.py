"""One decision at a time: decided, recorded, performed, concluded; and whoever waits hears of its end once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from lineside.errors import ClaimTaken, JournalError, JournalFull, LinkClosed
from lineside.runtime.command import CommandReport, CommandState
from lineside.runtime.journal import Append
from lineside.runtime.mailbox import Mailbox
from lineside.runtime.step import Elsewhere, End, Event, Moment, Outcome, OutcomeKind, Send, Show, Step
from tests.support.memory_journal import Kept
from tests.support.stage import Heard, Stage
from tests.support.wait import until


async def turns(count: int = 5) -> None:
    """Let the loop do what is ready."""
    for _ in range(count):
        await asyncio.sleep(0)


# ---------------------------------------------------------------------------------------------- record, then perform


async def test_broken_build_that_sends_before_the_record_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = Mailbox._begin

    def send_first(self: Mailbox, decision: Any) -> None:
        decide = decision.decide

        def hasty(now: Moment) -> Step:
            step: Step = decide(now)
            self._unit.send_and_close(step, decision.asker)
            return step

        decision.decide = hasty
        begin(self, decision)

    monkeypatch.setattr(Mailbox, "_begin", send_first)
    stage = await Stage().open()
    stage.journal.held = True
    stage.hears("a")
    assert b"ok a\n" in stage.log, "the test above would see this build"


async def test_nothing_is_applied_or_sent_before_the_append_has_returned() -> None:
    stage = await Stage().open()
    stage.journal.held = True
    stage.hears("a b")
    await until(lambda: ("g/1/now", "a") in stage.log)
    assert stage.log == [("g/1/now", "a")]
    assert stage.model.heard == []
    stage.journal.release()
    await until(lambda: stage.model.heard == ["a", "b"])


async def test_refused_append_applies_and_sends_nothing_and_the_next_message_goes_on() -> None:
    stage = await Stage().open()
    stage.journal.broken = JournalFull("no room")
    stage.hears("a")
    await until(lambda: stage.model.refused)
    assert stage.model.heard == []
    assert not [entry for entry in stage.log if isinstance(entry, bytes)]
    assert "g/1/refused" in stage.topics()
    stage.journal.broken = None
    stage.hears("b")
    await until(lambda: stage.model.heard == ["b"])


async def test_moved_version_is_caught_up_and_decided_again() -> None:
    stage = await Stage().open()
    stage.journal.keep(Append((("g/1", Heard("from elsewhere")),), stage.clock.utc))
    stage.hears("a")
    await until(lambda: stage.model.heard == ["from elsewhere", "a"])
    assert stage.unit.version == 2
    assert stage.model.refused == []


async def test_decisions_about_a_moving_version_are_bounded() -> None:
    stage = await Stage(decisions_max=3).open()
    stage.model.expected = {"g/pot": 99}
    stage.hears("a")
    await until(lambda: stage.model.refused)
    assert stage.model.refused[0].code == "version_moved"


async def test_request_that_cannot_be_recorded_is_told_the_error() -> None:
    stage = await Stage().open()
    stage.journal.broken = JournalFull("no room")
    stage.request(stage.command())
    await until(lambda: stage.told)
    assert isinstance(stage.told[0], JournalFull)
    assert len(stage.unit.open_commands) == 0


async def test_closing_refuses_what_waits() -> None:
    stage = await Stage().open()
    stage.journal.held = True
    stage.hears("a")
    stage.request(stage.command())
    stage.unit.close("bye")
    assert stage.told
    assert stage.told[0] is not None


async def test_link_that_dies_of_a_send_is_told_after_the_whole_step() -> None:
    stage = await Stage().open()
    stage.link.on_send = lambda: stage.link.close("peer gone")
    stage.hears("a")
    await until(lambda: ("g/1/closed", "peer gone") in stage.log)
    assert [entry for entry in stage.log if entry != Heard("a")] == [
        ("g/1/now", "a"),
        b"ok a\n",
        ("g/1/after", "a"),
        ("g/1/heard", ["a"]),
        ("g/1/closed", "peer gone"),
    ]


async def test_commands_are_reported_after_sending_and_before_asking_and_showing() -> None:
    stage = await Stage().open()
    stage.unit.on_report = lambda report: stage.log.append(report.state)
    done = End("c1", Outcome(OutcomeKind.DONE))
    stage.model.on_command_step = lambda command: Step(
        send=(Send("do it", "line"),), sent=("c1",), end=(done,), show=(Show("after", 1),)
    )
    stage.request(stage.command())
    await until(lambda: stage.told == [None])
    performed = [entry for entry in stage.log if not isinstance(entry, Event)]
    assert performed == [
        b"do it\n",
        CommandState.ACCEPTED,
        CommandState.SENT,
        CommandState.DONE,
        ("g/1/after", 1),
        ("g/1/heard", []),
    ]


async def test_answer_that_the_peer_no_longer_waits_for_is_not_sent() -> None:
    stage = await Stage().open()
    until_then = stage.clock.mono + 0.3
    stage.model.steps["a"] = Step(record=(Heard("a"),), send=(Send("late", not_after=until_then), Send("ok")))
    stage.journal.held = True
    stage.hears("a")
    stage.clock.advance(0.31)
    stage.journal.release()
    await until(lambda: stage.model.heard == ["a"])
    assert [entry for entry in stage.log if isinstance(entry, bytes)] == [b"ok\n"]
    stage.model.steps["b"] = Step(record=(Heard("b"),), send=(Send("in time", not_after=stage.clock.mono),))
    stage.hears("b")
    await until(lambda: b"in time\n" in stage.log)


async def test_claim_without_an_event_is_a_fault_of_ours() -> None:
    stage = await Stage().open()
    stage.model.steps["a"] = Step(claims=("x",))
    stage.hears("a")
    with pytest.raises(AssertionError, match="a claim is taken with an event"):
        await stage.unit.failed()


async def test_event_for_another_stream_is_recorded_and_not_applied_here() -> None:
    stage = await Stage().open()
    stage.model.steps["a"] = Step(record=(Elsewhere("g/pot", Heard("a")), Heard("b")))
    stage.hears("a")
    await until(lambda: stage.model.heard == ["b"])
    assert [(k.stream, k.version) for k in stage.journal.kept] == [("g/pot", 1), ("g/1", 1)]
    assert stage.unit.version == 1


async def test_append_for_other_streams_alone_leaves_the_units_version() -> None:
    stage = await Stage().open()
    stage.model.steps["a"] = Step(record=(Elsewhere("g/pot", Heard("a")),))
    stage.hears("a b")
    await until(lambda: stage.model.heard == ["b"])
    assert stage.unit.version == 1


# ---------------------------------------------------------------------------------------------- refusals


async def test_full_disk_is_logged_once_and_again_after_it_had_room() -> None:
    stage = await Stage().open()
    with capture_logs() as logged:
        stage.journal.broken = JournalFull("no room")
        for text in "abc":
            stage.hears(text)
            await turns()
        stage.journal.broken = None
        stage.hears("d")
        await turns()
        stage.journal.broken = JournalFull("no room")
        stage.hears("e")
        await turns()
    assert len(stage.model.refused) == 4
    assert [entry["event"] for entry in logged] == ["not recorded"] * 2


async def test_pause_after_a_refusal_begins_at_the_refusal() -> None:
    """The disk hung for a minute before it said no."""
    stage = await Stage(refused_pause_s=1.0).open()
    stage.journal.held = True
    stage.hears("a")
    stage.clock.advance(60)
    stage.model.wake_at = 0.0
    stage.journal.broken = JournalFull("no room")
    stage.journal.release()
    await until(lambda: stage.model.refused)
    stage.clock.advance(0.5)
    assert "on_time" not in stage.model.calls
    stage.clock.advance(0.6)
    assert "on_time" in stage.model.calls


async def test_append_that_the_journal_gives_up_is_refused_and_the_mailbox_opens() -> None:
    stage = await Stage().open()
    stage.journal.held = True
    stage.hears("a")
    stage.journal.give_up()
    await until(lambda: stage.model.refused)
    stage.journal.held = False
    stage.hears("b")
    await until(lambda: stage.model.heard == ["b"])


async def test_error_that_is_none_of_ours_is_a_refusal_by_the_journal() -> None:
    stage = await Stage().open()
    fire = OSError("disk on fire")
    stage.journal._settle = lambda append, future: future.set_exception(fire)  # type: ignore[method-assign]
    stage.hears("a")
    await until(lambda: stage.model.refused)
    assert isinstance(stage.model.refused[0], JournalError)
    assert "disk on fire" in str(stage.model.refused[0])


async def test_taken_claim_refuses_this_decision_alone() -> None:
    stage = await Stage().open()
    stage.journal.claims["command/c1"] = 7
    stage.request(stage.command())
    await until(lambda: stage.told)
    assert isinstance(stage.told[0], ClaimTaken)
    stage.hears("a")
    await until(lambda: stage.model.heard == ["a"])


# ---------------------------------------------------------------------------------------------- told once


async def test_whoever_asked_is_told_when_the_model_breaks_over_it() -> None:
    stage = await Stage().open()

    def broken(command: Any) -> Step:
        raise ZeroDivisionError("a fault of ours")

    stage.model.on_command_step = broken
    stage.request(stage.command())
    assert [type(one) for one in stage.told] == [LinkClosed]


async def test_whoever_asked_is_told_of_the_record_when_the_model_breaks_after_it() -> None:
    stage = await Stage().open()
    reports: list[CommandReport] = []
    stage.unit.on_report = reports.append

    def broken(event: Event) -> None:
        raise ZeroDivisionError("a fault of ours")

    stage.model.on_apply = broken
    stage.request(stage.command())
    await until(lambda: stage.told)
    assert stage.told == [None]
    assert [report.state for report in reports] == [CommandState.ACCEPTED]


async def test_append_on_its_way_at_the_close_is_told_as_it_ends_and_nothing_more_happens() -> None:
    stage = await Stage().open()
    reports: list[CommandReport] = []
    stage.unit.on_report = reports.append
    stage.model.on_command_step = lambda command: Step(
        send=(Send("do it", "line"),), sent=(command.id,), show=(Show("after", 1),)
    )
    stage.journal.held = True
    stage.request(stage.command())
    stage.unit.close("bye")
    assert stage.told == []
    stage.log.clear()
    stage.journal.release()
    await until(lambda: stage.told)
    assert stage.told == [None]
    assert [report.state for report in reports] == [CommandState.ACCEPTED, CommandState.SENT]
    assert [entry for entry in stage.log if not isinstance(entry, Event)] == []


async def test_append_that_is_refused_after_the_close_is_told_and_the_model_is_left_alone() -> None:
    stage = await Stage().open()
    stage.journal.held = True
    stage.request(stage.command())
    stage.unit.close("bye")
    stage.journal.broken = JournalFull("no room")
    stage.journal.release()
    await until(lambda: stage.told)
    assert isinstance(stage.told[0], JournalFull)
    assert stage.model.refused == []


async def test_append_on_its_way_when_the_unit_breaks_is_told_as_it_ends() -> None:
    stage = await Stage().open()
    stage.journal.held = True
    stage.request(stage.command())
    stage.model.steps["live boom"] = Step(record=(Heard("never"),))
    stage.unit.post("line", "live boom")
    assert stage.told == []
    stage.journal.release()
    await until(lambda: stage.told)
    assert stage.told == [None]


async def test_request_after_the_close_is_refused() -> None:
    stage = await Stage().open()
    stage.unit.close("bye")
    stage.request(stage.command())
    assert [str(one) for one in stage.told] == ["g/1 has stopped: bye"]


async def test_close_while_a_decision_catches_up_tells_who_asked() -> None:
    stage = await Stage().open()
    stage.journal.reading = asyncio.Event()
    stage.journal.keep(Append((("g/1", Heard("from elsewhere")),), stage.clock.utc))
    stage.request(stage.command())
    await turns()
    stage.unit.close("bye")
    await until(lambda: stage.told)
    assert [type(one) for one in stage.told] == [LinkClosed]


async def test_fault_of_who_is_told_is_theirs() -> None:
    stage = await Stage().open()

    def clumsy(value: Any) -> None:
        raise ZeroDivisionError("a fault of theirs")

    stage.unit.on_report = clumsy
    stage.unit.request(stage.command(), clumsy)
    stage.hears("a")
    await until(lambda: stage.model.heard == ["a"])
    assert not stage.unit._failure.done()


async def test_who_is_told_may_submit_at_once() -> None:
    stage = await Stage().open()

    def again(error: Any) -> None:
        stage.unit.submit(lambda now: Step(record=(Heard("again"),)))

    stage.unit.submit(lambda now: Step(record=(Heard("first"),), show=(Show("after", 1),)), told=again)
    await until(lambda: stage.model.heard == ["first", "again"])


async def test_what_is_submitted_in_the_middle_of_a_decision_waits_for_its_end() -> None:
    stage = await Stage().open()
    order: list[str] = []

    def inner(now: Moment) -> Step:
        order.append("inner")
        return Step()

    def outer(now: Moment) -> Step:
        stage.unit.submit(inner)
        order.append("outer")
        return Step()

    stage.unit.submit(outer)
    assert order == ["outer", "inner"]


# ---------------------------------------------------------------------------------------------- somebody else appended


async def test_carried_state_moves_the_version_and_the_decision_stands() -> None:
    """Pruning appended it; the model is not asked twice about one message."""
    stage = await Stage().open()
    stage.hears("a")
    await until(lambda: stage.model.heard == ["a"])
    carried = stage.unit.carry()
    assert carried is not None
    stage.journal.carry("g/1", *carried)
    stage.hears("b")
    await until(lambda: stage.model.heard == ["a", "b"])
    assert stage.model.calls == ["on_message a", "on_message b"]
    assert stage.unit.version == 3


async def test_carried_state_and_another_stream_that_moved_are_both_caught() -> None:
    stage = await Stage(decisions_max=2).open()
    stage.hears("a")
    await until(lambda: stage.model.heard == ["a"])
    carried = stage.unit.carry()
    assert carried is not None
    stage.journal.carry("g/1", *carried)
    stage.model.expected = {"g/pot": 99}
    stage.hears("b")
    await until(lambda: stage.model.refused)
    assert stage.model.calls.count("on_message b") == 2


async def test_events_from_elsewhere_are_shown() -> None:
    stage = await Stage().open()
    stage.journal.keep(Append((("g/1", Heard("from elsewhere")),), stage.clock.utc))
    stage.model.steps["quiet"] = Step(expected={"g/1": 0}, record=(Heard("b"),))
    stage.hears("quiet")
    await until(lambda: stage.model.heard == ["from elsewhere", "b"])
    assert ("g/1/heard", ["from elsewhere"]) in stage.log


async def test_catching_up_reads_as_far_as_there_is() -> None:
    stage = await Stage().open()
    for number in range(1500):
        stage.journal.kept.append(Kept(number + 1, "g/1", number + 1, stage.clock.utc, Heard(str(number))))
    stage.hears("a")
    await until(lambda: "a" in stage.model.heard)
    assert len(stage.model.heard) == 1501
    assert stage.model.refused == []


async def test_journal_that_cannot_be_read_refuses_what_would_have_caught_up() -> None:
    stage = await Stage().open()
    stage.journal.keep(Append((("g/1", Heard("from elsewhere")),), stage.clock.utc))
    stage.journal.unreadable = JournalError("cannot be read")
    stage.request(stage.command())
    await until(lambda: stage.told)
    assert stage.told == [stage.journal.unreadable]
    stage.journal.unreadable = None
    stage.hears("a")
    await until(lambda: stage.model.heard == ["from elsewhere", "a"])


async def test_fault_while_catching_up_breaks_the_unit_in_place_of_shutting_it_for_ever() -> None:
    stage = await Stage().open()
    stage.journal.keep(Append((("g/1", Heard("from elsewhere")),), stage.clock.utc))
    stage.journal.unreadable = ZeroDivisionError("a fault of ours")
    stage.request(stage.command())
    with pytest.raises(ZeroDivisionError):
        async with asyncio.timeout(5):
            await stage.unit.failed()
    assert [type(one) for one in stage.told] == [LinkClosed]
