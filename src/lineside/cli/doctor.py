"""``doctor``: why does this line not talk, and a bundle of facts for who helps from afar."""

from __future__ import annotations

import asyncio
import platform
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lineside.cli.output import FAILED, json_text, say, tell
from lineside.cli.place import ConfigOption, DataOption, JsonOption
from lineside.errors import ConfigError, LinesideError, LinkError
from lineside.runtime.burst import LineMode

if TYPE_CHECKING:
    from lineside.adapters.control_client import ControlClient

PACKAGES = ("aiohttp", "cryptography", "fastcrc", "msgspec", "prometheus-client", "serialx", "structlog", "uvloop")

EVENTS = 50
"""Newest events in the bundle: what happened before somebody asked for help."""

SAMPLE_BYTES_MAX = 64
"""The first bytes are shown: enough to recognise another protocol or a wrong speed by eye."""

Seconds = Annotated[float, typer.Option("--seconds", min=0.5, max=600, help="How long to listen.")]
Baud = Annotated[
    int | None,
    typer.Option("--baud", min=50, max=4_000_000, help="Speed of a serial device: 115200, with --slots 19200."),
]
Slots = Annotated[bool, typer.Option("--slots", help="Look for slot machines: polls are sent.")]
Mode = Annotated[LineMode, typer.Option("--line-mode", help="How the wake-up bit of --slots is made.")]
Addresses = Annotated[list[int] | None, typer.Option("--address", min=1, max=127, help="Look for these alone.")]

BAUD = 115_200
"""The ventilator's controller."""

SLOTS_BAUD = 19_200
"""Slot machines."""


