"""The watch feed of a studio: every change of its tables to everybody who asked, numbered, encoded once.

::

    S {"type":"snapshot","seq":n,"tables":{"ARO-001":{…}}}
    S {"type":"update","seq":n+1,"table":"ARO-001","changed":{"SDP":["standby","up"]},"by":"dealerPC","at":…,"uptime":8}
    S {"type":"presence",…}   S {"type":"alarm",…}
    …?since=n                 what came after n, from a ring; or {"type":"reset"} and a new snapshot

Numbers begin at the microseconds of the wall clock, so that one of an earlier process is never taken for ours.

A watcher sends nothing; it reads. What it has not read is bounded: beyond the bound it gets nothing until it has read,
then a new snapshot in place of what it missed; one that stays behind is closed with 1013. Nobody waits for it: writes
never block, and are made for a few watchers per turn of the loop.

Source: the wire sheet for studio tables, §10.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Annotated, Any, NamedTuple, Protocol

import msgspec
from msgspec import Meta

from lineside.runtime.hub.text import encode_value, frame_text
from lineside.studio.wire import SLOW_WATCHER

Count = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0)]


class Scope(NamedTuple):
    """The tables that a watcher sees.

    Attributes:
        names: those that it asked for; None means all.
        allowed: those that its token covers, names and prefixes with ``*``; None means all.
    """

    names: frozenset[str] | None = None
    allowed: tuple[str, ...] | None = None

    def covers(self, table: str) -> bool:
        """Whether it sees this table."""
        if self.names is not None and table not in self.names:
            return False
        return self.allowed is None or is_named(table, self.allowed)


EVERYTHING = Scope()
"""All tables."""


def is_named(table: str, patterns: Collection[str]) -> bool:
    """Whether a table is in a list of names and prefixes with ``*``."""
    return any(table == one or (one.endswith("*") and table.startswith(one[:-1])) for one in patterns)


class WatchLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Bounds of the feed.

    Attributes:
        pulse_s: one write per watcher at most this often: a change is told at once after quiet, and a storm of them
            costs a write per watcher and pulse, not one per change.
        pulse_share_max: the part of the loop's time that writing may take; beyond it pulses stretch.
        pulse_s_max: to here; a change is still told within the 50 ms that a person takes for "at once".
        writes_per_turn: watchers written to before the loop does something else, some 10 µs each.
        ring_values_max: changes kept for ``since``: minutes of a busy studio.
        ring_bytes_max: the same bound in bytes.
        watcher_bytes_max: unsent bytes of one watcher; beyond it, it is behind. A thousand changes fit.
        behind_s_max: a watcher that is behind for longer is closed: it comes back and gets a snapshot.
        look_s: between two looks at those that are behind.
    """

    pulse_s: Seconds = 0.01
    pulse_share_max: Annotated[float, Meta(gt=0, le=1)] = 0.33
    pulse_s_max: Seconds = 0.03
    writes_per_turn: Count = 128
    ring_values_max: Count = 4096
    ring_bytes_max: Count = 4 * 1024 * 1024
    watcher_bytes_max: Count = 256 * 1024
    behind_s_max: Seconds = 5.0
    look_s: Seconds = 0.1


class WatcherSocket(Protocol):
    """What the feed needs of a watcher's socket."""

    async def receive(self) -> bytes | None:
        """The next frame; None at the end."""
        ...

    def send_framed(self, frame: bytes) -> None:
        """Write frames; never blocks. May raise RuntimeError or OSError on a socket that has just ended."""
        ...

    def unsent(self) -> int:
        """Bytes that the operating system has not taken yet."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Begin to close."""
        ...


_TAG = b'{"kind":'


class _Told(NamedTuple):
    """One change, ready to be written."""

    seq: int
    table: str
    frame: bytes


class Watcher:
    """One socket that watches.

    Attributes:
        seq: it has everything up to here, or will have when it has read what is on its way.
        behind_since: monotonic seconds since which it has not read enough; None while it is up to date.
    """

    __slots__ = ("behind_since", "scope", "seq", "socket")

    def __init__(self, socket: WatcherSocket, scope: Scope, seq: int) -> None:
        self.socket = socket
        self.scope = scope
        self.seq = seq
        self.behind_since: float | None = None


