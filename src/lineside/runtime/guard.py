"""Bounds under every listener: how many connections, how long they may be silent, how much they may hold.

A listener asks `Guard.admit` for each connection and gets a `Ticket`, or a `Refusal` with a reason. Whoever reads the
connection tells the ticket what was heard; the guard looks at all tickets with one timer and cuts those that pass a
deadline. Every refusal and every cut is counted by reason, for metrics and pages.

Deadlines are absolute: bytes that make no whole message do not move them, so that one byte at a time wins nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from lineside.runtime.log import get_log

Count = Annotated[int, Meta(ge=1)]
# 0 or None turns a deadline or a bound off, where its absence is meant.
SecondsOrOff = Annotated[float, Meta(ge=0)] | None
CountOrOff = Annotated[int, Meta(ge=0)] | None

# Deadlines are kept to a quarter of the shortest one, and looked at between 20 times a second and once a second.
_SWEEP_S_MIN = 0.05
_SWEEP_S_MAX = 1.0
# One house usually gets one /64 of IPv6; counting single addresses there would count nothing.
_IPV6_PREFIX = 64

log = get_log("guard")


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Bounds of the connections of one listener.

    Attributes:
        connections_max: open at once. Each costs a descriptor and some 10 KiB; 256 stays far below the usual 1,024.
        connections_per_address_max: open at once from one address, so that one machine cannot take all places.
        first_message_s: from the connection to the first whole message. A peer that has something to say says it in
            a round trip; 10 s forgives a slow link.
        idle_s: between whole messages. Off where silence is normal.
        unauthenticated_bytes_max: bytes before the peer is authenticated or has sent a whole message.
        frame_bytes_max: one message or frame.
        errors_max: messages that are not of the protocol; a cable's noise is forgiven, a wrong program is not.
        write_s: how long unsent bytes may wait without getting fewer: the peer does not read.
        unsent_bytes_max: bytes held for a peer that does not read; 1 MiB times all places is still memory we have.
    """

    connections_max: Count = 256
    connections_per_address_max: Count = 64
    first_message_s: SecondsOrOff = 10.0
    idle_s: SecondsOrOff = None
    unauthenticated_bytes_max: CountOrOff = 65_536
    frame_bytes_max: Count = 65_536
    errors_max: Count = 10
    write_s: SecondsOrOff = 10.0
    unsent_bytes_max: Count = 1_048_576


