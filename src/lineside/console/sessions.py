"""Login codes and the sessions they are traded for: in memory only, so that a restart asks everybody to sign in anew.

::

    make_code ──► code (10 minutes, once) ──► trade ──► session (12 hours) ──► end

A code and a session are 256 random bits each; what is kept is their SHA-256, so that a dump of this process's memory
shows who is signed in and gives nobody a way in.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from lineside.runtime.desk import Actor
from lineside.runtime.routes import NotSignedIn, TooMany, WrongCode


class AccessSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds of signing in."""

    # Long enough to walk from the terminal to a browser; the code stands in a terminal's scroll-back.
    code_s: float = 600.0
    # One shift. A restart ends every session as well.
    session_s: float = 12 * 3600.0
    # Codes that nobody used yet; each start and each `lineside login` makes one.
    codes_max: int = 100
    # Browsers signed in at once; the oldest goes when there are more.
    sessions_max: int = 1000
    # Wrong codes and tokens per address and minute. The bits forbid guessing; this keeps a broken client quiet.
    wrong_per_minute_max: int = 10
    # Addresses counted in one minute; from here on wrong ones of new addresses count as one.
    addresses_max: int = 10_000
    # Tokens in all, revoked ones included; each is one entry in memory.
    tokens_max: int = 10_000


@dataclass(frozen=True, slots=True)
class Pending:
    """Something that gives ``actor`` until ``end_mono`` (seconds of the monotonic clock)."""

    actor: Actor
    end_mono: float


class Tries:
    """Counts wrong codes and tokens per address within one minute."""

    def __init__(self, settings: AccessSettings) -> None:
        self._settings = settings
        self._minute = 0
        self._counts: dict[str, int] = {}

    def wrong(self, address: str, now: float) -> None:
        """Count one.

        Raises:
            TooMany: this address has had too many in this minute.
        """
        minute = int(now // 60)
        if minute != self._minute:
            self._minute = minute
            self._counts.clear()
        if address not in self._counts and len(self._counts) >= self._settings.addresses_max:
            address = "others"
        count = self._counts.get(address, 0) + 1
        self._counts[address] = count
        if count > self._settings.wrong_per_minute_max:
            raise TooMany("too many wrong codes or tokens from this address; wait a minute")


class Sessions:
    """Who is signed in with a browser.

    Args:
        mono: seconds of the monotonic clock.
    """

    def __init__(self, settings: AccessSettings, tries: Tries, mono: Callable[[], float]) -> None:
        self._settings = settings
        self._tries = tries
        self._mono = mono
        self._codes: dict[str, Pending] = {}
        self._sessions: dict[str, Pending] = {}

    def make_code(self, actor: Actor) -> str:
        """A new single-use code that signs in as ``actor``."""
        return _keep(self._codes, actor, self._mono() + self._settings.code_s, self._settings.codes_max)

    def trade(self, code: str, address: str) -> str:
        """Trade a code for a session; returns the session's text for the cookie.

        Raises:
            WrongCode: unknown, used or too old; the same text for all three.
            TooMany: too many wrong ones from this address.
        """
        pending = self._codes.pop(digest(code), None)
        if pending is None or pending.end_mono <= self._mono():
            self._tries.wrong(address, self._mono())
            raise WrongCode("this login code is not valid; `lineside login` makes a new one")
        end = self._mono() + self._settings.session_s
        return _keep(self._sessions, pending.actor, end, self._settings.sessions_max)

    def actor(self, session: str, address: str) -> Actor:
        """Who holds this session.

        Raises:
            NotSignedIn: no such session, or it has ended.
            TooMany: too many wrong ones from this address.
        """
        key = digest(session)
        pending = self._sessions.get(key)
        if pending is None or pending.end_mono <= self._mono():
            self._sessions.pop(key, None)
            self._tries.wrong(address, self._mono())
            raise NotSignedIn("the session has ended; sign in again")
        return pending.actor

    def end(self, session: str) -> bool:
        """Sign out; whether there was such a session."""
        return self._sessions.pop(digest(session), None) is not None

    @property
    def count(self) -> int:
        """Sessions that have not ended."""
        now = self._mono()
        return sum(pending.end_mono > now for pending in self._sessions.values())


def digest(text: str) -> str:
    """SHA-256 in hex; enough for 256 random bits, which no dictionary holds."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _keep(where: dict[str, Pending], actor: Actor, end: float, count_max: int) -> str:
    text = secrets.token_urlsafe(32)
    while len(where) >= count_max:
        del where[next(iter(where))]  # dicts keep their order: the oldest goes
    where[digest(text)] = Pending(actor, end)
    return text
