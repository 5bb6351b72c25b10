"""Every error that lineside raises on purpose, drawn as one tree.

::

    LinesideError
    ├── LinkError        LinkClosed, LinkTimeout, LinkBusy        the path
    ├── WireError        BadChecksum, FrameTooLong, Malformed     the peer broke the protocol
    ├── CommandRefused   BadSignature, Stale, Repeated, NoSuchUnit, NoSuchCommand, NotAllowed,
    │                BadParams, NotConnected, Busy             a command was not accepted
    ├── JournalError     JournalFull, JournalDamaged, VersionMoved, ClaimTaken, Sealed, Unrecordable, Unreadable
    ├── SinkError        SinkAway, RowRefused
    └── ConfigError                                               a setting is wrong

Each class carries a ``code`` (a short word that never changes, for programs), a text (for people) and ``retry``:
whether the same request may succeed later without being changed. ``{"error": {"code", "message", "retry"}}`` is made
of these three (`DESIGN.md` §1.4).
"""

from __future__ import annotations

from typing import ClassVar


class LinesideError(Exception):
    """The root: whatever lineside raises on purpose."""

    code: ClassVar[str] = "error"
    retry: ClassVar[bool] = False


class LinkError(LinesideError):
    """The path to a peer failed; the peer itself may be well. Retry with back-off."""

    code = "link_error"
    retry = True


class LinkClosed(LinkError):
    """The link is not open (any more); nothing was sent."""

    code = "link_closed"


class LinkTimeout(LinkError):
    """The peer did not take or give bytes in time."""

    code = "link_timeout"


class LinkBusy(LinkError):
    """The device exists and another process holds it."""

    code = "link_busy"


class WireError(LinesideError):
    """A peer broke its protocol. Holds the bytes and the place, so that a log line can explain itself.

    Attributes:
        data: the offending bytes (may be empty, never longer than the frame limit of the protocol).
        place: index in ``data`` where the fault was seen.
    """

    code = "wire_error"

    def __init__(self, text: str, data: bytes = b"", place: int = 0) -> None:
        self.data = bytes(data)
        self.place = place
        super().__init__(f"{text} at {place} in {self.data.hex(' ')}" if data else text)


class BadChecksum(WireError):
    """The check value does not match the bytes."""

    code = "bad_checksum"


class FrameTooLong(WireError):
    """A frame passed the protocol's limit before it ended."""

    code = "frame_too_long"


class Malformed(WireError):
    """The check value is good (or there is none) and the content is not what the protocol allows."""

    code = "malformed"


class CommandRefused(LinesideError):
    """A command was not accepted, or the machine said no."""

    code = "refused"


class BadSignature(CommandRefused):
    """No valid key signed this envelope."""

    code = "bad_signature"


class Stale(CommandRefused):
    """The envelope's timestamp, or the command's expiry, is in the past (or too far in the future)."""

    code = "stale"


class Repeated(CommandRefused):
    """This id was used before for another request."""

    code = "repeated"


class NoSuchUnit(CommandRefused):
    """No unit of that name is known."""

    code = "no_such_unit"


class NoSuchCommand(CommandRefused):
    """The unit does not know a command of that name; the text lists those it knows."""

    code = "no_such_command"


class NotAllowed(CommandRefused):
    """The actor's role or gateways do not cover this."""

    code = "not_allowed"


class BadParams(CommandRefused):
    """A parameter is missing, of the wrong type, or out of range; names it and what is accepted."""

    code = "bad_params"


class NotConnected(CommandRefused):
    """A live command and the machine is not connected now."""

    code = "not_connected"
    retry = True


class Busy(CommandRefused):
    """A queue is full; try again later."""

    code = "busy"
    retry = True


class JournalError(LinesideError):
    """The journal did not record; nothing may be acknowledged."""

    code = "journal_error"
    retry = True


class JournalFull(JournalError):
    """No room on the disk (or in the queue before the writer)."""

    code = "journal_full"


class JournalDamaged(JournalError):
    """The journal is in the state ``damaged``: ``lineside journal repair`` says what would go."""

    code = "journal_damaged"
    retry = False


class VersionMoved(JournalError):
    """An expected stream version moved: reload and decide again. Only this append was refused."""

    code = "version_moved"


class ClaimTaken(JournalError):
    """A unique key of this append exists already. Only this append was refused.

    Attributes:
        claim: the key.
        seq: ``seq`` of the first event of the append that owns it.
    """

    code = "claim_taken"
    retry = False

    def __init__(self, claim: str, seq: int) -> None:
        self.claim = claim
        self.seq = seq
        super().__init__(f"claim {claim} is held by event {seq}")


class Sealed(JournalError):
    """A secret cannot be opened: its key is missing or was erased."""

    code = "sealed"
    retry = False


class Unrecordable(JournalError):
    """This append cannot be written as it is: not encodable, too long, a kind that nobody named. Others are well."""

    code = "unrecordable"
    retry = False


class Unreadable(JournalError):
    """A recorded event cannot be decoded: its kind is unknown, or its fields are of a newer version."""

    code = "unreadable"
    retry = False


class SinkError(LinesideError):
    """A sink did not take an event."""

    code = "sink_error"


class SinkAway(SinkError):
    """The target is away: wait and retry, for ever."""

    code = "sink_away"
    retry = True


class RowRefused(SinkError):
    """The target refused this event for its content: park it, count it, go on.

    Attributes:
        seq: which event of the batch; None when the target did not say, and each is then tried alone.
    """

    code = "row_refused"

    def __init__(self, text: str, seq: int | None = None) -> None:
        self.seq = seq
        super().__init__(text)


class ConfigError(LinesideError):
    """A setting is wrong: names the key, the value and what is accepted.

    Attributes:
        key: dotted path, for example ``gateways.ward.period_s``; empty when the whole file is meant.
    """

    code = "bad_settings"

    def __init__(self, text: str, key: str = "") -> None:
        self.key = key
        super().__init__(f"{key}: {text}" if key else text)