class Feed:
    """All changes of one studio, and who watches them.

    Args:
        snapshot: the present state of these tables by name, JSON types or Structs.
        first_seq: see `seq_at`.
        now: monotonic seconds.
    """

    def __init__(
        self,
        snapshot: Callable[[Scope], Mapping[str, Any]],
        first_seq: int,
        now: Callable[[], float],
        limits: WatchLimits | None = None,
    ) -> None:
        self._snapshot = snapshot
        self._now = now
        self._limits = limits or WatchLimits()
        self._seq = first_seq
        self._ring: deque[_Told] = deque()
        self._ring_bytes = 0
        self._watchers: dict[Watcher, None] = {}
        self._pulse_s = self._limits.pulse_s
        self._pulsed_at = float("-inf")
        self._pulse: asyncio.Handle | None = None
        self._look: asyncio.TimerHandle | None = None
        self._is_closed = False
        self.coalesced = 0
        self.closed_slow = 0

    # ------------------------------------------------------------------ what happens

    @property
    def seq(self) -> int:
        """The number of the last change."""
        return self._seq

    @property
    def watcher_count(self) -> int:
        """How many watch now."""
        return len(self._watchers)

    def tell(self, value: Any) -> None:
        """One change of a table (a Struct of `model.watched`), told to all who watch it. Never blocks."""
        self._seq += 1
        frame = frame_text(_numbered(encode_value(value), self._seq))
        self._ring.append(_Told(self._seq, value.table, frame))
        self._ring_bytes += len(frame)
        limits = self._limits
        while len(self._ring) > limits.ring_values_max or self._ring_bytes > limits.ring_bytes_max:
            self._ring_bytes -= len(self._ring.popleft().frame)
        if self._watchers and self._pulse is None and not self._is_closed:
            self._set_pulse()

    def close(self) -> None:
        """Tell nothing any more; the sockets are their listener's to close."""
        self._is_closed = True
        for timer in (self._pulse, self._look):
            if timer is not None:
                timer.cancel()
        self._watchers.clear()

    # ------------------------------------------------------------------ who watches

    async def serve(self, socket: WatcherSocket, scope: Scope = EVERYTHING, since: int | None = None) -> None:
        """Let one socket watch until it ends; what it says is not listened to."""
        watcher = Watcher(socket, scope, self._seq)
        self._welcome(watcher, since)
        self._watchers[watcher] = None
        try:
            while await socket.receive() is not None:
                pass
        finally:
            self._watchers.pop(watcher, None)

    def _welcome(self, watcher: Watcher, since: int | None) -> None:
        if since is None:
            self._write(watcher, self._snapshot_frame(watcher.scope))
        elif self._reaches(since):
            missed = self._frames_after(since, self._seq, watcher.scope)
            if missed:
                self._write(watcher, missed)
        else:
            reset = frame_text(encode_value({"type": "reset", "seq": self._seq}))
            self._write(watcher, reset + self._snapshot_frame(watcher.scope))

    def _reaches(self, since: int) -> bool:
        """Whether everything after ``since`` is still in the ring, and ``since`` was ours."""
        oldest = self._ring[0].seq if self._ring else self._seq + 1
        return oldest - 1 <= since <= self._seq

    # ------------------------------------------------------------------ pulses

    def _set_pulse(self) -> None:
        loop = asyncio.get_running_loop()
        wait_s = self._pulsed_at + self._pulse_s - self._now()
        self._pulse = loop.call_soon(self._begin_pulse) if wait_s <= 0 else loop.call_later(wait_s, self._begin_pulse)

    def _begin_pulse(self) -> None:
        self._pulsed_at = self._now()
        self._turn(iter(list(self._watchers)), self._seq, {}, 0.0)

    def _turn(self, rest: Iterator[Watcher], upto: int, shared: dict[tuple[int, Scope], bytes], spent_s: float) -> None:
        """Write to some watchers, then let the loop do something else."""
        self._pulse = None  # also when something below fails: the next change sets a new one
        began = self._now()
        for _ in range(self._limits.writes_per_turn):
            watcher = next(rest, None)
            if watcher is None:
                self._end_pulse(upto, spent_s + self._now() - began)
                return
            if watcher in self._watchers:
                self._catch_up(watcher, upto, shared)
        spent_s += self._now() - began
        self._pulse = asyncio.get_running_loop().call_soon(self._turn, rest, upto, shared, spent_s)

    def _end_pulse(self, upto: int, spent_s: float) -> None:
        limits = self._limits
        self._pulse_s = min(max(spent_s / limits.pulse_share_max, limits.pulse_s), limits.pulse_s_max)
        if self._seq > upto and self._watchers and not self._is_closed:
            self._set_pulse()

    def _catch_up(self, watcher: Watcher, upto: int, shared: dict[tuple[int, Scope], bytes]) -> None:
        if watcher.behind_since is not None or watcher.seq >= upto:
            return
        if watcher.socket.unsent() > self._limits.watcher_bytes_max:
            watcher.behind_since = self._now()
            self._set_look()
            return
        if not self._reaches(watcher.seq):  # more than the ring came within one pulse
            self._coalesce(watcher)
            return
        key = (watcher.seq, watcher.scope)
        frames = shared.get(key)
        if frames is None:
            frames = shared[key] = self._frames_after(watcher.seq, upto, watcher.scope)
        watcher.seq = upto
        if frames:
            self._write(watcher, frames)

    def _frames_after(self, seq: int, upto: int, scope: Scope) -> bytes:
        found: list[bytes] = []
        for told in reversed(self._ring):
            if told.seq <= seq:
                break
            if told.seq <= upto and (scope == EVERYTHING or scope.covers(told.table)):
                found.append(told.frame)
        return b"".join(reversed(found))

    # ------------------------------------------------------------------ those that are behind

    def _set_look(self) -> None:
        if self._look is None and not self._is_closed:
            self._look = asyncio.get_running_loop().call_later(self._limits.look_s, self._look_at_behind)

    def _look_at_behind(self) -> None:
        self._look = None
        behind = [one for one in self._watchers if one.behind_since is not None]
        for watcher in behind:
            assert watcher.behind_since is not None
            if watcher.socket.unsent() <= self._limits.watcher_bytes_max // 2:
                self._coalesce(watcher)
            elif self._now() - watcher.behind_since > self._limits.behind_s_max:
                self.closed_slow += 1
                self._watchers.pop(watcher, None)
                watcher.socket.close(SLOW_WATCHER.code, SLOW_WATCHER.reason)
        if any(one.behind_since is not None for one in self._watchers):
            self._set_look()

    def _coalesce(self, watcher: Watcher) -> None:
        """In place of everything that it missed: how things stand now."""
        self.coalesced += 1
        watcher.behind_since, watcher.seq = None, self._seq
        self._write(watcher, self._snapshot_frame(watcher.scope))

    def _snapshot_frame(self, scope: Scope) -> bytes:
        return frame_text(encode_value({"type": "snapshot", "seq": self._seq, "tables": self._snapshot(scope)}))

    def _write(self, watcher: Watcher, frames: bytes) -> None:
        try:
            watcher.socket.send_framed(frames)
        except (RuntimeError, OSError):
            self._watchers.pop(watcher, None)  # it has just ended; its reader hears of it


def _numbered(text: bytes, seq: int) -> bytes:
    """``{"type":"update","seq":7,…}`` of ``{"kind":"update",…}``: the tag of a Struct is its first field."""
    assert text.startswith(_TAG), text[:40]
    kind, _, rest = text[len(_TAG) :].partition(b",")
    return b'{"type":%b,"seq":%d,%b' % (kind, seq, rest)


def seq_at(utc_s: float, known: Collection[float] = ()) -> int:
    """The number before the first change of a process.

    Microseconds of the wall clock, or of the newest instant that is known (the journal's last event) where that clock
    was set back: no studio has a million changes a second, so that an earlier process never came so far.
    """
    return int(max([utc_s, *known]) * 1_000_000)
