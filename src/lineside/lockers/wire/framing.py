"""Messages found in any stream of bytes, however it is split or merged, and what is none.

The board speaks first and the server only answers, one answer per message, on the connection it came from::

    ACon_V1.0 EOL  *( KEY=value EOL )  CLOSE [EOL]                            EOL is LF or CR LF, also mixed

What ends a message: the word CLOSE at the beginning of a line, followed by a line end, by the end of the bytes that
have come (the original's client ends there and waits), directly by the next header (two such messages glued together),
or by anything else that makes no pair of it. ``CLOSED=1`` is a pair like any other, unless TCP cuts it behind the E:
that one cut cannot be told from an end, and no known field begins so.

Between messages line ends and blanks are nothing, everything else is junk: counted, and passed over up to the next
header, which may follow junk on its line. A line of HTTP, or a TLS hello, ends the connection.

Source: wire/acon.md §2 and §9.
"""

from __future__ import annotations

import re

import msgspec

from lineside.lockers.wire.message import BadMessage, BadReason, ConsoleWord, Foreign
from lineside.lockers.wire.settings import WireSettings

HEADER = b"ACon_V"
CLOSE = b"CLOSE"
CONSOLE_WORDS = frozenset((b"ip", b"server", b"client", b"info", b"exit", b"quit"))
# A chunk longer than this is no console word with blanks around it.
WORD_BYTES_MAX = 32

# A C string's NUL, sent along by mistake, hides neither CLOSE nor a header.
BLANKS = b" \t\r\v\f\0"
_BETWEEN = b" \t\r\n"
_TLS_HANDSHAKE = 0x16

# At the beginning of a whole line, and of one that may go on.
_CLOSE_LINE = re.compile(rb"CLOSE(?=ACon_V|(?!=|[A-Z0-9_]+[ \t]*=))")
_CLOSE = re.compile(rb"CLOSE(?=ACon_V|[^A-Z0-9_=]|\Z)")
# Its longest match with what follows it: a line that has begun with so many other bytes cannot become one.
_CLOSE_BYTES = len(CLOSE + HEADER)
_LATE_HEADER = re.compile(rb"ACon_V\d+\.\d+[ \t\r]*\Z")
_HTTP = re.compile(rb"[A-Za-z]+ \S+ HTTP/")


class Framed(msgspec.Struct, frozen=True, gc=False):
    """One whole message, its content not looked at yet.

    Attributes:
        lines: without their ends and the blanks before them; the header first, CLOSE left out.
        crlf: the header's line ended in CR LF.
    """

    lines: list[bytes]
    crlf: bool


Piece = Framed | BadMessage | Foreign | ConsoleWord
"""What a stream of bytes holds."""


def whole_bytes_max(settings: WireSettings) -> int:
    """A chunk of so many bytes breaks no limit of a line or a message, whatever its lines are."""
    return min(settings.line_bytes_max, settings.message_bytes_max)


