"""The lockers seed: eight names in ``.env``. Source: wire/acon.md §8."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from lineside.config.seed_files.draft import Line, Section
from lineside.config.seed_files.findings import Finding, Outcome, shown
from lineside.config.seed_files.reading import ENV, Entry
from lineside.config.settings import LogLevel

NAME = "hall"
PORT = 5000
"""Where the original listens when nothing is said, and its boards call."""

OWN = ("SERVER_HOST", "SERVER_PORT", "MAX_CONNECTIONS", "REDIS_HOST", "REDIS_PORT", "REDIS_DB")
"""Names that only the lockers seed uses; one of them in ``.env`` makes a hall."""

SHARED = ("LOG_FILE", "LOG_LEVEL")

_LEVELS = {"warn": "warning", "critical": "error", "fatal": "error", "notset": "debug"} | {
    str(number): word for number, word in ((10, "debug"), (20, "info"), (30, "warning"), (40, "error"), (50, "error"))
}

_PENDING = (
    'unknown = "pending": every board waits for `lineside command hall/ID approve` before its first reply. An empty '
    "reply would delete the codes that the board still has from the old server; approve each board after its codes "
    "are set here, and take the key out when all have moved."
)


def is_lockers(entries: Sequence[Entry]) -> bool:
    """Whether these are settings of the lockers seed."""
    return any(entry.file == ENV and entry.key in OWN for entry in entries)


def understands(entry: Entry) -> bool:
    """Whether this key is one of the eight."""
    return entry.file == ENV and entry.key in (*OWN, *SHARED)


def move_lockers(entries: Sequence[Entry], findings: list[Finding]) -> tuple[list[Section], list[str]]:
    """The gateway of the hall and its warnings; without an own key of the seed, nothing.

    Args:
        entries: those that this file `understands`.
        findings: grows by one for each key, but for the shared ones (`move_log`).
    """
    if not is_lockers(entries):
        return [], []
    texts = {entry.key: entry.value.strip() for entry in entries}
    host = _host(texts.get("SERVER_HOST"), findings)
    port = _port(texts.get("SERVER_PORT"), findings)
    if "MAX_CONNECTIONS" in texts:
        why = "the original used it for its listen backlog alone; connections_max stays 1000"
        findings.append(Finding(Outcome.LEFT, f"{ENV}: MAX_CONNECTIONS", why))
    for key in ("REDIS_HOST", "REDIS_PORT", "REDIS_DB"):
        if key in texts:
            why = "no redis is needed; codes that stand there are not moved, set them again (`lineside command`)"
            findings.append(Finding(Outcome.LEFT, f"{ENV}: {key}", why))
    lines = (
        Line("kind", "lockers"),
        Line("address", f"{host}:{port}", "where the boards connect"),
        Line("unknown", "pending", "no reply before somebody approves the board"),
    )
    return [Section(("gateways", NAME), lines, (_PENDING,))], [_PENDING]


def _host(text: str | None, findings: list[Finding]) -> str:
    place = f"{ENV}: SERVER_HOST"
    if text is None:
        findings.append(Finding(Outcome.CHANGED, place, "is not there; 127.0.0.1, so boards on a network need another"))
        return "127.0.0.1"
    if text in ("", "*"):
        findings.append(Finding(Outcome.CHANGED, place, 'nothing meant every address: "0.0.0.0"'))
        return "0.0.0.0"  # noqa: S104  as the original had it; `lineside check` warns
    host = text.strip("[]")
    address = f"[{host}]" if ":" in host else host
    if not _is_host(host):
        findings.append(Finding(Outcome.WRONG, place, f"{shown(text)} is no host; 127.0.0.1 is written"))
        return "127.0.0.1"
    findings.append(Finding(Outcome.TAKEN, place, f"gateways.{NAME}.address"))
    return address


def _is_host(text: str) -> bool:
    if ":" not in text:
        return re.fullmatch(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252}[A-Za-z0-9_])?", text) is not None
    try:
        return ipaddress.ip_address(text).version == 6
    except ValueError:
        return False


def _port(text: str | None, findings: list[Finding]) -> int:
    if text is None:
        return PORT
    place = f"{ENV}: SERVER_PORT"
    if text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65_535:
        findings.append(Finding(Outcome.TAKEN, place, f"gateways.{NAME}.address"))
        return int(text)
    wanted = f"{shown(text)} is no port from 1 to 65535; {PORT} is written, where the boards of the original call"
    findings.append(Finding(Outcome.WRONG, place, wanted))
    return PORT


def move_log(entries: Sequence[Entry], findings: list[Finding]) -> list[Section]:
    """``[log]`` of LOG_LEVEL and LOG_FILE, whichever seed they are of; nothing without them."""
    sections = []
    for entry in entries:
        if entry.key == "LOG_FILE":
            why = "lines go to the standard error stream; let systemd or the shell keep them"
            findings.append(Finding(Outcome.LEFT, entry.place, why))
        if entry.key == "LOG_LEVEL":
            word = entry.value.strip().lower()
            level = _LEVELS.get(word, word)
            if level in set(LogLevel):
                findings.append(Finding(Outcome.TAKEN, entry.place, "log.level"))
                sections.append(Section(("log",), (Line("level", level),)))
            else:
                text = f"{shown(entry.value)} is not one of {', '.join(LogLevel)}"
                findings.append(Finding(Outcome.WRONG, entry.place, text))
    return sections
