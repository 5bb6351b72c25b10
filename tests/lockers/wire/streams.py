"""Shared by the wire's tests: messages of a board, and short ways to feed a wire."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from hypothesis import strategies as st

from lineside.lockers.wire import BoardWire, Foreign, Heard, WireSettings
from tests.golden.lockers.exchanges import EXCHANGES

SAMPLE = EXCHANGES[0].turns[0].pieces[0]
SHORT = b"ACon_V1.0\nID=7\nSEND=1\nCLOSE\n"


def message(*pairs: str, header: str = "ACon_V1.0", eol: str = "\n") -> bytes:
    """A message of these pairs, with a final line end."""
    return eol.join([header, *pairs, "CLOSE", ""]).encode()


def feed(pieces: Iterable[bytes], settings: WireSettings | None = None) -> list[Heard]:
    """Everything that a fresh wire says to the pieces and to the end of them; strangers are told without reason."""
    wire = BoardWire(settings or WireSettings())
    heard = [one for piece in pieces for one in wire.receive(piece, 0.0)] + wire.end()
    return [Foreign("") if isinstance(one, Foreign) else one for one in heard]


def in_pieces(data: bytes, size: int) -> list[bytes]:
    """The bytes in pieces of one size."""
    return [data[start : start + size] for start in range(0, len(data), size)]


def cut_at(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    """The bytes in pieces that begin at ``cuts``, which may be in any order and beyond the end."""
    places = [0, *sorted(cut for cut in cuts if 0 < cut < len(data)), len(data)]
    return [data[a:b] for a, b in pairwise(places)]


# Text that no CLOSE can be continued with in a way that depends on the split, and that is no word by itself.
_noise = st.binary(max_size=40).map(lambda data: b"#" + data.replace(b"CLOSE", b"close"))
_messages = st.sampled_from(
    [
        SAMPLE,
        SAMPLE + b"\r\n",
        SHORT,
        SHORT.rstrip(),
        b" ACon_V1.3 // newer\r\n\r\n  ID = 8 \t\nSEND=2// two\r\nCLOSE \r\n",
        message("SEND=1"),
        message("ID=7", "ID=8", "SEND=1"),
        message("ID=7", "SEND=x"),
        message("ID=7", "SEND=1", header="ACon_V2.0"),
        b"ACon_V1.0\nID=9\nSEND=3\nCLOSE\0",
        b"ACon_V1.0\nID=9\nSEND=3\nUNCLOSED=1\nX=CLOSE\nCLOSE\n",
    ]
)
_others = st.sampled_from(
    [
        b"\r\n",
        b" \n\r\n\t",
        b"\0\0",
        b"RING\r\n",
        b"junkACon_V1.0\n",
        b"ip\r\n",
        b"quit\n",
        b"CLOSE\n",
        b"ACon_V1.0\nID=5\n",
        b"ACon_V1.0\nID=5\nSEND=",
        b"POST / HTTP/1.1\r\n",
        b"\n\x16\x03\x01",
        b"x" * 4090 + b"\n",
        b"ACon_V1.0\nX=" + b"9" * 4000 + b"\nY=" + b"9" * 4000 + b"\n",
        b"\n" + b"\n".join([b"A=1"] * 130) + b"\n",  # not right behind a CLOSE, which A=1 would continue
        b"ACon_V" + b"1" * 4095,
        b"ACon_" + b"\n",
    ]
)
streams = st.lists(st.one_of(_messages, _messages, _others, _noise), max_size=10).map(b"".join)
"""Streams of good messages, bad ones and what is none, glued in any way."""
cuts = st.lists(st.integers(0, 6000), max_size=25)
