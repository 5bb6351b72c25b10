"""The log: one line per fact, coloured for people at a terminal, JSON lines for everyone else.

`set_up_log` is called once by the program; a library user who never calls it sees warnings and worse on stderr. What
other libraries tell the standard `logging` goes the same way. Before anything is written, values under names like
``token`` keep their last two characters, bytes become hex, and control characters are escaped so that a peer cannot
forge lines.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from lineside.runtime.step import Secret

SECRET_NAMES = ("token", "code", "secret", "password")
"""A key with one of these names, or ending in ``_`` and one of them, is masked."""

HARMLESS_NAMES = frozenset({"error_code", "exit_code", "status_code", "close_code", "alarm_code"})
"""Numbers and words of protocols that end in ``code`` and open no door."""

# A frame of every protocol here fits; what is longer belongs into a capture.
HEX_BYTES_MAX = 64
# Values are nested a few levels at most; deeper is cut, so that a log call always ends.
_DEPTH_MAX = 6

LEVELS = ("debug", "info", "warning", "error")

# The C0 and C1 controls and the Unicode line ends, as a terminal or a log reader would obey them.
_ESCAPES = {number: f"\\x{number:02x}" for number in (*range(0x20), *range(0x7F, 0xA0))}
_ESCAPES.update({0x2028: "\\u2028", 0x2029: "\\u2029", ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"})


def get_log(name: str) -> FilteringBoundLogger:
    """A log whose lines carry ``log=name``; may be made before `set_up_log`."""
    if not structlog.is_configured():
        _configure(logging.WARNING, json=None, stream=None)
    return cast("FilteringBoundLogger", structlog.get_logger(log=name))


def set_up_log(level: str = "info", *, json: bool | None = None, stream: TextIO | None = None) -> None:
    """Set where log lines go and how they look.

    Args:
        level: the least of `LEVELS` that is written.
        json: True for JSON lines, False for people, None to look whether the stream is a terminal.
        stream: stderr, as it is at each line, when None.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    _configure(number, json, stream)
    # Other libraries tell progress at info; their warnings are what an operator can use.
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[_Forward()], force=True)


def _configure(level: int, json: bool | None, stream: TextIO | None) -> None:
    as_json = not (stream or sys.stderr).isatty() if json is None else json
    structlog.configure(
        processors=_processors(as_json),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.WriteLogger(stream or sys.stderr),
        cache_logger_on_first_use=False,  # modules make their logs while they are imported, before `set_up_log`
    )


def masked(text: str) -> str:
    """The last two characters after an ellipsis; nothing at all of four characters or fewer."""
    return Secret(text).masked


def _processors(as_json: bool) -> list[Processor]:
    first: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        clean,
    ]
    if as_json:
        last = structlog.processors.JSONRenderer(default=str, ensure_ascii=False)
        return [*first, structlog.processors.format_exc_info, last]
    return [*first, structlog.dev.ConsoleRenderer(colors=True, pad_event_to=0)]


def clean(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask, shorten and escape every value of a log line."""
    return {key: value if key == "exc_info" else _clean(key, value, _DEPTH_MAX) for key, value in event.items()}


def _clean(key: str, value: Any, depth: int) -> Any:
    if _is_secret(key) and isinstance(value, str | bytes | int) and not isinstance(value, bool):
        return masked(value.hex() if isinstance(value, bytes) else str(value))
    match value:
        case str():
            return value.translate(_ESCAPES)
        case bytes() | bytearray() | memoryview():
            return hex_text(bytes(value))
        case None | bool() | int() | float():
            return value
        case Mapping() if depth:
            return {str(name): _clean(str(name), inner, depth - 1) for name, inner in value.items()}
        case list() | tuple() | set() | frozenset() if depth:
            return [_clean(key, inner, depth - 1) for inner in value]
        case _:
            return str(value).translate(_ESCAPES)


def hex_text(data: bytes) -> str:
    """Bytes as hex pairs; of long ones the beginning, and how many there are."""
    if len(data) <= HEX_BYTES_MAX:
        return data.hex(" ")
    return f"{data[:HEX_BYTES_MAX].hex(' ')} … ({len(data)} bytes)"


def _is_secret(key: str) -> bool:
    name = key.lower()
    return name not in HARMLESS_NAMES and any(name == word or name.endswith(f"_{word}") for word in SECRET_NAMES)


class _Forward(logging.Handler):
    """Takes what other libraries tell the standard `logging` into the same stream."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; a fault in it is logging's own to tell."""
        try:
            level = record.levelno if record.levelno in (10, 20, 30, 40, 50) else logging.WARNING
            get_log(record.name).log(level, record.getMessage(), exc_info=record.exc_info or None)
        except Exception:
            self.handleError(record)
