"""The board's side of one connection, for the simulator and for tests: requests out, answers in.

Strict about what it takes, as a board would be: an answer that is not exactly what the sheet says is a `BadReply`.
Source: wire/acon.md §3 and §4.
"""

from __future__ import annotations

import re

import msgspec

from lineside.errors import Malformed
from lineside.lockers.wire.message import BadReason, CellCode, ErrorLine, Reply, Request
from lineside.lockers.wire.reply import CODE_DIGITS_MAX
from lineside.lockers.wire.settings import SideSettings

_DEFAULTS = SideSettings()
_REASONS = {reason.value: reason for reason in BadReason}
_CODE = re.compile(rf"\(([1-9][0-9]{{0,8}}),([0-9]{{1,{CODE_DIGITS_MAX}}}),([1-9][0-9]{{0,4}})\)")
_HEADER = re.compile(r"ACon_V[0-9]+\.[0-9]+")
_PAIR = re.compile(r"[A-Z0-9_]+=[^\r\n]*")


class BadReply(msgspec.Struct, frozen=True):
    """Lines of a server that are no answer. ``reason`` is for the log and holds no code."""

    reason: str


HeardByBoard = Reply | ErrorLine | BadReply
"""What a server's bytes hold, for a board."""


def encode_request(request: Request, settings: SideSettings = _DEFAULTS) -> bytes:
    """One message of a board, keys in the order of the sheet's sample, ``extra`` behind them.

    Raises:
        Malformed: a line end, or no KEY, within a field.
    """
    reset = None if request.reset is None else int(request.reset)
    numbers = {
        "CONNECTION": request.connection,
        "WIFI_STATE": request.wifi,
        "GSM_STATE": request.gsm,
        "RESET": reset,
        "STATE": None if request.states is None else ",".join(map(str, request.states)),
        "COLS": request.columns,
        "ROWS": request.rows,
        "ACT_CON": None if request.locks is None else ",".join(request.locks),
        "BOX_ENG": _cells_text(request.engaged),
        "BOX_TO": _cells_text(request.timed_out),
        "BOX_ACC": _cells_text(request.accessed),
    }
    pairs = [f"ID={request.board}", f"SEND={request.send}"]
    pairs += [f"{key}={value}" for key, value in numbers.items() if value is not None]
    pairs += [f"{key}={value}" for key, value in request.extra.items()]
    for pair in pairs:
        if not _PAIR.fullmatch(pair):
            raise Malformed(f"no message can hold the line {pair!r}")
    text = settings.eol.join([request.header, *pairs, "CLOSE"])
    return (text + settings.eol if settings.final_eol else text).encode()


def _cells_text(cells: tuple[int, ...] | None) -> str | None:
    if cells is None:
        return None
    return ",".join(map(str, cells)) or "0"


class BoardSide:
    """Makes the messages of a board and reads what a server answers. One per connection; memory is one reply."""

    def __init__(self, settings: SideSettings = _DEFAULTS) -> None:
        self._settings = settings
        self._held = bytearray()
        self._lines: list[str] = []
        self._bytes = 0

    def send(self, request: Request) -> bytes:
        """The bytes of one request; see `encode_request`."""
        return encode_request(request, self._settings)

    def receive(self, data: bytes, now: float = 0.0) -> list[HeardByBoard]:
        """Take any piece of the stream; returns the answers that are now whole, in order."""
        heard: list[HeardByBoard] = []
        lines = data.split(b"\n")
        rest = lines.pop()
        for line in lines:
            self._held += line
            text = self._held.decode("ascii", "replace").strip()
            self._held.clear()
            self._take(text, heard)
        self._held += rest
        if self._bytes + len(self._held) > self._settings.reply_bytes_max:
            self._drop("too long", heard)
        return heard

    def _take(self, text: str, heard: list[HeardByBoard]) -> None:
        if not self._lines and text.startswith("ERROR:"):
            reason = _REASONS.get(text.removeprefix("ERROR:").strip())
            heard.append(ErrorLine(reason) if reason else BadReply(f"an unknown error of {len(text)} characters"))
        elif text or self._lines:
            self._lines.append(text)
            self._bytes += len(text) + 1
            if text == "CLOSE":
                heard.append(_reply_of(self._lines))
                self._lines, self._bytes = [], 0
            elif self._bytes > self._settings.reply_bytes_max:
                self._drop("too long", heard)

    def _drop(self, reason: str, heard: list[HeardByBoard]) -> None:
        heard.append(BadReply(reason))
        self._lines, self._bytes = [], 0
        self._held.clear()


def _reply_of(lines: list[str]) -> Reply | BadReply:
    """A reply of the sheet's lines in the sheet's order, CLOSE last."""
    wanted = ("", "ID=", "SEND=", "RESET=", "STATE=")
    if len(lines) < len(wanted) + 1:
        return BadReply(f"{len(lines)} lines; a reply has {len(wanted) + 1} or more")
    values = [line.removeprefix(key) for key, line in zip(wanted, lines, strict=False)]
    if not all(line.startswith(key) for key, line in zip(wanted, lines, strict=False)):
        return BadReply("lines out of order")
    header, board, send, reset, state = values
    if not _HEADER.fullmatch(header) or reset not in ("0", "1") or state not in ("0", "3"):
        return BadReply("a header, RESET or STATE that no board knows")
    codes = _codes_of(lines[len(wanted) : -1])
    if isinstance(codes, BadReply):
        return codes
    return Reply(header=header, board=board, send=send, reset=reset == "1", block=state == "3", codes=codes)


def _codes_of(lines: list[str]) -> tuple[CellCode, ...] | BadReply:
    codes = []
    for index, line in enumerate(lines):
        found = _CODE.fullmatch(line.removeprefix("BOX_ENG=")) if line.startswith("BOX_ENG=") else None
        if found is None:
            return BadReply(f"line {index + 6} is no BOX_ENG line")
        codes.append(CellCode(int(found[1]), found[2], int(found[3])))
    return tuple(codes)
