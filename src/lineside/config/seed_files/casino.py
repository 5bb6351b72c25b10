"""The casino seed: ``config.json``. Source: wire/webingo.md §19."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lineside.config.seed_files.draft import Line, Section
from lineside.config.seed_files.findings import Finding, Outcome
from lineside.config.seed_files.reading import CONFIG, Entry

NAME = "casino"
WEB_PORT = 8000
"""Of ``[web]`` where no file says anything else."""

_LEFT = {
    "debug": "see [log] level",
    "num_procs": "the original forced it to 1 too",
    "session-expiry": "the original did not use it",
    "backoffice_url": "the original did not use it",
}
_SECRET = ("fb_app_id", "fb_app_secret", "fb_app_token", "rgs_base", "rgs_auth", "api_v1_keys")
KEYS = (*_LEFT, *_SECRET, "http_port", "cert", "certkey")
"""What is documented of the file."""


@dataclass(frozen=True, slots=True)
class Casino:
    """What ``config.json`` brings.

    Attributes:
        web: keys of ``[web]`` besides its address.
        web_port: of its address.
    """

    sections: tuple[Section, ...] = ()
    web: tuple[Line, ...] = ()
    web_port: int = WEB_PORT


def understands(entry: Entry) -> bool:
    """Whether this key is documented; below ``rgs_auth`` stand the names of headers."""
    return entry.file == CONFIG and (entry.key in KEYS or entry.key.startswith("rgs_auth."))


def move_casino(entries: Sequence[Entry], folder: Path, findings: list[Finding]) -> Casino:
    """The gateway of the casino, and what its players' port means for ``[web]``.

    Args:
        entries: those that this file `understands`.
        folder: of the seed; its paths start there.
        findings: grows by one for each key.
    """
    if not entries:
        return Casino()
    web_port = WEB_PORT
    for entry in entries:
        if entry.key == "http_port":
            web_port = _port(entry, findings)
        elif entry.key in _LEFT:
            findings.append(Finding(Outcome.LEFT, entry.place, _LEFT[entry.key]))
        elif entry.key not in ("cert", "certkey"):
            why = "belongs to the back office or a social network; the value stays in the old file alone"
            findings.append(Finding(Outcome.LEFT, entry.place, why))
    lines = [Line("kind", "casino")]
    if (folder / "res").is_dir():
        lines.append(Line("resources", str((folder / "res").resolve()), "games, local sites, templates", may_go=True))
    return Casino((Section(("gateways", NAME), tuple(lines)),), _tls(entries, folder, findings), web_port)


def _port(entry: Entry, findings: list[Finding]) -> int:
    value = entry.value
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65_535:
        why = "web.address: players, console and API share one port; on 127.0.0.1 until you open it"
        findings.append(Finding(Outcome.CHANGED, entry.place, why))
        return value
    findings.append(Finding(Outcome.WRONG, entry.place, f"wanted a port from 1 to 65535; {WEB_PORT} is written"))
    return WEB_PORT


def _tls(entries: Sequence[Entry], folder: Path, findings: list[Finding]) -> tuple[Line, ...]:
    """``cert`` and ``key`` when both are files: HTTPS needs both, and a file that is missing stops the start."""
    given = {entry.key: entry for entry in entries if entry.key in ("cert", "certkey") and entry.value}
    paths = {key: folder / entry.value for key, entry in given.items() if isinstance(entry.value, str)}
    if set(paths) == {"cert", "certkey"} and all(path.is_file() for path in paths.values()):
        findings.extend(Finding(Outcome.TAKEN, entry.place, "web") for entry in given.values())
        return tuple(Line(name, str(paths[key].resolve())) for key, name in (("cert", "cert"), ("certkey", "key")))
    for entry in given.values():
        why = "HTTPS needs cert and certkey, and both to be files; write web.cert and web.key yourself"
        findings.append(Finding(Outcome.WRONG, entry.place, why))
    return ()
