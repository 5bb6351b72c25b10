"""What `drive` expects of a model, and what a Link's wire may add to the two methods of `Wire`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from lineside.errors import LinesideError
from lineside.runtime.command import Command
from lineside.runtime.open_commands import OpenCommandState
from lineside.runtime.step import Event, Moment, Show, Step, UnitStatus


class Model(Protocol):
    """Decides for one unit. Pure: every entrance gets ``now`` and returns a `Step`; nothing awaits.

    A decision is made anew, with the same message, when somebody else appended to a stream that it expected.

    Lasting state changes in `apply` alone, live and on replay alike. What is not lasting (counters, the last sample,
    what is shown but not recorded) may change in any entrance and is gone after a restart.
    """

    @property
    def status(self) -> UnitStatus:
        """The present status; a new object when, and only when, something in it changed."""
        ...

    def on_open(self, link: str, now: Moment) -> Step:
        """A link of the unit has opened."""
        ...

    def on_close(self, link: str, reason: str, now: Moment) -> Step:
        """A link of the unit has ended."""
        ...

    def on_live(self, link: str, message: Any, now: Moment) -> Step | None:
        """The named exceptions of `DESIGN.md` §2.2 rule 1: what may be answered and shown without a record.

        Called for every message at once, also while the unit's mailbox is shut. A Step that is returned is performed
        and ends the matter; it may not record. None sends the message on to `on_message`, in its turn. A house
        without such messages returns None.
        """
        ...

    def on_message(self, link: str, message: Any, now: Moment) -> Step:
        """A message of the wire, in order."""
        ...

    def on_command(self, command: Command, now: Moment) -> Step:
        """A command that the desk accepted. The Step may send and end it; its record is one with the acceptance."""
        ...

    def on_expiry(self, command: Command, now: Moment) -> Step:
        """A command was sent and its expiry has come: End it by evidence, or NOTHING to let it become unknown."""
        ...

    def on_time(self, now: Moment) -> Step:
        """`deadline` has come (or passed)."""
        ...

    def on_answer(self, ask_id: str, answer: Any, now: Moment) -> Step:
        """The outside answered an Ask; ``answer`` is an Exception when it failed or took too long."""
        ...

    def on_refused(self, step: Step, error: LinesideError, now: Moment) -> Step:
        """The journal did not record ``step``, so nothing of it was applied or sent. The Step may only show."""
        ...

    def deadline(self) -> float | None:
        """Monotonic seconds at which `on_time` wants to be called, or None."""
        ...

    def apply(self, event: Event, at: datetime) -> None:
        """Change the lasting state by one recorded event; the same live and on replay."""
        ...

    def on_applied(self, events: tuple[Event, ...], now: Moment) -> tuple[Show, ...]:
        """The unit's own events were recorded and applied: what to show of the state that they made.

        Called once with no events after a restart, to show whatever is lasting.
        """
        ...

    def carry(self) -> Any:
        """The lasting state, whole, for `Carried` events: JSON types, Structs and `Secret` (sealed by the journal)."""
        ...

    def restore(self, state: Any, commands: list[OpenCommandState]) -> None:
        """Take the lasting state that `carry` gave, in JSON types (and `Secret`), and the unit's open commands."""
        ...


@runtime_checkable
class LiveTimed(Protocol):
    """What a model adds that has something to show by the clock, whatever the journal does.

    The timely side of `Model.on_live`: values that are due each period, and silence, which may not look like fresh
    data only because an append hangs. `Model.on_time` waits for the mailbox and pauses after a refusal; this does not.
    """

    def on_live_time(self, now: Moment) -> Step:
        """`live_deadline` has come (or passed). The Step may send and show; it may not record."""
        ...

    def live_deadline(self) -> float | None:
        """Monotonic seconds at which `on_live_time` wants to be called, or None."""
        ...


@runtime_checkable
class TimedWire(Protocol):
    """A wire that repeats, queues or waits: time goes in as ``now``, the wanted wake-up comes out as a number."""

    def receive(self, data: bytes, now: float) -> list[Any]:
        """As `Wire.receive`."""
        ...

    def send(self, message: Any) -> bytes:
        """As `Wire.send`; may be empty when the message has to wait for its turn."""
        ...

    def outgoing(self, now: float) -> bytes:
        """Bytes that are due now: the next message of a queue, a repetition."""
        ...

    def on_time(self, now: float) -> list[Any]:
        """`deadline` has come: messages about what did not happen."""
        ...

    def deadline(self) -> float | None:
        """Monotonic seconds at which `on_time` and `outgoing` want to be called, or None."""
        ...

    def reset(self) -> list[Any]:
        """The link has ended: forget half-received bytes, give back what was never delivered."""
        ...
