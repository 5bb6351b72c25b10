from __future__ import annotations

import sqlite3

import pytest

from lineside.errors import JournalDamaged, JournalError, JournalFull
from lineside.runtime.clock import ManualClock
from lineside.runtime.journal import HealthState, JournalHealth
from lineside.runtime.journal.health import Damage, Health, error_of, state_from_error
from tests.runtime.journal.scene import error


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (error(13, "database or disk is full"), HealthState.FULL),
        (error(8, "attempt to write a readonly database"), HealthState.READ_ONLY),
        (error(10, "disk I/O error"), HealthState.FAILED),
        (error(11, "database disk image is malformed", sqlite3.DatabaseError), HealthState.DAMAGED),
        (sqlite3.OperationalError("database or disk is full"), HealthState.FULL),
        (sqlite3.OperationalError("attempt to write a readonly database"), HealthState.READ_ONLY),
        (sqlite3.DatabaseError("file is not a database"), HealthState.DAMAGED),
        (sqlite3.DatabaseError("database disk image is malformed"), HealthState.DAMAGED),
        (sqlite3.OperationalError("unable to open database file"), HealthState.FAILED),
        (OSError(5, "Input/output error"), HealthState.FAILED),
        (Damage("gone"), HealthState.DAMAGED),
    ],
)
def test_every_fault_is_a_state_with_its_own_words(fault: Exception, state: HealthState) -> None:
    found, reason = state_from_error(fault)
    assert found is state
    assert str(fault) in reason


def test_extended_codes_count_as_their_primary_ones() -> None:
    fault = error(13, "full")
    fault.sqlite_errorcode = 10 | (4 << 8)  # SQLITE_IOERR_FSYNC
    assert state_from_error(fault)[0] is HealthState.FAILED


def test_refusals_have_the_class_of_their_state() -> None:
    assert isinstance(error_of(HealthState.FULL, "x"), JournalFull)
    assert isinstance(error_of(HealthState.DAMAGED, "x"), JournalDamaged)
    assert type(error_of(HealthState.READ_ONLY, "x")) is JournalError
    assert "read only: x" in str(error_of(HealthState.READ_ONLY, "x"))


def test_a_change_is_told_once_and_since_is_when_the_state_began() -> None:
    clock = ManualClock()
    health = Health(clock)
    told: list[JournalHealth] = []
    health.tell = told.append
    health.set(HealthState.OK)
    health.set(HealthState.OK)
    clock.advance(5)
    health.set(HealthState.FULL, "no room")
    began = clock.now().utc
    clock.advance(5)
    health.set(HealthState.FULL, "still no room")
    assert [(h.state, h.reason) for h in told] == [
        (HealthState.OK, ""),
        (HealthState.FULL, "no room"),
        (HealthState.FULL, "still no room"),
    ]
    assert told[-1].since == began


def test_damaged_stays_until_closed() -> None:
    health = Health(ManualClock())
    health.set(HealthState.DAMAGED, "bits")
    health.set(HealthState.OK)
    assert health.picture().state is HealthState.DAMAGED
    assert health.is_damaged
    assert isinstance(health.refusal(), JournalDamaged)
    health.set(HealthState.CLOSED, "closed")
    health.set(HealthState.OK)
    assert health.is_closed