class Reason(StrEnum):
    """Why a connection was refused or cut; a closed set, so that metrics may have it as a label."""

    TOO_MANY = "too_many_connections"
    TOO_MANY_FROM_ADDRESS = "too_many_from_address"
    STOPPING = "stopping"
    NO_FIRST_MESSAGE = "no_first_message"
    IDLE = "idle"
    UNAUTHENTICATED_BYTES = "unauthenticated_bytes"
    FRAME_TOO_LONG = "frame_too_long"
    TOO_MANY_ERRORS = "too_many_errors"
    DOES_NOT_READ = "does_not_read"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A connection that is not let in.

    Attributes:
        text: for people.
        retry: whether it may be let in later.
    """

    reason: Reason
    text: str
    retry: bool = True


@dataclass(frozen=True, slots=True)
class GuardStatus:
    """A guard at one moment, for pages and metrics; counts are since the start, by `Reason`."""

    name: str
    open: int
    admitted: int
    refused: dict[str, int]
    cut: dict[str, int]


class Ticket:
    """One admitted connection.

    Attributes:
        address: of the peer, as given to `Guard.admit`.
        limits: of the guard.
        on_cut: called with the reason just before the connection is cut: the place for last words to the peer.
        errors: messages that were not of the protocol.
    """

    __slots__ = (
        "_cut",
        "_early_bytes",
        "_guard",
        "_heard_at",
        "_is_authenticated",
        "_is_heard",
        "_is_open",
        "_opened_at",
        "_stuck_since",
        "_unsent",
        "_unsent_before",
        "address",
        "errors",
        "key",
        "limits",
        "on_cut",
    )

    def __init__(self, guard: Guard, address: str, key: str, now: float) -> None:
        self.address = address
        self.key = key
        self.limits = guard.limits
        self.on_cut: Callable[[str], None] | None = None
        self.errors = 0
        self._guard = guard
        self._cut: Callable[[Reason, str], None] | None = None
        self._unsent: Callable[[], int] | None = None
        self._is_open = True
        self._is_heard = False
        self._is_authenticated = False
        self._early_bytes = 0
        self._opened_at = self._heard_at = self._stuck_since = now
        self._unsent_before = 0

    @property
    def is_open(self) -> bool:
        """False once it was released or cut."""
        return self._is_open

    def bind(self, cut: Callable[[Reason, str], None], unsent: Callable[[], int] | None = None) -> None:
        """Tell how to end the connection, and how many bytes the peer has not taken."""
        self._cut = cut
        self._unsent = unsent

    def heard_bytes(self, count: int) -> bool:
        """``count`` bytes came. False when that was too much before authentication: the connection is cut."""
        if self._is_heard or self._is_authenticated:
            return self._is_open
        self._early_bytes += count
        bytes_max = self.limits.unauthenticated_bytes_max
        if bytes_max and self._early_bytes > bytes_max:
            self.cut(Reason.UNAUTHENTICATED_BYTES, f"more than {bytes_max} bytes before a first message")
        return self._is_open

    def heard_message(self) -> None:
        """A whole message came; the idle deadline begins anew."""
        self._is_heard = True
        self._heard_at = self._guard.now()

    def authenticated(self) -> None:
        """The peer has shown who it is; bytes are no longer counted."""
        self._is_authenticated = True

    def frame(self, size: int) -> bool:
        """A frame of ``size`` bytes is announced or has come. False when it is too long: the connection is cut."""
        if size > self.limits.frame_bytes_max:
            self.cut(Reason.FRAME_TOO_LONG, f"a frame of {size} bytes, at most {self.limits.frame_bytes_max}")
        return self._is_open

    def error(self, reason: str) -> bool:
        """The peer broke its protocol. False when that was once too often: the connection is cut with ``reason``."""
        self.errors += 1
        if self.errors >= self.limits.errors_max:
            self.cut(Reason.TOO_MANY_ERRORS, f"{self.errors} errors, the last: {reason}")
        return self._is_open

    def cut(self, reason: Reason, text: str) -> None:
        """End the connection. Counted once; calling it again, or after `release`, does nothing."""
        if not self._is_open:
            return
        self._say_last_words(text)
        if self._is_open:  # the last words may have ended it
            self.release()
            self._guard.note_cut(self, reason, text)
            if self._cut is not None:
                self._cut(reason, text)

    def _say_last_words(self, text: str) -> None:
        on_cut, self.on_cut = self.on_cut, None
        if on_cut is None:
            return
        try:
            on_cut(text)
        except Exception as error:  # a fault in one owner must not keep the others from being looked at
            log.error("last words failed", guard=self._guard.name, error=repr(error))

    def release(self) -> None:
        """The connection has ended; its place is free."""
        if self._is_open:
            self._is_open = False
            self._guard.release(self)

    def look(self, now: float) -> None:
        """Cut the connection when a deadline has passed; called by the guard's timer."""
        limits = self.limits
        is_first_due = not self._is_heard and bool(limits.first_message_s)
        if is_first_due and limits.first_message_s and now - self._opened_at > limits.first_message_s:
            self.cut(Reason.NO_FIRST_MESSAGE, f"no whole message within {limits.first_message_s:g} s")
        elif not is_first_due and limits.idle_s and now - self._heard_at > limits.idle_s:
            self.cut(Reason.IDLE, f"silent for {limits.idle_s:g} s")
        elif limits.write_s and self._is_stuck(now, limits.write_s):
            self.cut(Reason.DOES_NOT_READ, f"took no bytes for {limits.write_s:g} s")

    def _is_stuck(self, now: float, write_s: float) -> bool:
        unsent = self._unsent() if self._unsent is not None else 0
        if unsent == 0 or unsent < self._unsent_before:
            self._stuck_since = now
        self._unsent_before = unsent
        return now - self._stuck_since > write_s


