"""What a model decides: moments, events and the Step. Types only; pure rooms may import this file.

A gateway hands each message to a model and gets a `Step` back. `drive` performs a Step in one fixed order::

    show_now   live values that need no record (the one named exception, DESIGN.md §2.2 rule 1a)
    record     events, in one durable append            ── fails: nothing below happens
    apply      the events change the model's lasting state
    send       messages to links
    close      links, with a reason
    end        commands that this step ends
    ask        the outside
    show       values on hub topics

so that no reply ever leaves before the fact that it promises is on disk.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple

import msgspec


class Moment(NamedTuple):
    """Now, on both clocks: durations come from ``mono``, expiries from ``utc``.

    Attributes:
        mono: seconds of the monotonic clock; only differences mean something.
        utc: aware `datetime` in UTC.
    """

    mono: float
    utc: datetime


class Event(msgspec.Struct, frozen=True):
    """A recorded fact. Subclass it frozen; the class name, past tense, is the event's kind.

    Fields are JSON types, `datetime`, msgspec Structs, `Secret` or `Personal`. An event is complete enough to
    replay what has been revealed. When the fields of a kind change, raise ``schema`` and add an upcaster to
    ``upcasters`` (old schema number → function from the old dict to the next schema's dict).
    """

    schema: ClassVar[int] = 1
    upcasters: ClassVar[Mapping[int, Any]] = {}


# The parts of a Step are Structs and not dataclasses: one of each is made per sample (0.1 µs against 1 to 2 µs), and
# nothing that they hold points back at them, so that the cycle collector need not watch them.
class Elsewhere(msgspec.Struct, frozen=True, gc=False):
    """An event for another stream than the unit's own, in the same append (a pot's entry, a shared counter)."""

    stream: str
    event: Event


class Secret:
    """Text that is sealed in the journal and shown by its last two characters everywhere else.

    As an event field it is encrypted at rest, bound to stream and version. It is not a `str`, so that joining or
    printing it cannot leak it; `reveal` gives the text.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text in clear. Every call is a place to review."""
        return self._text

    @property
    def masked(self) -> str:
        """The last two characters after an ellipsis; nothing at all of a text of four characters or fewer."""
        return "…" + self._text[-2:] if len(self._text) > 4 else "…"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.masked!r})"


class Personal(Secret):
    """A `Secret` about one person, sealed with that person's own key so that erasing the key erases the text.

    Attributes:
        person: the key's name, for example ``casino/SITE~UID``; kept in clear.
    """

    __slots__ = ("person",)

    def __init__(self, text: str, person: str) -> None:
        super().__init__(text)
        self.person = person


ASKER = ""
"""The name of the link that the message being decided came from."""


class Send(msgspec.Struct, frozen=True, gc=False):
    """A wire message for one link of the unit.

    Attributes:
        link: its name or `ASKER`.
        not_after: monotonic seconds; if the record takes longer, the message is dropped. For an answer whose number the
            peer will use again: late, it would answer something else.
    """

    message: Any
    link: str = ASKER
    not_after: float | None = None


class Close(msgspec.Struct, frozen=True, gc=False):
    """Close one link, told why."""

    reason: str
    link: str = ASKER


class Ask(msgspec.Struct, frozen=True, gc=False):
    """A question for the outside. The answer, or its time-out, returns through ``on_answer`` with the same ``id``."""

    id: str
    to: str
    question: Any
    timeout_s: float = 10.0


class Show(msgspec.Struct, frozen=True, gc=False):
    """A value for the hub; ``aspect`` is the last part of ``gateway/unit/aspect``.

    A ``feed`` is ordered and every value counts; a state (the default) is coalesced to the latest.
    ``value`` is a msgspec Struct, dict, list or scalar.
    """

    aspect: str
    value: Any
    feed: bool = False


class UnitState(StrEnum):
    """What a page shows of a unit at a glance."""

    WAITING = "waiting"  # never heard of since the start
    LIVE = "live"
    STALE = "stale"  # the link is open and nothing valid came for too long
    AWAY = "away"  # the link is closed; a next attempt is due
    FAULT = "fault"  # it talks and what it says cannot be used


class UnitStatus(msgspec.Struct, frozen=True):
    """The state of one unit, with its reason, for people. A house may add fields in a subclass.

    Attributes:
        connected: a live command could be sent now.
        since: when ``state`` became what it is; UTC.
    """

    state: UnitState
    reason: str
    connected: bool
    since: datetime


class OutcomeKind(StrEnum):
    """The three ends of a command."""

    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"


class Outcome(msgspec.Struct, frozen=True):
    """How a command ended, with a text for people and, where there is one, the machine's evidence."""

    kind: OutcomeKind
    text: str = ""
    code: str = ""
    evidence: dict[str, Any] | None = None


class End(msgspec.Struct, frozen=True, gc=False):
    """This step ends command ``command_id`` with ``outcome`` (recorded as `CommandEnded` in the same append)."""

    command_id: str
    outcome: Outcome


class Unsure(msgspec.Struct, frozen=True, gc=False):
    """The end of command ``command_id`` cannot be known now: state ``unknown``, until evidence ends it."""

    command_id: str
    reason: str


class Step(msgspec.Struct, frozen=True, gc=False):
    """What a model wants done, in the order drawn at the top of this file.

    Attributes:
        show_now: shown at once, before the record and also when the journal cannot write.
        record: own-stream events, or `Elsewhere`.
        expected: versions of *other* streams whose state this decision depends on. The unit's own version is
            always expected.
        claims: unique keys taken in the same append (an idempotency key, a machine's transaction number).
        send: messages for links of the unit.
        sent: ids of commands whose machine message is among ``send``: recorded as `CommandSent` before it leaves.
        end: commands that end, or become unknown, here.
    """

    show_now: tuple[Show, ...] = ()
    record: tuple[Event | Elsewhere, ...] = ()
    expected: Mapping[str, int] = {}
    claims: tuple[str, ...] = ()
    send: tuple[Send, ...] = ()
    sent: tuple[str, ...] = ()
    close: tuple[Close, ...] = ()
    end: tuple[End | Unsure, ...] = ()
    ask: tuple[Ask, ...] = ()
    show: tuple[Show, ...] = ()

    def __add__(self, other: Step) -> Step:
        """Both steps as one, this one's parts first; they may not expect two versions of one stream."""
        expected = {**self.expected, **other.expected}
        assert {**other.expected, **self.expected} == expected, "two parts of one decision expect different versions"
        return Step(
            show_now=self.show_now + other.show_now,
            record=self.record + other.record,
            expected=expected,
            claims=self.claims + other.claims,
            send=self.send + other.send,
            sent=self.sent + other.sent,
            close=self.close + other.close,
            end=self.end + other.end,
            ask=self.ask + other.ask,
            show=self.show + other.show,
        )


NOTHING = Step()
"""The Step that does nothing."""
