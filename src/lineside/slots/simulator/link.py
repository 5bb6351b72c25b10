"""The rules of the link on the machine's side: sync, held answers, implied ACK and NACK, loop break and chirp.

::

    power-up ──────► out of sync ──poll to somebody else──► in sync ──poll to us──► an answer is held
                        ▲                                      ▲                       │ the same poll: sent again
                        │ 5 s without an address byte          │                       │ anything else: acknowledged
                        │ 30 s without an implied ACK          └───────────────────────┘
                        └── chirps every 200 ms until an address byte comes

The machine speaks only when asked. What an acknowledgement does (an exception leaves the queue, a record counts as
read) is a function in the held answer; it is called once, or never: a loop break or a power cut drops the answer and
keeps what it told.

Source: `wire/sas.md` §4, §5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from lineside.slots.simulator.profile import Profile

SILENCE_S = 5.0
"""Without an address byte for so long the link is down (§4)."""
UNACKNOWLEDGED_S = 30.0
"""With a held answer and no implied ACK for so long, too (§4)."""
CHIRP_S = 0.2
"""Between chirps (§4)."""


class Turn(Enum):
    """What a poll to this machine asks of it."""

    NEW = "new"
    REPEAT = "repeat"
    IGNORE = "ignore"


@dataclass(slots=True)
class Held:
    """The last answer, until it is acknowledged. ``command`` is None for a general poll's."""

    command: int | None
    request: bytes
    answer: bytes
    since: float
    on_ack: Callable[[], None] | None = None
    sent_count: int = 1


class LinkRules:
    """One machine's view of its line; ``now`` is monotonic seconds.

    Attributes:
        is_in_sync: polls are answered.
        is_down: the loop is broken; ``reason`` says how it was noticed.
        held: the answer that is not acknowledged.
        down_count: loop breaks so far.
        acked_count: implied ACKs so far.
    """

    def __init__(self, profile: Profile, now: float) -> None:
        self.is_in_sync = False
        self.is_down = False
        self.reason = ""
        self.held: Held | None = None
        self.down_count = 0
        self.acked_count = 0
        self._profile = profile
        self._heard_at = now
        self._chirp_at: float | None = None

    def on_other(self, now: float) -> None:
        """A poll to another address, to nobody, or to all: the loop is whole, and it acknowledges."""
        self.on_address(now)
        if self.is_in_sync or self._profile.sync_acknowledges:
            self._acknowledge()
        self.held = None
        self.is_in_sync = True
        self.is_down = False

    def on_own(self, command: int | None, request: bytes, now: float) -> Turn:
        """A whole poll to this machine; ``command`` None is a general poll."""
        self.on_address(now)
        if not self.is_in_sync:
            return Turn.IGNORE
        held = self.held
        if held is not None and held.command == command and self._is_repeat(held, request):
            held.sent_count += 1
            return Turn.REPEAT
        if held is not None and held.command != command:
            self._acknowledge()
        self.held = None
        return Turn.NEW

    def hold(
        self, command: int | None, request: bytes, answer: bytes, now: float, on_ack: Callable[[], None] | None = None
    ) -> None:
        """Keep an answer that is about to be sent."""
        self.held = Held(command, request, answer, now, on_ack)

    def on_address(self, now: float) -> None:
        """An address byte of any message, good or bad: the chirp ends."""
        self._heard_at = now
        self._chirp_at = None

    def on_time(self, now: float) -> bool:
        """Look at the clock; True when the link went down just now."""
        if self.is_down or not (reason := self._break(now)):
            return False
        self.is_down, self.is_in_sync, self.reason = True, False, reason
        self.down_count += 1
        if not self._profile.sync_acknowledges:
            self.held = None
        return True

    def takes_chirp(self, now: float) -> bool:
        """Whether a chirp is due now; the caller sends it."""
        if not self._is_silent(now):
            return False
        if self._chirp_at is not None and now < self._chirp_at:
            return False
        self._chirp_at = now + CHIRP_S
        return True

    def deadline(self) -> float:
        """When `on_time` or `takes_chirp` has something to do."""
        silent_at = self._heard_at + SILENCE_S
        if self._chirp_at is not None:
            return self._chirp_at
        if self.held is not None and not self.is_down:
            return min(silent_at, self.held.since + UNACKNOWLEDGED_S)
        return silent_at

    def _is_repeat(self, held: Held, request: bytes) -> bool:
        if held.command is not None and self._profile.repeat_executes:
            return False
        return self._profile.strict_repeat or held.request == request

    def _is_silent(self, now: float) -> bool:
        return now >= self._heard_at + SILENCE_S

    def _break(self, now: float) -> str:
        if self._is_silent(now):
            return "no address byte for 5 s"
        if self.held is not None and now >= self.held.since + UNACKNOWLEDGED_S:
            return "no implied ACK for 30 s"
        return ""

    def _acknowledge(self) -> None:
        if self.held is None:
            return
        self.acked_count += 1
        if self.held.on_ack is not None:
            self.held.on_ack()
        self.held = None
