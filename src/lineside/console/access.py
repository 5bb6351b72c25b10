"""Who may come in: tokens for programs, sessions for browsers, roles and gateways for both.

A token is made by an admin, shown once, and recorded as `TokenCreated` with its SHA-256 only; `TokenRevoked` ends it.
Both are events of the stream ``lineside/access``, so that who had access when can be read in the journal, and the
index in memory is rebuilt by replaying them. Sessions are in `lineside.console.sessions`.

A token reads ``lineside_<id>_<secret>``: the id finds the record, the secret is 256 random bits, and the hash of the
whole text is compared in constant time. The prefix lets secret scanners find one that was committed by mistake.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from lineside.console.sessions import AccessSettings, Sessions, Tries, digest
from lineside.errors import Busy, JournalError
from lineside.runtime.clock import Clock
from lineside.runtime.command import Role
from lineside.runtime.desk import Actor
from lineside.runtime.journal import Append, Carried, Journal
from lineside.runtime.routes import NotFound, NotSignedIn, Request
from lineside.runtime.step import Event

STREAM = "lineside/access"
TOKEN_PREFIX = "lineside_"  # noqa: S105 - the prefix is no secret

_NO_HASH = digest("")


class TokenCreated(Event, frozen=True):
    """An admin made a token.

    Attributes:
        gateways: names that it may see and steer, sorted; None means all.
        hash: SHA-256 of the token, hex.
        expires_at: UTC instant; None means never.
        by: the actor who made it.
    """

    id: str
    label: str
    role: Role
    gateways: tuple[str, ...] | None
    hash: str
    expires_at: datetime | None
    by: str


class TokenRevoked(Event, frozen=True):
    """A token's end."""

    id: str
    by: str
    reason: str = ""


EVENTS: tuple[type[Event], ...] = (TokenCreated, TokenRevoked)


class TokenInfo(msgspec.Struct, frozen=True):
    """A token as lists show it, without its secret.

    Attributes:
        expires_at: UTC instant; None means never.
        valid: neither revoked nor expired.
    """

    id: str
    label: str
    role: Role
    gateways: tuple[str, ...] | None
    expires_at: datetime | None
    by: str
    revoked: bool
    valid: bool


class _Index(msgspec.Struct, frozen=True):
    """What replay leads to."""

    tokens: list[TokenCreated]
    revoked: list[str]


