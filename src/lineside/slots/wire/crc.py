"""The check value of SAS: CRC-16/KERMIT over every byte from the address to the last data byte, low byte first.

::

    poly 1021 reflected, init 0000, reflected in and out, xorout 0000;  "123456789" → 2189
    01 02  →  3ACA  →  on the wire  01 02 CA 3A

The CRC over a whole good frame with its two check bytes is 0. A ROM signature uses the same algorithm from a seed of
the host's.

Source: wire/sas.md §6.
"""

from __future__ import annotations

from fastcrc.crc16 import kermit

from lineside.errors import BadChecksum

CRC_BYTES = 2


class WrongCRC(BadChecksum):
    """The check value at the end of a frame is not that of its bytes."""

    code = "wrong_crc"


def crc16(data: bytes, start: int = 0) -> int:
    """The check value of ``data``, 0 to FFFF; ``start`` is the value before the first byte (a seed, or 0)."""
    return kermit(data, start)


def with_crc(data: bytes) -> bytes:
    """``data`` with its check value behind it, low byte first."""
    return data + kermit(data).to_bytes(CRC_BYTES, "little")


def check_crc(frame: bytes, shown: bytes | None = None) -> None:
    """Take a whole frame, address to check value.

    Args:
        frame: three bytes or more.
        shown: what an error may show of it; the frame itself when absent.

    Raises:
        WrongCRC: the last two bytes are not the check value of those before; tells both.
    """
    if kermit(frame):
        told = int.from_bytes(frame[-CRC_BYTES:], "little")
        text = f"crc {told:04x} wanted {kermit(frame[:-CRC_BYTES]):04x}"
        raise WrongCRC(text, frame if shown is None else shown, max(len(frame) - CRC_BYTES, 0))