class Guard:
    """The connections of one listener, or of several that share their limits.

    Args:
        limits: the bounds.
        name: for logs, metrics and pages; from the settings, never from a peer.
        now: monotonic seconds.
    """

    def __init__(self, limits: Limits, name: str, now: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self.name = name
        self.now = now
        self.refused: Counter[str] = Counter()
        self.was_cut: Counter[str] = Counter()
        self.admitted = 0
        self._tickets: dict[Ticket, None] = {}
        self._per_address: Counter[str] = Counter()
        self._is_stopping = False
        self._timer: asyncio.TimerHandle | None = None

    def admit(self, address: str) -> Ticket | Refusal:
        """Give a connection its place, or say why not.

        Args:
            address: of the peer without port: an IP address, or any one name for all local peers.
        """
        key = address_key(address)
        refusal = self._refusal(key)
        if refusal is not None:
            self._note_refusal(refusal, address)
            return refusal
        ticket = Ticket(self, address, key, self.now())
        self._tickets[ticket] = None
        self._per_address[key] += 1
        self.admitted += 1
        self._set_timer()
        return ticket

    def release(self, ticket: Ticket) -> None:
        """Free a place; called by the ticket."""
        self._tickets.pop(ticket, None)
        self._per_address[ticket.key] -= 1
        if self._per_address[ticket.key] <= 0:
            del self._per_address[ticket.key]
        if not self._tickets and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def note_cut(self, ticket: Ticket, reason: Reason, text: str) -> None:
        """Count and log a cut; called by the ticket."""
        self.was_cut[reason] += 1
        log.info("connection cut", guard=self.name, address=ticket.address, reason=text)

    def sweep(self, now: float) -> None:
        """Look at every deadline once; the timer's work, and a test's."""
        for ticket in list(self._tickets):
            ticket.look(now)

    def stop(self, text: str = "the server is stopping") -> None:
        """Let nobody in any more and cut who is there."""
        self._is_stopping = True
        for ticket in list(self._tickets):
            ticket.cut(Reason.STOPPING, text)

    @property
    def open_count(self) -> int:
        """Connections that hold a place."""
        return len(self._tickets)

    def status(self) -> GuardStatus:
        """The present numbers."""
        return GuardStatus(self.name, len(self._tickets), self.admitted, dict(self.refused), dict(self.was_cut))

    def _refusal(self, key: str) -> Refusal | None:
        if self._is_stopping:
            return Refusal(Reason.STOPPING, "the server is stopping")
        if len(self._tickets) >= self.limits.connections_max:
            return Refusal(Reason.TOO_MANY, f"all {self.limits.connections_max} connections are in use")
        if self._per_address[key] >= self.limits.connections_per_address_max:
            count = self.limits.connections_per_address_max
            return Refusal(Reason.TOO_MANY_FROM_ADDRESS, f"{count} connections from this address already")
        return None

    def _note_refusal(self, refusal: Refusal, address: str) -> None:
        """The first of each reason is logged at once, then the tenth, the hundredth …: a flood must not fill a disk."""
        self.refused[refusal.reason] += 1
        count = self.refused[refusal.reason]
        if str(count).strip("0") == "1":
            log.warning("connection refused", guard=self.name, address=address, reason=refusal.text, count=count)

    def _set_timer(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._sweep_s, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        try:
            self.sweep(self.now())
        finally:
            if self._tickets:
                self._set_timer()

    @property
    def _sweep_s(self) -> float:
        deadlines = (self.limits.first_message_s, self.limits.idle_s, self.limits.write_s)
        shortest = min((seconds for seconds in deadlines if seconds), default=_SWEEP_S_MAX)
        return min(max(shortest / 4, _SWEEP_S_MIN), _SWEEP_S_MAX)


def address_key(address: str) -> str:
    """What connections are counted by: an IPv4 address, the /64 of an IPv6 address, any other text as it is."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _IPV6_PREFIX), strict=False).network_address)
