"""From a folder of a seed to the text of ``lineside.toml``: everything is read, nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lineside.config.address import parse_address
from lineside.config.seed_files import casino, lockers
from lineside.config.seed_files.draft import Line, Section, settle, toml_text
from lineside.config.seed_files.findings import Finding, Outcome, shown
from lineside.config.seed_files.reading import CONFIG, FILES, read_entries
from lineside.config.seed_files.rows import FILE as LEFT_OVER
from lineside.config.seed_files.sink import SecretFile, move_database
from lineside.config.seed_files.slots import move_slots, read_slots
from lineside.config.settings import Kind
from lineside.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Built:
    """What this version has.

    Attributes:
        kinds: of gateways, as the settings know them.
        exports: table → name of the export that makes its rows.
    """

    kinds: Mapping[str, Kind]
    exports: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Move:
    """What a seed's folder becomes.

    Attributes:
        files: that were read.
        text: the settings file; `lineside check` accepts it once ``secrets`` stand beside it.
        secrets: files to write with mode 0600.
        findings: every key of every file, in the order of reading.
        warnings: to be read by a person before the start.
        off: section → why it is commented out.
    """

    files: tuple[str, ...]
    text: str
    secrets: tuple[SecretFile, ...]
    findings: tuple[Finding, ...]
    warnings: tuple[str, ...]
    off: Mapping[str, str]


def read_seed(folder: Path, target: Path, built: Built) -> Move:
    """Read the seed in ``folder``.

    Args:
        target: where the settings will stand; the secret files are named after it.

    Raises:
        ConfigError: no such folder, no file of a seed in it, or a torn one; `SettingsRefused` for several.
    """
    if not folder.is_dir():
        raise ConfigError(f"{folder} is not a folder; wanted the one with {', '.join(FILES)} of the old server")
    found = read_entries(folder)
    if not found and not (folder / LEFT_OVER).exists():
        raise ConfigError(f"{folder} holds none of {', '.join((*FILES, LEFT_OVER))}")
    findings: list[Finding] = []
    entries = [entry for part in found.values() for entry in part]
    of_lockers = [entry for entry in entries if lockers.understands(entry)]
    of_casino = [entry for entry in entries if casino.understands(entry)]
    others = [entry for entry in entries if not (lockers.understands(entry) or casino.understands(entry))]
    hall, hall_warnings = lockers.move_lockers(of_lockers, findings)
    house = casino.move_casino(of_casino, folder, findings)
    findings.extend(Finding(Outcome.UNKNOWN, entry.place) for entry in others if entry.file == CONFIG)
    slots = read_slots([entry for entry in others if entry.file != CONFIG], findings)
    slots = replace(slots, is_there=slots.is_there or (folder / LEFT_OVER).exists())
    floor, floor_warnings = move_slots(slots)
    sinks, secrets = move_database(slots, built.exports, f"{target.stem}.gaming_transactions.url", findings)
    log = lockers.move_log(of_lockers, findings)
    web = _web(house, [*floor, *hall], findings)
    sections = settle(
        [*_FIRST, web, *log, *floor, *hall, *house.sections, *sinks], built.kinds, target.absolute().parent
    )
    return Move(
        files=tuple(found),
        text=toml_text(_head(folder, tuple(found)), sections),
        secrets=tuple(secrets),
        findings=tuple(findings),
        warnings=(*floor_warnings, *hall_warnings),
        off={section.name: section.off for section in sections if section.off},
    )


_FIRST = (
    Section((), (Line("data_dir", "var", "journal and recordings; one process at a time holds it"),)),
    Section(
        ("keys",),
        (Line("file", "keys.toml", "made on the first start, mode 0600; keep a copy (`lineside keys backup FILE`)"),),
    ),
)


def _head(folder: Path, files: Sequence[str]) -> tuple[str, ...]:
    return (
        f"lineside settings, written by `lineside init --from` from {', '.join(files) or LEFT_OVER} in "
        f"{shown(str(folder))}.",
        "`lineside check` says whether they are right, `lineside config` prints what is in force. Any key can be "
        "overlaid from the environment (LINESIDE_WEB__ADDRESS=127.0.0.1:9000); ${NAME} in a text is replaced.",
    )


def _web(house: casino.Casino, gateways: Sequence[Section], findings: list[Finding]) -> Section:
    """``[web]`` on a port that no gateway of these listens on."""
    addresses = [str(line.value) for section in gateways for line in section.lines if line.key == "address"]
    taken = {parse_address(text).port for text in addresses}
    port = house.web_port
    while port in taken:
        port = port + 1 if port < 65_535 else casino.WEB_PORT
    if port != house.web_port:
        findings.append(Finding(Outcome.CHANGED, "web.address", f"port {port}, since {house.web_port} is a gateway's"))
    lines = (Line("address", f"127.0.0.1:{port}", "console, HTTP API and live feed; loopback only"), *house.web)
    return Section(("web",), lines)
