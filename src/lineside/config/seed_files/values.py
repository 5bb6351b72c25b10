"""Read single values of the slots seed: serial ports, addresses, periods, parity, whatever type they have there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

ADDRESS_MAX = 127
"""Addresses 1 to 127 exist; 0 is nobody. Source: wire/sas.md §3."""

# Faster, and a machine need not answer; slower, and it takes its host for gone. Source: wire/sas.md §4.
POLL_MS_MIN = 40
POLL_MS_MAX = 5_000

CHARACTERS_MAX = 1_024
"""A value that is longer is none of these."""

_DEVICE = re.compile(r"/dev/[\w./:+@-]+|(?:socket|rfc2217|nine)://\S+|pty:\S+|auto:\S*", re.ASCII)
_WINDOWS = re.compile(r"(?:\\\\\.\\)?com(\d{1,3})", re.IGNORECASE)
_MODES = {
    "even": ("e", "even", "parity_even"),
    "none": ("n", "none", "no", "parity_none"),
    "mark_space": ("m", "s", "mark", "space", "mark_space", "parity_mark", "parity_space"),
}


def text_of(value: Any) -> str:
    """A text that is not empty; a number is one too."""
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise ValueError("wanted a text")
    if len(str(value)) > CHARACTERS_MAX:
        raise ValueError(f"wanted at most {CHARACTERS_MAX} characters")
    if "${" in str(value):
        raise ValueError("names a variable (${…}); write the value itself")
    return str(value).strip()


def password_of(value: Any) -> str:
    """A text as it is: blanks and ``${`` may be part of a password."""
    if isinstance(value, bool) or not isinstance(value, str | int) or not 1 <= len(str(value)) <= CHARACTERS_MAX:
        raise ValueError(f"wanted a text of 1 to {CHARACTERS_MAX} characters")
    return str(value)


def device_of(value: Any) -> str:
    """A serial port as lineside opens it, or a Windows name as ``COM3``."""
    text = value.strip() if isinstance(value, str) else ""
    windows = _WINDOWS.fullmatch(text)
    if windows:
        return f"COM{int(windows.group(1))}"
    if re.fullmatch(r"tty[\w./-]+", text, re.ASCII):
        text = f"/dev/{text}"
    if not _DEVICE.fullmatch(text) or len(text) > CHARACTERS_MAX:
        raise ValueError('wanted a serial port like "/dev/ttyUSB0", "COM3" or "socket://host:port"')
    return text


def is_windows_port(device: str) -> bool:
    """Whether a device is one of Windows alone."""
    return _WINDOWS.fullmatch(device) is not None


def address_of(value: Any) -> int:
    """A machine's address; in ``.env`` as decimal digits or ``0x01``."""
    number = _whole(value)
    if number is None or not 1 <= number <= ADDRESS_MAX:
        raise ValueError(f"wanted a machine's address from 1 to {ADDRESS_MAX}")
    return number


def addresses_of(value: Any) -> tuple[int, ...]:
    """A list of addresses, or a text with commas; each once, in order."""
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list) or not 1 <= len(items) <= ADDRESS_MAX:
        raise ValueError(f"wanted a list of addresses from 1 to {ADDRESS_MAX}")
    return tuple(sorted({address_of(item) for item in items}))


def poll_ms_of(value: Any) -> int:
    """Milliseconds between polls."""
    number = _number(value)
    if number is None or not POLL_MS_MIN <= number <= POLL_MS_MAX:
        raise ValueError(f"wanted {POLL_MS_MIN} to {POLL_MS_MAX} ms; a machine takes a slower host for gone")
    return round(number)


def poll_s_of(value: Any) -> int:
    """Seconds between polls, as milliseconds."""
    number = _number(value)
    return poll_ms_of(None if number is None else number * 1000)


def line_mode_of(value: Any) -> str:
    """A parity as a line mode."""
    word = re.sub(r"[^a-z]+", "_", value.strip().lower()).strip("_") if isinstance(value, str) else ""
    word = word.removeprefix("serial_")
    for mode, words in _MODES.items():
        if word in words:
            return mode
    raise ValueError("wanted even, none, mark or space")


def enabled_of(value: Any) -> bool:
    """A switch."""
    word = str(value).strip().lower()
    if word in ("true", "1", "yes", "on"):
        return True
    if word in ("false", "0", "no", "off"):
        return False
    raise ValueError("wanted true or false")


def switch_word_of(value: Any) -> str:
    """A switch of a connection string as it stands there: ``yes``, ``no``, or another of its words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return text_of(value)


def identifier_of(value: Any) -> str:
    """A name in the database."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_$ ]{0,127}", value):
        raise ValueError("wanted the name of a table")
    return value


def _fixed(wanted: int, what: str) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if _number(value) != wanted:
            raise ValueError(f"{what} of SAS is always {wanted}, and so it is here")
        return wanted

    return read


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"0[xX][0-9A-Fa-f]{1,2}", value.strip()):
        return int(value, 16)
    number = _number(value)
    return int(number) if number is not None and number == int(number) else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value.strip(), re.ASCII):
        return float(value)
    return float(value) if isinstance(value, int | float) and abs(value) < 1e9 else None


READERS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "line.device": device_of,
        "line.address": address_of,
        "line.addresses": addresses_of,
        "line.poll_ms": poll_ms_of,
        "line.poll_s": poll_s_of,
        "line.parity": line_mode_of,
        "line.baud": _fixed(19_200, "the speed"),
        "line.data_bits": _fixed(8, "the number of data bits"),
        "line.stop_bits": _fixed(1, "the number of stop bits"),
        "line.name": text_of,
        "line.enabled": enabled_of,
        "database.table": identifier_of,
        "database.schema": identifier_of,
        "database.trust": switch_word_of,
        "database.encrypt": switch_word_of,
        "database.windows_login": switch_word_of,
        "database.password": password_of,
        "database.url": password_of,
        "database.connection": password_of,
    }
)
"""Field → its reader, which raises ValueError with what is wanted and never with the value; others are `text_of`."""
