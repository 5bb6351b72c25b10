"""The order of things: record, then send, then show; the shut mailbox; refusals; commands and their ends."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import pytest

from lineside.errors import JournalDamaged, JournalError, JournalFull
from lineside.runtime.command import CommandAccepted, CommandEnded, CommandSent, CommandState, CommandUnknown
from lineside.runtime.drive import CLOCK_IS_BEHIND, EXPIRY_LOOK_S_MAX
from lineside.runtime.step import Ask, Close, End, Event, Outcome, OutcomeKind, Send, Show, Step, UnitState
from tests.support.stage import Heard, Lines, LoggedLink, Stage, Ticking
from tests.support.wait import until


async def test_step_is_performed_in_its_one_order() -> None:
    stage = await Stage().open()
    stage.hears("a")
    await until(lambda: ("g/1/heard", ["a"]) in stage.log)
    assert stage.log == [
        ("g/1/now", "a"),
        Heard("a"),
        b"ok a\n",
        ("g/1/after", "a"),
        ("g/1/heard", ["a"]),
    ]


async def test_live_message_passes_a_shut_mailbox() -> None:
    stage = await Stage().open()
    stage.journal.held = True
    stage.hears("a live1 b live2")
    assert [entry for entry in stage.log if isinstance(entry, bytes)] == [b"ok live1\nok live2\n"]


async def test_timers_pause_after_a_refusal() -> None:
    stage = await Stage(refused_pause_s=1.0).open()
    stage.journal.broken = JournalFull("no room")
    stage.model.wake_at = 0.0
    stage.hears("live")
    stage.clock.advance(0.0)
    await until(lambda: len(stage.model.refused) == 1)
    stage.model.wake_at = 0.0
    stage.hears("live")
    stage.clock.advance(0.5)
    assert len(stage.model.refused) == 1
    stage.clock.advance(0.6)
    await until(lambda: len(stage.model.refused) == 2)


async def test_links_are_held_while_the_mailbox_is_full_and_released_after() -> None:
    stage = await Stage(mailbox_messages_max=4).open()
    stage.journal.held = True
    stage.hears("a b c d e f")
    assert stage.link.held
    stage.journal.release()
    await until(lambda: len(stage.model.heard) == 6)
    assert not stage.link.held


async def test_close_in_a_step_closes_the_askers_link() -> None:
    stage = await Stage().open()
    stage.hears("close")
    assert ("g/1/closed", "asked to") in stage.log


async def test_answer_from_outside_returns_as_a_message() -> None:
    stage = await Stage().open()
    stage.answers["how much"] = 42
    stage.hears("ask")
    await until(lambda: stage.model.heard == ["a1 42"])


async def test_failure_outside_returns_as_a_message_too() -> None:
    stage = await Stage().open()
    stage.answers["how much"] = JournalFull("closed today")
    stage.hears("ask")
    await until(lambda: stage.model.heard == ["a1 closed today"])


async def test_deadline_wakes_the_model() -> None:
    stage = await Stage().open()
    stage.model.wake_at = stage.clock.mono + 5
    stage.hears("live")
    stage.clock.advance(4.9)
    assert stage.model.heard == []
    stage.clock.advance(0.2)
    await until(lambda: stage.model.heard == ["time"])


async def test_replay_rebuilds_state_and_version() -> None:
    stage = await Stage().open()
    stage.hears("a b")
    await until(lambda: stage.model.heard == ["a", "b"])
    again = Stage()
    again.journal.kept = stage.journal.kept
    await again.unit.restore()
    assert again.model.heard == ["a", "b"]
    assert again.unit.version == 2


async def test_fault_of_the_model_stops_the_unit_and_is_told() -> None:
    stage = await Stage().open()
    stage.hears("boom")
    with pytest.raises(ZeroDivisionError):
        await stage.unit.failed()
    assert stage.link.receiver is None


# ---------------------------------------------------------------------------------------------- commands


async def test_acceptance_and_immediate_end_are_one_append() -> None:
    stage = await Stage().open()
    stage.model.on_command_step = lambda command: Step(end=(End(command.id, Outcome(OutcomeKind.REFUSED, "no")),))
    stage.request(stage.command())
    await until(lambda: stage.told == [None])
    kinds = [type(e) for e in stage.log if isinstance(e, Event)]
    assert kinds == [CommandAccepted, CommandEnded]
    assert stage.journal.claims.keys() == {"command/c1", "command-end/c1"}
    assert len(stage.unit.open_commands) == 0


async def test_sent_is_recorded_before_the_message_leaves() -> None:
    stage = await Stage().open()
    stage.model.on_command_step = lambda command: Step(send=(Send("do it", "line"),), sent=(command.id,))
    stage.request(stage.command())
    await until(lambda: stage.told)
    order = [type(e) if isinstance(e, Event) else e for e in stage.log if not isinstance(e, tuple)]
    assert order == [CommandAccepted, CommandSent, b"do it\n"]


async def test_command_that_was_never_sent_expires() -> None:
    stage = await Stage().open()
    stage.request(stage.command(expires_s=10))
    await until(lambda: stage.told)
    stage.clock.advance(10.1)
    await until(lambda: len(stage.unit.open_commands) == 0)
    ended = next(e for e in stage.log if isinstance(e, CommandEnded))
    assert ended.outcome.kind is OutcomeKind.EXPIRED


async def test_sent_command_becomes_unknown_at_its_expiry_and_stays_open() -> None:
    stage = await Stage().open()
    stage.model.on_command_step = lambda command: Step(sent=(command.id,))
    stage.request(stage.command(expires_s=10))
    await until(lambda: stage.told)
    stage.clock.advance(10.1)
    await until(lambda: any(isinstance(e, CommandUnknown) for e in stage.log))
    assert len(stage.unit.open_commands) == 1


async def test_evidence_at_expiry_ends_the_command() -> None:
    stage = await Stage().open()
    stage.model.on_command_step = lambda command: Step(sent=(command.id,))
    stage.model.on_expiry_step = lambda command: Step(end=(End(command.id, Outcome(OutcomeKind.REFUSED, "idle")),))
    stage.request(stage.command(expires_s=10))
    await until(lambda: stage.told)
    stage.clock.advance(10.1)
    await until(lambda: len(stage.unit.open_commands) == 0)


async def test_nothing_expires_while_the_clock_is_behind_the_journal() -> None:
    stage = Stage()
    stage.journal.last_at = stage.clock.utc + timedelta(hours=1)
    await stage.open()
    stage.request(stage.command(expires_s=10))
    await until(lambda: stage.told)
    stage.clock.advance(60)
    assert len(stage.unit.open_commands) == 1
    stage.clock.advance(3600)
    stage.hears("live")
    stage.clock.advance(0.0)
    await until(lambda: len(stage.unit.open_commands) == 0)


async def test_expiry_waits_for_a_clock_behind_the_journal_and_comes_by_itself() -> None:
    """Nothing else happens on this unit: the moment when the clock has caught up is itself a deadline."""
    stage = Stage()
    stage.journal.last_at = stage.clock.utc + timedelta(hours=1)
    await stage.open()
    stage.request(stage.command(expires_s=10))
    await until(lambda: stage.told)
    stage.clock.advance(3590)
    assert len(stage.unit.open_commands) == 1
    stage.clock.advance(20)
    await until(lambda: len(stage.unit.open_commands) == 0)


async def test_status_says_so_while_the_clock_is_behind_the_journal() -> None:
    stage = Stage()
    stage.journal.last_at = stage.clock.utc + timedelta(hours=1)
    await stage.unit.restore()
    assert stage.log[-1][1].reason == stage.unit.status.reason == CLOCK_IS_BEHIND
    stage.model.status = msgspec.structs.replace(stage.model.status, reason="samples arrive")
    assert stage.unit.status.reason == f"samples arrive; {CLOCK_IS_BEHIND}"
    stage.clock.advance(3600)
    assert stage.unit.status is stage.model.status


async def test_expiry_follows_a_wall_clock_that_was_set_forward() -> None:
    stage = await Stage().open()
    stage.request(stage.command(expires_s=3600))
    await until(lambda: stage.told)
    stage.clock.step_utc(3600)
    stage.clock.advance(EXPIRY_LOOK_S_MAX + 1)
    await until(lambda: len(stage.unit.open_commands) == 0)


async def test_command_whose_time_was_over_in_the_mailbox_is_not_sent() -> None:
    stage = await Stage().open()
    stage.model.on_command_step = lambda command: Step(send=(Send("do it", "line"),), sent=(command.id,))
    stage.journal.held = True
    stage.hears("a")
    stage.request(stage.command(expires_s=10))
    stage.clock.advance(11)
    stage.journal.release()
    await until(lambda: stage.told)
    assert b"do it\n" not in stage.log
    ended = next(e for e in stage.log if isinstance(e, CommandEnded))
    assert ended.outcome.kind is OutcomeKind.EXPIRED


async def test_evidence_that_waits_for_its_turn_is_recorded_before_an_expiry() -> None:
    stage = await Stage().open()
    stage.model.on_command_step = lambda command: Step(sent=(command.id,))
    stage.request(stage.command(expires_s=10))
    await until(lambda: stage.told)
    done = End("c1", Outcome(OutcomeKind.DONE, "seen"))
    stage.model.on_time_step = Step(end=(done,))
    stage.model.wake_at = stage.clock.mono + 10.05
    stage.journal.held = True
    stage.hears("a")
    stage.clock.advance(11)
    stage.journal.release()
    await until(lambda: stage.model.heard == ["a"])
    stage.clock.advance(0.0)
    await until(lambda: len(stage.unit.open_commands) == 0)
    assert next(e for e in stage.log if isinstance(e, CommandEnded)).outcome == done.outcome
    assert "on_expiry c1" not in stage.model.calls


async def test_expiry_that_is_overtaken_by_evidence_does_nothing() -> None:
    stage = await Stage().open()
    stage.request(stage.command(expires_s=10))
    await until(lambda: stage.told)
    stage.clock.advance(9)
    stage.clock.utc += timedelta(seconds=5)
    stage.unit.submit(lambda now: Step(end=(End("c1", Outcome(OutcomeKind.DONE)),)))
    stage.clock.advance(30)
    await until(lambda: len(stage.unit.open_commands) == 0)
    assert len([e for e in stage.log if isinstance(e, CommandEnded)]) == 1


async def test_open_commands_survive_a_restart_and_expire_after_it() -> None:
    stage = await Stage().open()
    stage.model.on_command_step = lambda command: Step(sent=(command.id,))
    stage.request(stage.command("sent", expires_s=10))
    await until(lambda: stage.told)
    stage.model.on_command_step = lambda command: Step()
    stage.request(stage.command("waits", expires_s=10))
    await until(lambda: len(stage.told) == 2)
    again = Stage()
    again.clock.advance(60)  # down for a minute
    again.journal.kept = stage.journal.kept
    await again.open()
    again.clock.advance(0.1)
    await until(lambda: again.unit.open_commands.get("waits") is None)
    await until(lambda: again.unit.open_commands.get("sent").state is CommandState.UNKNOWN)  # type: ignore[union-attr]


# ---------------------------------------------------------------------------------------------- time


async def test_what_is_shown_by_the_clock_does_not_wait_for_an_append() -> None:
    stage = await Stage(Ticking).open()
    stage.journal.held = True
    stage.hears("a")
    stage.clock.advance(3.5)
    assert [entry[0] for entry in stage.log if isinstance(entry, tuple)] == ["g/1/now"] + ["g/1/tick"] * 3


async def test_what_is_shown_by_the_clock_does_not_pause_after_a_refusal() -> None:
    stage = await Stage(Ticking, refused_pause_s=60.0).open()
    stage.journal.broken = JournalFull("no room")
    stage.hears("a")
    await until(lambda: stage.model.refused)
    stage.clock.advance(3.5)
    assert stage.topics().count("g/1/tick") == 3


async def test_fault_by_the_clock_breaks_the_unit() -> None:
    stage = await Stage().open()
    stage.model.wake_at = 0.0
    stage.model.on_time_step = None  # type: ignore[assignment]
    stage.hears("live")
    stage.clock.advance(0.1)
    with pytest.raises(AttributeError):
        await stage.unit.failed()


async def test_fault_of_a_live_clock_breaks_the_unit() -> None:
    stage = await Stage(Ticking).open()
    stage.model.on_live_time = lambda now: Step(record=(Heard("never"),))  # type: ignore[attr-defined]
    stage.clock.advance(1.1)
    with pytest.raises(AssertionError, match="a live step never records"):
        await stage.unit.failed()


# ---------------------------------------------------------------------------------------------- links


async def test_live_step_is_performed_whole_before_the_end_of_its_link_is_decided() -> None:
    stage = await Stage().open()
    stage.model.steps["live"] = Step(send=(Send("ok"),), show=(Show("after", 1),))
    stage.link.on_send = lambda: stage.link.close("peer gone")
    stage.unit.post("line", "live")
    assert stage.log == [b"ok\n", ("g/1/after", 1), ("g/1/closed", "peer gone")]


async def test_live_step_may_ask_and_close() -> None:
    stage = await Stage().open()
    stage.answers["how much"] = 7
    ask, show = Ask("a1", "bank", "how much"), Show("now", 1)
    stage.model.steps["live"] = Step(show_now=(show,), ask=(ask,), close=(Close("asked to", "line"),))
    stage.hears("live")
    await until(lambda: stage.model.heard == ["a1 7"])
    assert stage.log[:2] == [("g/1/now", 1), ("g/1/closed", "asked to")]


async def test_message_for_a_link_that_is_gone_is_dropped() -> None:
    stage = await Stage().open()
    stage.model.steps["a"] = Step(send=(Send("x", "elsewhere"),), close=(Close("why", "elsewhere"),))
    stage.hears("a b")
    await until(lambda: stage.model.heard == ["b"])


async def test_link_of_the_same_name_takes_the_place_of_the_one_before() -> None:
    stage = await Stage().open()
    second = LoggedLink(stage.log)
    before = stage.link.receiver
    stage.unit.attach("line", second, Lines())
    assert stage.log == [("g/1/closed", "a new link took its place")]
    assert stage.link.receiver is None
    before.on_closed("again")
    before.on_data(b"live")
    assert len(stage.log) == 1
    second.receiver.on_data(b"live")
    assert stage.log[1:] == [b"ok live\n"]


async def test_link_for_a_stopped_unit_is_closed() -> None:
    stage = await Stage().open()
    stage.unit.close("bye")
    late = LoggedLink(stage.log)
    late.receiver = late  # type: ignore[assignment]
    late.on_closed = lambda reason: stage.log.append(reason)  # type: ignore[attr-defined]
    stage.log.clear()
    port = stage.unit.attach("other", late, Lines())
    assert stage.log == ["the unit has stopped"]
    assert await port.closed == "the unit has stopped"


async def test_new_link_is_held_while_the_mailbox_is_full() -> None:
    stage = await Stage(mailbox_messages_max=2).open()
    stage.journal.held = True
    stage.hears("a b c d")
    other = LoggedLink(stage.log)
    stage.unit.attach("other", other, Lines())
    assert other.held
    stage.journal.release()
    await until(lambda: len(stage.model.heard) == 4)
    assert not other.held


class LoggedPeer:
    """A link that decodes by itself."""

    def __init__(self, log: list[Any]) -> None:
        self.log = log
        self.held = False

    def send(self, message: Any) -> None:
        self.log.append(f"sent {message}")

    def close(self, reason: str) -> None:
        self.log.append(f"closed: {reason}")

    def hold(self, held: bool) -> None:
        self.held = held


async def test_peer_that_joined_is_answered_after_the_record() -> None:
    stage = await Stage().open()
    peer, told = LoggedPeer(stage.log), list[Any]()
    stage.unit.join("gsm", peer)
    stage.model.steps["a"] = Step(record=(Heard("a"),), send=(Send("yes"),))
    stage.unit.submit(partial(stage.model.on_message, "gsm", "a"), asker="gsm", told=told.append)
    await until(lambda: told == [None])
    assert stage.log[-2:] == [Heard("a"), "sent yes"] or stage.log.index(Heard("a")) < stage.log.index("sent yes")


async def test_peer_gets_no_answer_that_could_not_be_recorded() -> None:
    stage = await Stage().open()
    peer, told = LoggedPeer(stage.log), list[Any]()
    stage.unit.join("gsm", peer)
    stage.journal.broken = JournalFull("no room")
    stage.model.steps["a"] = Step(record=(Heard("a"),), send=(Send("yes"),))
    stage.unit.submit(partial(stage.model.on_message, "gsm", "a"), asker="gsm", told=told.append)
    await until(lambda: len(told) == 1)
    assert isinstance(told[0], JournalFull)
    assert "sent yes" not in stage.log


async def test_peer_that_left_late_does_not_end_the_one_that_took_its_name() -> None:
    stage = await Stage().open()
    first, second = LoggedPeer(stage.log), LoggedPeer(stage.log)
    stage.unit.join("gsm", first)
    stage.unit.join("gsm", second)
    assert "closed: a new link took its place" in stage.log
    stage.unit.leave("gsm", first, "late")
    stage.model.steps["a"] = Step(send=(Send("yes"),))
    stage.unit.submit(partial(stage.model.on_message, "gsm", "a"), asker="gsm")
    await until(lambda: "sent yes" in stage.log)


async def test_peer_is_held_while_the_mailbox_is_full_and_closed_with_the_unit() -> None:
    stage = await Stage(mailbox_messages_max=2).open()
    stage.journal.held = True
    stage.hears("a b c d")
    peer = LoggedPeer(stage.log)
    stage.unit.join("gsm", peer)
    assert peer.held
    stage.journal.release()
    await until(lambda: not peer.held)
    stage.unit.close("bye")
    assert "closed: bye" in stage.log
    late = LoggedPeer(stage.log)
    stage.unit.join("gsm", late)
    assert stage.log[-1] == "closed: the unit has stopped"


async def test_outlet_gets_values_in_place_of_the_hub() -> None:
    stage = await Stage().open()
    got: list[Any] = []
    stage.unit.outlets["after"] = got.append
    stage.hears("a")
    await until(lambda: got == ["a"])
    assert "g/1/after" not in stage.topics()


# ---------------------------------------------------------------------------------------------- life


async def test_stopped_unit_does_not_stand_as_live() -> None:
    stage = await Stage().open()
    stage.unit.close("the gateway stops")
    topic, status = stage.log[-1]
    assert topic == "g/1/status"
    assert (status.state, status.connected, status.reason) == (UnitState.AWAY, False, "the gateway stops")


async def test_stopped_unit_shows_and_asks_nothing_more() -> None:
    stage = await Stage(Ticking).open()
    stage.model.steps["a"] = Step(ask=(Ask("a1", "bank", "how much"),), show=(Show("after", 1),))
    stage.link.on_send = lambda: stage.unit.close("bye")
    stage.model.steps["live"] = Step(send=(Send("ok"),), show=(Show("after", 1),), ask=(Ask("a2", "bank", 1),))
    stage.unit.post("line", "live")
    stage.log.clear()
    stage.unit.close("again")
    stage.unit.post("line", "live")
    stage.unit.submit(lambda now: stage.model.steps["a"])
    stage.clock.advance(5)
    await asyncio.sleep(0.01)
    assert stage.log == []
    assert stage.unit.carry() is None


async def test_answer_that_comes_after_the_stop_is_not_waited_for() -> None:
    stage = await Stage().open()
    stage.answers["how much"] = asyncio.get_running_loop().create_future()
    stage.hears("ask")
    await asyncio.sleep(0)
    stage.unit.close("bye")
    await asyncio.sleep(0.01)
    assert [task for task in asyncio.all_tasks() if "asks" in task.get_name()] == []


async def test_error_of_a_live_message_breaks_the_unit() -> None:
    stage = await Stage().open()
    stage.model.steps["live"] = Step(record=(Heard("never"),))
    stage.unit.post("line", "live")
    with pytest.raises(AssertionError, match="a live step never records"):
        await stage.unit.failed()


async def test_last_word_of_a_unit_whose_status_is_broken_is_left_out() -> None:
    stage = await Stage().open()
    stage.model.status = None  # type: ignore[assignment]
    stage.log.clear()
    stage.unit.close("bye")
    assert "g/1/status" not in stage.topics()


async def test_unit_that_breaks_twice_tells_the_first_fault() -> None:
    stage = await Stage().open()
    stage.unit.broke(ZeroDivisionError("first"))
    stage.unit.broke(ValueError("second"))
    with pytest.raises(ZeroDivisionError, match="first"):
        await stage.unit.failed()


async def test_carried_state_is_given_when_nothing_is_on_its_way() -> None:
    stage = Stage()
    assert stage.unit.carry() is None
    await stage.open()
    stage.journal.held = True
    stage.hears("a")
    assert stage.unit.carry() is None
    stage.journal.release()
    await until(lambda: stage.model.heard == ["a"])
    assert stage.unit.carry() == (1, {"model": ["a"], "commands": []})
    assert (stage.unit.gateway, stage.unit.status) == ("g", stage.model.status)


async def test_unit_serves_without_its_memory_while_the_journal_is_damaged() -> None:
    stage = Stage()
    stage.journal.unreadable = stage.journal.broken = JournalDamaged("bits have flipped")
    await stage.open()
    stage.hears("live a")
    await until(lambda: stage.model.refused)
    assert b"ok live\n" in stage.log
    assert stage.model.heard == []


async def test_unit_does_not_start_while_the_journal_cannot_be_read() -> None:
    stage = Stage()
    stage.journal.unreadable = JournalError("the file cannot be opened")
    with pytest.raises(JournalError):
        await stage.unit.restore()
