"""How the journal is: its state with a reason, and who wants to hear of a change."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from lineside.errors import JournalDamaged, JournalError, JournalFull
from lineside.runtime.clock import Clock


class HealthState(StrEnum):
    """What the journal can do now. Only in ``ok`` is anything acknowledged."""

    OK = "ok"
    FULL = "full"  # no room; tries again by itself
    READ_ONLY = "read_only"  # the disk or the database takes no writes; tries again by itself
    FAILED = "failed"  # the disk said an error, or the file cannot be opened; tries again by itself
    DAMAGED = "damaged"  # what was acknowledged is not all there; a person has to run repair
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class JournalHealth:
    """A picture of the journal's state.

    Attributes:
        reason: for people; "" when ok.
        since: UTC instant of the change to this state.
        recorded_seq: newest event on disk; 0 when there is none.
    """

    state: HealthState
    reason: str
    since: datetime
    recorded_seq: int
    era: int


class Damage(Exception):
    """The file does not hold what it should; the text says what was found."""


WRONG_TYPES = (TypeError, ValueError, LookupError, OverflowError, AttributeError, msgspec.MsgspecError)
"""What reading raises when columns of a damaged row hold something of another type."""


class Health:
    """The state, written by the writer's thread (or by a reader that met damage), read by anybody.

    Attributes:
        recorded_seq, recorded_at_us: of the newest event on disk.
        tell: called with the new picture from the thread that made the change.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._state = HealthState.FAILED
        self._reason = "not opened yet"
        self._since = clock.now().utc
        self.recorded_seq = 0
        self.recorded_at_us: int | None = None
        self.era = 1
        self.tell: Callable[[JournalHealth], None] = lambda health: None

    @property
    def state(self) -> HealthState:
        """The state alone."""
        return self._state

    @property
    def is_ok(self) -> bool:
        """Whether it records."""
        return self._state is HealthState.OK

    @property
    def is_damaged(self) -> bool:
        """Whether a person has to repair it."""
        return self._state is HealthState.DAMAGED

    @property
    def is_closed(self) -> bool:
        """Whether it has ended."""
        return self._state is HealthState.CLOSED

    def picture(self) -> JournalHealth:
        """State, reason, since and the newest event, read together."""
        with self._lock:
            return JournalHealth(self._state, self._reason, self._since, self.recorded_seq, self.era)

    def set(self, state: HealthState, reason: str = "") -> None:
        """Change the state; damaged and closed are final for everything but each other."""
        with self._lock:
            if self._state is HealthState.CLOSED or (self._state, self._reason) == (state, reason):
                return
            if self._state is HealthState.DAMAGED and state is not HealthState.CLOSED:
                return
            if self._state is not state:
                self._since = self._clock.now().utc
            self._state, self._reason = state, reason
        self.tell(self.picture())

    def refusal(self) -> JournalError:
        """The error for somebody who wants to record now."""
        return error_of(self._state, self._reason)


def error_of(state: HealthState, reason: str) -> JournalError:
    """The error that tells a state to whoever asked for a record."""
    match state:
        case HealthState.FULL:
            return JournalFull(f"not recorded, the journal is full: {reason}")
        case HealthState.DAMAGED:
            return JournalDamaged(f"not recorded, the journal is damaged: {reason}")
    return JournalError(f"not recorded, the journal is {state.value.replace('_', ' ')}: {reason}")


# Primary result codes of SQLite (https://sqlite.org/rescode.html); an extended code has them in its low byte.
_FULL, _READ_ONLY, _CORRUPT, _NOT_A_DATABASE = 13, 8, 11, 26


def state_from_error(error: BaseException) -> tuple[HealthState, str]:
    """The state, with its reason, that an error of SQLite (or of the operating system) means."""
    if isinstance(error, Damage):
        return HealthState.DAMAGED, str(error)
    name = getattr(error, "sqlite_errorname", None)
    text = f"{error} ({name})" if name else str(error) or repr(error)
    code = getattr(error, "sqlite_errorcode", None)
    if code is None and isinstance(error, sqlite3.Error):
        code = _code_from_text(str(error))
    match (code or 0) & 0xFF:
        case 13:
            return HealthState.FULL, text
        case 8:
            return HealthState.READ_ONLY, text
        case 11 | 26:
            return HealthState.DAMAGED, text
    return HealthState.FAILED, text


def _code_from_text(text: str) -> int:
    """For connections whose errors carry no code."""
    for part, code in (
        ("is full", _FULL),
        ("readonly", _READ_ONLY),
        ("malformed", _CORRUPT),
        ("not a database", _NOT_A_DATABASE),
        ("Could not decode to UTF-8", _CORRUPT),  # from the Python module, for text that never was text
    ):
        if part in text:
            return code
    return 0
