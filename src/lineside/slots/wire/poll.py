"""What a host sends: general polls of one byte, and long polls.

::

    general poll     80 | address                                        1 byte, no check value
    long poll, R     address  command
    long poll, S M   address  command  [length]  data  crc crc
    long poll, G     00       command  [length]  data  crc crc           to every machine, never answered

The first byte of each is sent with the wake-up bit, the rest without. ``80`` is the general poll to address 0: nobody
answers, and every machine takes it for a poll of another one. Source: wire/sas.md §2, §3.
"""

from __future__ import annotations

import msgspec

from lineside.errors import Malformed
from lineside.slots.wire.crc import with_crc
from lineside.slots.wire.long_polls import LONG_POLLS, PollType

# A machine's address is 1 to 127: a general poll has only seven bits for it.
ADDRESS_MAX = 0x7F

GENERAL = 0x80
"""The bit that makes a first byte a general poll."""

# What a length byte can count.
DATA_BYTES_MAX = 0xFF

_KEY_COMMAND = 0x73

_GENERAL_POLLS = tuple(bytes([GENERAL | address]) for address in range(ADDRESS_MAX + 1))


class GeneralPoll(msgspec.Struct, frozen=True):
    """Ask a machine for its oldest exception; address 0 asks nobody."""

    address: int


class LongPoll(msgspec.Struct, frozen=True):
    """Ask or tell a machine something.

    Attributes:
        address: 1 to 127, or 0 for a poll to every machine.
        command: of `LONG_POLLS`, or any other.
        data: what follows the command, without length byte and check value.
    """

    address: int
    command: int
    data: bytes = b""

    def __repr__(self) -> str:
        """As usual; the data of a registration, which hold a key, by their size alone."""
        is_secret = self.command == _KEY_COMMAND and len(self.data) > 1
        data = f"<{len(self.data)} bytes>" if is_secret else f"bytes.fromhex({self.data.hex(' ')!r})"
        return f"LongPoll(0x{self.address:02X}, 0x{self.command:02X}, {data})"


Poll = GeneralPoll | LongPoll

NOBODY = GeneralPoll(0)
"""``80``: acknowledges the last answer of every machine, and is answered by none."""


def encode(poll: Poll) -> tuple[bytes, bytes]:
    """The bytes of a poll: the first, sent with the wake-up bit, and the rest, sent without it.

    A command that is not in `LONG_POLLS` is framed as type S when it has data and as type R when it has none.

    Raises:
        Malformed: an address, a command or data that no frame can carry; names it.
    """
    if not 0 <= poll.address <= ADDRESS_MAX:
        raise Malformed(f"address {poll.address} wanted 0 to {ADDRESS_MAX}")
    if isinstance(poll, GeneralPoll):
        return _GENERAL_POLLS[poll.address], b""
    frame = encode_long(poll)
    return frame[:1], frame[1:]


def encode_long(poll: LongPoll) -> bytes:
    """The whole frame of a long poll; raises as ``encode`` does."""
    command, data = poll.command, poll.data
    if not 0 <= command <= 0xFF or len(data) > DATA_BYTES_MAX:
        raise Malformed(f"command {command:#x} with {len(data)} bytes wanted 00 to ff with 0 to {DATA_BYTES_MAX}")
    head = bytes([poll.address, command])
    spec = LONG_POLLS.get(command)
    if spec is None:
        return with_crc(head + data) if data else head
    if poll.address == 0 and not spec.is_global:
        raise Malformed(f"command {command:02x} to address 0: wanted 1 to {ADDRESS_MAX}, it is of type {spec.type}")
    wanted = 0 if spec.request is None else spec.request.size
    if wanted is not None and len(data) != wanted:
        raise Malformed(f"command {command:02x} with {len(data)} bytes of data, wanted {wanted}")
    if spec.type is PollType.READ:
        return head
    return with_crc(head + bytes([len(data)]) + data if spec.counts_request else head + data)


def hide_key(frame: bytes) -> str:
    """Bytes as hex for a person; the key of a registration (73, both ways) as ``**``, however torn the frame is."""
    shown = [f"{byte:02x}" for byte in frame]
    at = frame.find(_KEY_COMMAND)
    while at >= 0:
        # Address, 73, length, code and asset of 4 lie before the key of 20. Within a stream its length byte tells it.
        if at == 1 or frame[at + 1 : at + 2] == b"\x1d":
            shown[at + 7 : at + 27] = ["**"] * len(shown[at + 7 : at + 27])
        at = frame.find(_KEY_COMMAND, at + 1)
    return " ".join(shown)
