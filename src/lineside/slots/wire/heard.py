"""What a host can hear on its line, one Struct each. An answer belongs to the poll that was out when it came."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from lineside.slots.wire.poll import hide_key


class Exception_(msgspec.Struct, frozen=True, gc=False):  # noqa: N801  (the protocol's word; Python has taken it)
    """The one byte that answers a general poll; 00 is nothing.

    Attributes:
        may_be_chirp: the byte equals the machine's address and the transport cannot tell a chirp. A host that has not
            heard the machine yet takes it for one: a real exception is told again.
    """

    address: int
    code: int
    may_be_chirp: bool = False


class RealTimeEvent(msgspec.Struct, frozen=True, gc=False):
    """An event in place of an answer: the poll that was out was not executed.

    Attributes:
        code: the exception; 00 and 1F mean no activity.
        fields: the Struct of `event.EVENT_LAYOUTS`, or None.
        frame: address to check value.
        is_late: no poll was out. The machine tells it again unless it was acknowledged meanwhile.
    """

    address: int
    code: int
    fields: Any
    frame: bytes
    is_late: bool = False


class DataAnswer(msgspec.Struct, frozen=True, gc=False):
    """A frame with data, with its check value good.

    Attributes:
        decoded: the Struct that the poll's row names; None for a command that is not in the table.
    """

    address: int
    command: int
    frame: bytes
    decoded: Any

    def __repr__(self) -> str:
        """As usual; the key of a registration is not shown."""
        head = f"DataAnswer(0x{self.address:02X}, 0x{self.command:02X}, "
        return f"{head}{hide_key(self.frame)!r}, {self.decoded!r})"


class BadAnswer(msgspec.Struct, frozen=True, gc=False):
    """A frame with a good check value that answers the poll and cannot be read. Asking again gives the same.

    Attributes:
        reason: names the field and what stands there.
    """

    address: int
    command: int
    frame: bytes
    reason: str

    def __repr__(self) -> str:
        """As usual; the key of a registration is not shown."""
        head = f"BadAnswer(0x{self.address:02X}, 0x{self.command:02X}, "
        return f"{head}{hide_key(self.frame)!r}, {self.reason!r})"


class Ack(msgspec.Struct, frozen=True, gc=False):
    """The machine took the poll."""

    address: int


class Nack(msgspec.Struct, frozen=True, gc=False):
    """The machine read a bad check value, or data that it does not allow."""

    address: int


class Busy(msgspec.Struct, frozen=True, gc=False):
    """The machine cannot answer now: ask later."""

    address: int


class Chirp(msgspec.Struct, frozen=True, gc=False):
    """A machine says its address because nobody has polled anybody for 5 s."""

    address: int


class WrongAddress(msgspec.Struct, frozen=True, gc=False):
    """Another machine answered, or the machine has another address than it is set to.

    Attributes:
        address: the one that answered.
        wanted: the one that was asked.
        frame: the whole answer.
    """

    address: int
    wanted: int
    frame: bytes

    def __repr__(self) -> str:
        """As usual; the key of a registration is not shown."""
        return f"WrongAddress(0x{self.address:02X}, 0x{self.wanted:02X}, {hide_key(self.frame)!r})"


class NoiseReason(StrEnum):
    """Why bytes mean nothing."""

    BAD_CRC = "bad crc"  # an answer to the poll, whole by its length, and the check value differs
    TRUNCATED = "truncated"  # an answer began, and the line fell silent within it
    ECHO = "echo"  # the host's own bytes
    UNASKED = "unasked"  # no poll was out
    STALE = "stale"  # the next poll left while they were being received
    JUNK = "junk"  # none of these


class Noise(msgspec.Struct, frozen=True, gc=False):
    """Bytes that are no answer; the poll is still out."""

    data: bytes
    reason: NoiseReason

    def __repr__(self) -> str:
        """As usual; the key of a registration is not shown."""
        return f"Noise({hide_key(self.data)!r}, {self.reason.value!r})"


Heard = Exception_ | RealTimeEvent | DataAnswer | BadAnswer | Ack | Nack | Busy | Chirp | WrongAddress | Noise