class Access:
    """The `lineside.runtime.routes.Authority` of a running server. Call `load` once before serving.

    Attributes:
        sessions: who is signed in with a browser.
        fault: why tokens are not known, or "".
    """

    def __init__(self, journal: Journal, clock: Clock, settings: AccessSettings | None = None) -> None:
        self._journal = journal
        self._clock = clock
        self.settings = settings or AccessSettings()
        self._tokens: dict[str, TokenCreated] = {}
        self._revoked: set[str] = set()
        self._listeners: list[Callable[[], None]] = []
        self._tries = Tries(self.settings)
        self.sessions = Sessions(self.settings, self._tries, lambda: clock.now().mono)
        self.fault = ""

    async def load(self) -> None:
        """Rebuild the index of tokens from the journal.

        A journal that cannot be read leaves the index empty and says so in ``fault``: the control socket and login
        codes still work, tokens do not.
        """
        try:
            _, recorded = await self._journal.replay(STREAM)
            for one in recorded:
                self.apply(one.event)
            self.fault = ""
        except JournalError as error:
            self.fault = f"tokens could not be read: {error}"

    def apply(self, event: Event) -> None:
        """Take a recorded fact into the index, live and on replay alike."""
        match event:
            case TokenCreated():
                self._tokens[event.id] = event
            case TokenRevoked():
                self._revoked.add(event.id)
                self._tell()
            case Carried():
                carried = msgspec.convert(event.state, _Index)
                self._tokens = {one.id: one for one in carried.tokens}
                self._revoked = set(carried.revoked)

    def carry(self) -> Any:
        """The index in JSON types, for the `Carried` event that stands in for pruned ones."""
        return msgspec.to_builtins(_Index(list(self._tokens.values()), sorted(self._revoked)))

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` when somebody's access may have ended."""
        self._listeners.append(listener)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    # ------------------------------------------------------------------ who asks

    def authenticate(self, request: Request) -> Actor | None:
        """The actor of a bearer token or a session cookie; None without either.

        Raises:
            NotSignedIn: not valid (any more); what exactly is wrong is not told.
            TooMany: too many of those from this address.
        """
        authorization = request.headers.get("authorization")
        if authorization is not None:
            return self._actor_of_token(authorization, request.remote)
        session = cookie_of(request)
        return None if session is None else self.sessions.actor(session, request.remote)

    def _actor_of_token(self, authorization: str, address: str) -> Actor:
        scheme, _, token = authorization.partition(" ")
        record = self._tokens.get(token.removeprefix(TOKEN_PREFIX).partition("_")[0])
        is_right = hmac.compare_digest(digest(token.strip()), record.hash if record else _NO_HASH)
        if scheme.lower() != "bearer" or record is None or not is_right or not self._is_valid(record):
            self._tries.wrong(address, self._clock.now().mono)
            raise NotSignedIn("this token is not valid")
        gateways = None if record.gateways is None else frozenset(record.gateways)
        return Actor(f"token {record.label} ({record.id})", record.role, gateways)

    def _is_valid(self, record: TokenCreated) -> bool:
        if record.id in self._revoked:
            return False
        return record.expires_at is None or self._clock.now().utc < record.expires_at

    def sign_out(self, request: Request) -> bool:
        """End the session of a request; whether there was one."""
        session = cookie_of(request)
        ended = session is not None and self.sessions.end(session)
        if ended:
            self._tell()
        return ended

    # ------------------------------------------------------------------ tokens

    async def create_token(
        self, label: str, role: Role, gateways: frozenset[str] | None, expires_s: float | None, by: str
    ) -> tuple[TokenInfo, str]:
        """Make a token; returns what lists show and, this once, its text.

        Args:
            expires_s: seconds from now; None means never.

        Raises:
            JournalError: it could not be recorded; there is no token.
            Busy: the limit of tokens is reached.
        """
        if len(self._tokens) >= self.settings.tokens_max:
            raise Busy(f"there are {len(self._tokens)} tokens, which is the limit")
        token_id = secrets.token_hex(5)
        text = f"{TOKEN_PREFIX}{token_id}_{secrets.token_urlsafe(32)}"
        now = self._clock.now().utc
        expires_at = None if expires_s is None else now + timedelta(seconds=expires_s)
        names = None if gateways is None else tuple(sorted(gateways))
        created = TokenCreated(token_id, label, role, names, digest(text), expires_at, by)
        await self._record(created, f"token/{token_id}")
        return self._info(created), text

    async def revoke_token(self, token_id: str, by: str, reason: str = "") -> TokenInfo:
        """End a token; doing it again changes nothing.

        Raises:
            NotFound: there is no such token.
            JournalError: it could not be recorded; the token is still valid.
        """
        record = self._tokens.get(token_id)
        if record is None:
            raise NotFound(f"no token has the id {token_id[:40]!r}")
        if token_id not in self._revoked:
            await self._record(TokenRevoked(token_id, by, reason))
        return self._info(record)

    def tokens(self) -> list[TokenInfo]:
        """All tokens ever made, oldest first."""
        return [self._info(record) for record in self._tokens.values()]

    async def _record(self, event: Event, *claims: str) -> None:
        await self._journal.append(Append(events=((STREAM, event),), at=self._clock.now().utc, claims=claims))
        self.apply(event)

    def _info(self, record: TokenCreated) -> TokenInfo:
        return TokenInfo(
            record.id,
            record.label,
            record.role,
            record.gateways,
            record.expires_at,
            record.by,
            record.id in self._revoked,
            self._is_valid(record),
        )


def cookie_name(request: Request) -> str:
    """The name of our cookie: with the port, because browsers share cookies between the ports of one host.

    With TLS the prefix ``__Host-`` makes browsers refuse one that a neighbour's page set for us.
    """
    port = request.headers.get("host", "").rpartition("]")[2].partition(":")[2]
    port = port or ("443" if request.secure else "80")
    return f"__Host-lineside_{port}" if request.secure else f"lineside_{port}"


def cookie_of(request: Request) -> str | None:
    """The text of our session cookie, or None."""
    wanted = cookie_name(request)
    for part in request.headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == wanted and value:
            return value
    return None


def set_cookie(request: Request, session: str, seconds: float) -> str:
    """The Set-Cookie header of a session; an empty session with 0 seconds takes it away."""
    secure = "; Secure" if request.secure else ""
    return f"{cookie_name(request)}={session}; Path=/; Max-Age={int(seconds)}; HttpOnly; SameSite=Strict{secure}"
