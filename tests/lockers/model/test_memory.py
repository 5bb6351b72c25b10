from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lineside.lockers.model import events as ev
from lineside.lockers.model.cells import Phase
from lineside.lockers.model.memory import Memory
from lineside.lockers.model.settings import BoardSettings
from lineside.runtime.command import CommandEnded
from lineside.runtime.step import Event, Outcome, OutcomeKind, Secret

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def memory(*events: Event) -> Memory:
    found = Memory(BoardSettings())
    for event in events:
        found.apply(event, NOW)
    return found


def code_set(cell: int = 2, command: str = "c1", minutes: int = 10) -> ev.CodeSet:
    expires_at = NOW + timedelta(minutes=minutes)
    return ev.CodeSet(
        cell=cell, code=Secret("0042"), minutes=minutes, expires_at=expires_at, by="anna", command=command
    )


def test_message_without_news_moves_send_and_time_alone() -> None:
    found = memory(ev.Reported(send="5", connection=1, engaged=(2,)))
    version = found.version
    found.apply(ev.Heard("6"), NOW + timedelta(seconds=10))
    assert (found.lasting.send, found.number, found.lasting.engaged) == ("6", 6, (2,))
    assert found.lasting.channels == {1: NOW + timedelta(seconds=10)}
    assert found.version is version


def test_send_is_kept_as_it_was_written() -> None:
    assert memory(ev.Heard("0009")).lasting.send == "0009"


def test_channels_have_times_of_their_own_and_unknown_ones_none() -> None:
    found = memory(ev.Reported(send="5", connection=1))
    found.apply(ev.Heard("6", 2), NOW + timedelta(seconds=10))
    found.apply(ev.Heard("7", 9), NOW + timedelta(seconds=20))
    assert found.lasting.channels == {1: NOW, 2: NOW + timedelta(seconds=10)}
    assert found.lasting.channel == 9


def test_report_changes_what_it_names_and_empty_is_not_absent() -> None:
    found = memory(ev.Reported(send="5", engaged=(2,), timed_out=(3,)), ev.Reported(send="6", engaged=()))
    assert found.lasting.engaged == ()
    assert found.lasting.timed_out == (3,)


def test_layout_follows_the_report() -> None:
    found = memory(ev.Reported(send="5", columns=5, rows=6, locks=("11111", "01111")))
    assert found.grid is not None
    assert (found.grid.columns, found.grid.rows) == (5, 6)
    assert 6 not in found.locks.present
    assert 6 in found.locks.reported


def test_code_goes_from_pending_to_sent_to_confirmed() -> None:
    found = memory(code_set())
    phases = [found.lasting.assignments[2].phase]
    for event in (ev.OrdersSent("5", (2,)), ev.CodeConfirmed(2)):
        found.apply(event, NOW)
        phases.append(found.lasting.assignments[2].phase)
    assert phases == [Phase.PENDING, Phase.SENT, Phase.CONFIRMED]
    assert found.lasting.assignments[2].sent == "5"
    assert found.is_settled


@pytest.mark.parametrize("end", [ev.CodeRevoked(2), ev.CodeExpired(2), ev.CodeUsed(2)])
def test_code_that_was_sent_is_revoking_until_the_board_says_it_is_gone(end: Event) -> None:
    found = memory(code_set(), ev.OrdersSent("5", (2,)), end)
    assert 2 not in found.lasting.assignments
    assert found.lasting.revocations[2].sent == ""
    found.apply(ev.OrdersSent("6", (2,)), NOW)
    assert found.lasting.revocations[2].sent == "6"
    found.apply(ev.RevocationConfirmed(2), NOW)
    assert found.lasting.revocations == {}
    assert found.is_settled


def test_code_that_never_left_needs_no_confirmation_of_its_end() -> None:
    assert memory(code_set(), ev.CodeExpired(2)).lasting.revocations == {}


def test_code_that_never_left_does_when_the_board_lists_the_cell_all_the_same() -> None:
    assert 2 in memory(ev.Reported(send="1", engaged=(2,)), code_set(), ev.CodeRevoked(2)).lasting.revocations


def test_new_code_takes_the_place_of_a_revocation() -> None:
    found = memory(code_set(), ev.OrdersSent("5", (2,)), ev.CodeRevoked(2), code_set(command="c2"))
    assert found.lasting.revocations == {}
    assert found.lasting.assignments[2].phase is Phase.PENDING


