"""Who may report for what, and who may watch what. Tokens are compared in constant time and never told to anybody.

Every token that is configured is compared, whether or not an earlier one has matched, and digests are compared in place
of texts: how long an answer takes tells neither the length of a token nor which one came near.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from lineside.runtime.step import Secret
from lineside.studio.gateway.config import Config, ReporterToken, WatchToken
from lineside.studio.watch import EVERYTHING, Scope, is_named

OPEN = "open"
"""The name of a token where every one is taken."""


@dataclass(frozen=True, slots=True)
class Pass:
    """A reporter, or a caller of HTTP, that was let in.

    Attributes:
        token_name: from the settings; never the token.
        may_write: whether the token covers another table too.
    """

    token_name: str
    may_write: Callable[[str], bool]


class _Known(NamedTuple):
    name: str
    digest: bytes
    tables: tuple[str, ...]
    devices: tuple[str, ...]

    def covers(self, table: str, device: str | None) -> bool:
        """Empty lists cover everything; without a device only the table counts."""
        return (not self.tables or is_named(table, self.tables)) and (
            not self.devices or device is None or device in self.devices
        )


class Tokens:
    """All tokens of one gateway."""

    def __init__(self, config: Config) -> None:
        own = [] if config.token is None else [("token", ReporterToken(token=config.token))]
        watching = [] if config.watch_token is None else [("watch_token", WatchToken(token=config.watch_token))]
        self.is_open = config.is_open
        self._reporters = [
            _Known(name, _digest(entry.token), entry.tables, entry.devices)
            for name, entry in [*own, *config.tokens.items()]
        ]
        self._watchers = [
            _Known(name, _digest(entry.token), entry.tables, ())
            for name, entry in [*watching, *config.watch_tokens.items()]
        ]
        self._is_watching_open = self.is_open and not self._watchers

    def admit(self, token: Secret, table: str, device: str | None) -> Pass | None:
        """Let somebody write for a table, or not.

        Args:
            device: None for a caller of HTTP, which is no device.
        """
        if self.is_open:
            return Pass(OPEN, lambda other: False) if token.reveal() else None
        covering = [known for known in _matching(token, self._reporters) if known.covers(table, device)]
        if not covering:
            return None
        return Pass(covering[0].name, lambda other: any(known.covers(other, device) for known in covering))

    def admit_watcher(self, token: Secret, asked: frozenset[str] | None) -> Scope | None:
        """What a watcher may see of what it asked for; None: it is not let in.

        Where reporters have tokens and watchers have none, nobody watches.
        """
        if self._is_watching_open:
            return Scope(asked) if token.reveal() else None
        allowed = _allowed(_matching(token, self._watchers))
        return None if allowed == () else Scope(asked, allowed)

    def admit_reader(self, token: Secret) -> Scope | None:
        """What a caller of HTTP may read: tokens of reporters and of watchers both read."""
        if self._is_watching_open:
            return EVERYTHING
        allowed = _allowed(_matching(token, [*self._reporters, *self._watchers]))
        return None if allowed == () else Scope(None, allowed)


def _allowed(matching: list[_Known]) -> tuple[str, ...] | None:
    """The tables that these tokens cover together; None: all; empty: there is no token."""
    if any(not known.tables for known in matching):
        return None
    return tuple(sorted({table for known in matching for table in known.tables}))


def _digest(token: Secret) -> bytes:
    return hashlib.sha256(token.reveal().encode(errors="surrogatepass")).digest()


def _matching(token: Secret, known: Iterable[_Known]) -> list[_Known]:
    given = _digest(token)
    compared = [(hmac.compare_digest(given, one.digest), one) for one in known]
    return [one for is_same, one in compared if is_same]