class MessageReader:
    """Finds messages. What it gives depends on the bytes and not on their split; see the module for the one exception.

    Each byte is looked at a fixed number of times. Memory: one message and one line, as the settings bound them.

    Attributes:
        assembling_since: ``now`` of the first byte of a message that is not whole yet, else None.
        junk_bytes: that belonged to no message, on this connection so far.
        is_over: the peer cannot be followed any more; whatever comes is dropped.
        was_whole: the last chunk was one message and nothing else.
    """

    __slots__ = (
        "_bytes",
        "_gap_bytes",
        "_held",
        "_line_count",
        "_lines",
        "_now",
        "_settings",
        "_whole_bytes_max",
        "assembling_since",
        "is_over",
        "junk_bytes",
        "was_whole",
    )

    def __init__(self, settings: WireSettings) -> None:
        self._settings = settings
        self._whole_bytes_max = whole_bytes_max(settings)
        self._held = bytearray()  # the line that has not ended yet, without the blanks before it
        self._lines: list[bytes] | None = None  # of the message that has begun
        self._bytes = 0  # of that message, without `_held`
        self._line_count = 0
        self._gap_bytes = 0  # of junk since the last message
        self._now = 0.0
        self.assembling_since: float | None = None
        self.junk_bytes = 0
        self.is_over = False
        self.was_whole = False

    @property
    def is_between(self) -> bool:
        """Whether nothing is left of what came: the next byte begins something new."""
        return self._lines is None and not self._held and not self.is_over

    def pass_whole(self) -> None:
        """A chunk was one whole message, as somebody found who knew it; `receive` would have found that too."""
        self._gap_bytes = 0

    def receive(self, data: bytes, now: float) -> list[Piece]:
        """Take any piece of the stream; ``now`` in monotonic seconds. Returns what is now whole, in order."""
        heard: list[Piece] = []
        self.was_whole = False
        if self.is_over:
            return heard
        self._now = now
        if self._lines is None and not self._held and self._is_whole(data, heard):
            return heard
        lines = data.split(b"\n")
        rest = lines.pop()
        for line in lines:
            if self._held:
                self._held += line
                line = bytes(self._held)
                self._held.clear()
            self._take_line(line, heard)
            if self.is_over:
                return heard
        if rest:
            self._hold(rest, heard)
        return heard

    def end(self) -> list[Piece]:
        """The peer has said everything: a word of the console needs no line end now; half a message is nothing."""
        heard: list[Piece] = []
        word = bytes(self._held).strip()
        if not self.is_over and self._lines is None and self._settings.console and word in CONSOLE_WORDS:
            self._take_word(word, heard)
        self._stop()
        return heard

    # -- A chunk that is one thing by itself -----------------------------------------------------------------------

    def _is_whole(self, data: bytes, heard: list[Piece]) -> bool:
        """Take a chunk that is exactly one word or one message, as almost all are, without going line by line."""
        settings = self._settings
        if len(data) <= WORD_BYTES_MAX and settings.console and data.strip() in CONSOLE_WORDS:
            self._take_word(data.strip(), heard)
            return True
        if not data.startswith(HEADER) or len(data) > self._whole_bytes_max:
            return False
        body, close, behind = data.partition(b"\nCLOSE")
        if not close or behind.strip(_BETWEEN) or b" HTTP/" in body or HEADER in body[1:]:
            return False
        lines = body.split(b"\n")
        if len(lines) >= settings.lines_max:
            return False
        self._gap_bytes = 0
        self.was_whole = True
        heard.append(Framed(lines, lines[0].endswith(b"\r")))
        return True

    # -- Whole lines -----------------------------------------------------------------------------------------------

    def _take_line(self, line: bytes, heard: list[Piece]) -> None:
        if self._lines is None:
            self._take_line_between(line, heard)
        else:
            self._take_line_of_message(line, self._lines, heard)

    def _take_line_of_message(self, line: bytes, lines: list[bytes], heard: list[Piece]) -> None:
        text = line.lstrip(BLANKS)
        if text.startswith(CLOSE) and _CLOSE_LINE.match(text):
            self._finish(len(line) - len(text), lines, heard)
            if not self.is_over:
                self._take_line_between(text[len(CLOSE) :], heard)
        elif text.startswith(HEADER):
            self._drop_unfinished(heard)
            self._begin(text, heard)
        else:
            self._bytes += len(line) + 1
            self._line_count += 1
            lines.append(text)
            self._judge_size(len(text), heard)
            if not self.is_over and b" HTTP/" in text and _HTTP.match(text):
                self._leave(Foreign("an HTTP request"), heard)

    def _take_line_between(self, line: bytes, heard: list[Piece]) -> None:
        text = line.lstrip(_BETWEEN)
        if text.startswith(HEADER):
            self._begin(text, heard)
            return
        self.assembling_since = None
        if not text:
            return
        if self._settings.console and len(text) <= WORD_BYTES_MAX and text.rstrip() in CONSOLE_WORDS:
            self._take_word(text.rstrip(), heard)
        elif text[0] == _TLS_HANDSHAKE:
            self._leave(Foreign("a TLS hello"), heard)
        elif _HTTP.match(text):
            self._leave(Foreign("an HTTP request"), heard)
        else:
            self._take_junk(text, heard)

    def _take_junk(self, text: bytes, heard: list[Piece]) -> None:
        self._gap_bytes += len(text)
        self.junk_bytes += len(text)
        if self._gap_bytes > self._settings.junk_bytes_max:
            self._leave_for_junk(heard)
        elif header := _LATE_HEADER.search(text):
            self._begin(text[header.start() :], heard)

    def _take_word(self, word: bytes, heard: list[Piece]) -> None:
        self._gap_bytes = 0
        self.assembling_since = None
        self._held.clear()
        heard.append(ConsoleWord(word.decode("ascii")))

    # -- The line that has not ended -------------------------------------------------------------------------------

    def _hold(self, rest: bytes, heard: list[Piece]) -> None:
        if self._lines is None:
            self._hold_between(rest, heard)
        else:
            self._hold_of_message(rest, self._lines, heard)

    def _hold_of_message(self, rest: bytes, lines: list[bytes], heard: list[Piece]) -> None:
        held = self._held
        size_before = len(held)
        if not size_before:
            bare = rest.lstrip(BLANKS)
            self._bytes += len(rest) - len(bare)
            rest = bare
        held += rest
        if size_before < _CLOSE_BYTES and _CLOSE.match(held):
            behind = bytes(held[len(CLOSE) :])
            held.clear()
            self._finish(0, lines, heard)
            if behind and not self.is_over:
                self._hold_between(behind, heard)
        elif size_before < len(HEADER) and held.startswith(HEADER):
            begun = bytes(held)
            held.clear()
            self._drop_unfinished(heard)
            self._hold_between(begun, heard)
        elif not HEADER.startswith(held):  # the size of what may become a header belongs to the next message
            self._judge_size(len(held), heard, unfinished=len(held))

    def _hold_between(self, rest: bytes, heard: list[Piece]) -> None:
        held = self._held
        held += rest if held else rest.lstrip(_BETWEEN)
        if not held:
            return
        if held[: len(HEADER)] == HEADER[: len(held)]:
            if self.assembling_since is None:
                self.assembling_since = self._now
            if len(held) > self._settings.line_bytes_max:
                self._leave(BadMessage(BadReason.TOO_LARGE, closes=True), heard)
            return
        self.assembling_since = None
        if held[0] == _TLS_HANDSHAKE:
            self._leave(Foreign("a TLS hello"), heard)
        elif len(held) > WORD_BYTES_MAX and self._gap_bytes + len(held) > self._settings.junk_bytes_max:
            self.junk_bytes += len(held)
            self._leave_for_junk(heard)

    # -- A message begins and ends ---------------------------------------------------------------------------------

    def _begin(self, header: bytes, heard: list[Piece]) -> None:
        self._lines = [header]
        self._bytes = len(header) + 1
        self._line_count = 1
        if self.assembling_since is None:
            self.assembling_since = self._now
        self._judge_size(len(header), heard)

    def _finish(self, blanks: int, lines: list[bytes], heard: list[Piece]) -> None:
        settings = self._settings
        self._bytes += blanks + len(CLOSE)
        if self._bytes > settings.message_bytes_max or self._line_count + 1 > settings.lines_max:
            self._leave(BadMessage(BadReason.TOO_LARGE, closes=True), heard)
            return
        heard.append(Framed(lines, lines[0].endswith(b"\r")))
        self._lines = None
        self._gap_bytes = 0
        self.assembling_since = None

    def _drop_unfinished(self, heard: list[Piece]) -> None:
        heard.append(BadMessage(BadReason.MISSING_CLOSE))
        self._lines = None
        self.assembling_since = None

    def _judge_size(self, line_bytes: int, heard: list[Piece], unfinished: int = 0) -> None:
        settings = self._settings
        if (
            line_bytes > settings.line_bytes_max
            or self._bytes + unfinished > settings.message_bytes_max
            or self._line_count > settings.lines_max
        ):
            self._leave(BadMessage(BadReason.TOO_LARGE, closes=True), heard)

    def _leave_for_junk(self, heard: list[Piece]) -> None:
        self._leave(Foreign(f"more than {self._settings.junk_bytes_max} bytes without a message"), heard)

    def _leave(self, reason: BadMessage | Foreign, heard: list[Piece]) -> None:
        heard.append(reason)
        self._stop()

    def _stop(self) -> None:
        self.is_over = True
        self._lines = None
        self._held.clear()
        self.assembling_since = None