def test_time_out_ends_a_code_only_when_the_event_says_so() -> None:
    assert 2 in memory(code_set(), ev.CellTimedOut(2)).lasting.assignments
    assert 2 not in memory(code_set(), ev.CellTimedOut(2, ended=True)).lasting.assignments


def test_earliest_expiry_is_known() -> None:
    found = memory(code_set(2, minutes=20), code_set(3, minutes=10))
    assert found.expires_us == found.lasting.assignments[3].expires_us
    found.apply(ev.CodeExpired(3), NOW)
    assert found.expires_us == found.lasting.assignments[2].expires_us


def test_expiry_moves_and_is_not_adrift_any_more() -> None:
    later = NOW + timedelta(hours=5)
    found = memory(code_set(), ev.ExpiryMoved(2, later))
    assert found.lasting.assignments[2].expires_at == later
    assert not found.lasting.assignments[2].adrift


def test_command_that_ended_elsewhere_is_waited_for_no_more() -> None:
    ended = CommandEnded("c1", Outcome(OutcomeKind.REFUSED))
    found = memory(code_set(), ended)
    assert found.lasting.assignments[2].command == ""
    found = memory(ev.Reported(send="1", engaged=(2,)), ev.CodeRevoked(2, command="c1"), ended)
    assert found.lasting.revocations[2].command == ""
    assert memory(ev.BoardBlocked("anna", command="c1"), ended).lasting.block.command == ""
    assert memory(ev.RebootOrdered("c1", "anna"), ended).lasting.reboot is None


def test_opening_is_marked_with_its_time_and_a_repetition_is_not() -> None:
    found = memory(ev.CellOpened(2))
    found.apply(ev.CellOpened(2, repeat=True), NOW + timedelta(hours=1))
    assert found.lasting.marks[2].opened_at == NOW
    found.apply(ev.CellTimedOut(2), NOW + timedelta(hours=1))
    assert (found.lasting.marks[2].opened_at, found.lasting.marks[2].last_event) == (NOW, "timed_out")


def test_number_that_no_cabinet_has_costs_no_memory() -> None:
    found = memory(ev.CellOpened(999_999_999), ev.CellOpened(0), ev.CellOpened(256))
    assert list(found.lasting.marks) == [256]


def test_unwanted_block_is_counted_until_it_ends() -> None:
    found = memory(ev.Reported(send="1", states=(3,)))
    assert found.lasting.block.unwanted == 1
    found.apply(ev.Heard("2"), NOW)
    found.apply(ev.Heard("3"), NOW)
    assert found.lasting.block.unwanted == 2  # no more than is asked for
    found.apply(ev.Reported(send="4", states=(0,)), NOW)
    assert found.lasting.block.unwanted == 0


def test_boot_before_is_remembered_only_when_the_board_told_of_the_new_one() -> None:
    assert memory(ev.Heard("50"), ev.BoardRebooted(2, "1")).lasting.previous == "50"
    assert memory(ev.Heard("50"), ev.BoardRebooted(2, "1", implied=True)).lasting.previous == ""


def test_approval_is_kept_with_its_era() -> None:
    found = memory(ev.BoardRegistered(0, "new boards wait for approval"))
    assert not found.lasting.is_approved
    found.apply(ev.BoardApproved(3, "anna"), NOW)
    assert (found.lasting.is_approved, found.lasting.era, found.lasting.pending) == (True, 3, "")


def test_carried_state_does_not_change_with_what_happens_later() -> None:
    found = memory(code_set(), ev.CellOpened(2), ev.AlarmRaised("wrong_code"), ev.Reported(send="5", connection=1))
    carried = found.carry()
    before = repr(carried)
    found.apply(ev.CodeRevoked(2), NOW)
    found.apply(ev.AlarmCleared("wrong_code"), NOW)
    found.apply(ev.CellOpened(3), NOW)
    found.apply(ev.Heard("6", 2), NOW)
    assert repr(carried) == before


def test_other_events_change_nothing() -> None:
    found = memory(ev.CodeRead(2, "anna"), ev.PossibleClone("a", "b", "1", "x"), ev.LayoutChanged(1, 1, 2, 2))
    assert found.carry() == Memory(BoardSettings()).carry()