def doctor(
    line: Annotated[str | None, typer.Argument(metavar="[LINE]", help="/dev/ttyACM0, pty:PATH, socket://…")] = None,
    config: ConfigOption = None,
    data_dir: DataOption = None,
    seconds: Seconds = 6.0,
    baud: Baud = None,
    slots: Slots = False,
    mode: Mode = LineMode.MARK_SPACE,
    addresses: Addresses = None,
    as_json: JsonOption = False,
) -> None:
    """Say why a line does not talk; without LINE, print a bundle of diagnostics with secrets masked."""
    if line is None:
        say(json_text(_bundle(config, data_dir), indent=True))
        return
    is_slots = slots or line.startswith("nine://")
    if not as_json:
        sent = "then machines are polled" if is_slots else "nothing is sent"
        tell(f"listening on {line} for {seconds:g} s; {sent}")
    if is_slots:
        from lineside.cli.doctor_slots import examine_slots

        findings = asyncio.run(examine_slots(line, mode, baud or SLOTS_BAUD, seconds, tuple(addresses or ())))
    else:
        findings = asyncio.run(examine(line, baud or BAUD, seconds))
    if as_json:
        say(json_text(findings.as_json()))
    else:
        for step in findings.steps:
            say(f"{'ok ' if step.good else 'NO '} {step.what}: {step.found}")
        say(f"=> {findings.verdict}")
    if not findings.is_well:
        raise typer.Exit(FAILED)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at."""

    what: str
    good: bool
    found: str


@dataclass(slots=True)
class Findings:
    """What an examination found, in the order it looked."""

    line: str
    steps: list[Step] = field(default_factory=list)
    verdict: str = ""

    @property
    def is_well(self) -> bool:
        """Whether nothing was wrong."""
        return all(step.good for step in self.steps)

    def add(self, what: str, good: bool, found: str) -> None:
        """Note one step."""
        self.steps.append(Step(what, good, found))

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        steps = [{"what": step.what, "good": step.good, "found": step.found} for step in self.steps]
        return {"line": self.line, "ok": self.is_well, "steps": steps, "verdict": self.verdict}


class Ear:
    """Listens on a line and counts; answers nothing, so a controller repeats itself and is none the wiser."""

    def __init__(self) -> None:
        from lineside.ventilator.wire import FrameReader

        self.byte_count = self.flag_count = self.good_count = self.bad_count = 0
        self.first = b""
        self.versions: set[int] = set()
        self.closed_reason = ""
        self._reader = FrameReader()

    def on_data(self, data: bytes) -> None:
        """Count what came."""
        from lineside.ventilator.wire.frame import BODY_BYTES_MIN

        self.byte_count += len(data)
        self.flag_count += data.count(b"\x7e")
        self.first = (self.first + data)[:SAMPLE_BYTES_MAX]
        for piece in self._reader.receive(data):
            if not isinstance(piece, bytes):
                self.bad_count += 1
                continue
            self.good_count += 1
            if len(piece) > BODY_BYTES_MIN:  # not a bare ACK
                self.versions.add(piece[3])

    def on_closed(self, reason: str) -> None:
        """The line ended while we listened."""
        self.closed_reason = reason


async def examine(line: str, baud: int, seconds: float) -> Findings:
    """Open a line, listen, and say what a technician should look at.

    Args:
        seconds: how long to listen.
    """
    from lineside.adapters.serial_link import open_line
    from lineside.runtime.line import LineSettings

    findings = Findings(line)
    try:
        link = await open_line(line, LineSettings(baud=baud))
    except (LinkError, ConfigError) as error:
        findings.add("opens", False, str(error))
        findings.verdict = "the line cannot be opened; see above what to do"
        return findings
    findings.add("opens", True, link.name)
    ear = Ear()
    link.start(ear)
    await asyncio.sleep(seconds)
    link.close("examined")
    _judge(findings, ear, seconds)
    return findings


def _judge(findings: Findings, ear: Ear, seconds: float) -> None:
    from lineside.ventilator.wire.tables import VERSIONS

    versions = ", ".join(f"{version:02X}" for version in sorted(ear.versions)) or "none"
    is_known = bool(ear.versions) and ear.versions <= set(VERSIONS)
    findings.add("bytes", ear.byte_count > 0, f"{ear.byte_count} in {seconds:g} s, first {ear.first.hex(' ') or '-'}")
    findings.add("flags 7E", ear.flag_count > 0, str(ear.flag_count))
    findings.add("frames", ear.good_count > 0, f"{ear.good_count} good, {ear.bad_count} bad")
    findings.add("version", is_known, f"{versions}; profiles: {', '.join(f'{v:02X}' for v in VERSIONS)}")
    if ear.closed_reason and ear.closed_reason != "examined":
        findings.add("stays open", False, ear.closed_reason)
    findings.verdict = _verdict(ear, is_known, versions)


def _verdict(ear: Ear, is_known: bool, versions: str) -> str:
    if ear.byte_count == 0:
        return "silence: is the controller powered, is RX on its TX, is this the right port?"
    if ear.flag_count == 0:
        return "bytes and no flag 7E: wrong speed (--baud), or another protocol"
    if ear.good_count == 0:
        return "flags and no whole frame: wrong speed or parity, or a very bad cable"
    if not ear.versions:
        return "only acknowledgements come: the other side hears somebody and has nothing to say"
    if not is_known:
        return f"it talks version {versions}, for which there is no profile"
    if ear.bad_count > ear.good_count:
        return "more bad frames than good ones: check the cable, its length and its ground"
    return f'it talks: set profile = "{versions.split(", ")[0]}" in the settings (A0 is the default)'


def _bundle(config: Path | None, data_dir: Path | None) -> dict[str, Any]:
    """Everything that helps to help, nothing that is secret."""
    from lineside import __version__
    from lineside.adapters.serial_trouble import present_ports

    return {
        "lineside": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "serial_ports": present_ports(),
        "settings": _settings(config),
        "server": _server(config, data_dir),
    }


def _settings(config: Path | None) -> Any:
    from lineside.cli.place import load_settings
    from lineside.config import masked_settings

    try:
        settings = load_settings(config)
    except ConfigError as error:
        return {"error": str(error)}
    return {**masked_settings(settings), "warnings": list(settings.warnings)}


def _server(config: Path | None, data_dir: Path | None) -> Any:
    """How the running server is, with its newest events (secrets masked by the server)."""
    from lineside.cli.place import find_place
    from lineside.cli.reach import server_of

    try:
        server = server_of(find_place(config, data_dir))
    except ConfigError as error:
        return {"error": str(error)}
    if server is None:
        return {"running": False}
    asked = ("/readyz", "/api/journal", "/api/gateways", "/api/units")
    with server:
        found = {path: _asked(server, path) for path in asked}
        return {"running": True, **found, "events": _asked(server, "/api/events", limit=EVENTS, newest="true")}


def _asked(server: ControlClient, path: str, **query: Any) -> Any:
    try:
        return server.get(path, **query)
    except LinesideError as error:
        return {"error": str(error)}


def add_to(app: typer.Typer) -> None:
    """Put the command of this file on the command line."""
    app.command()(doctor)
