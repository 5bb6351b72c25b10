"""The slots seed: its lines and machines from ``.env``, ``settings.json`` and ``listeners.json``.

What is known of it stands in wire/sas.md §2.2: it opens the port in EVEN parity and writes changed meters into
``gaming_transactions``. The keys of its files are not documented; see `synonyms`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from lineside.config.seed_files.draft import Line, Section
from lineside.config.seed_files.findings import Finding, Outcome, shown
from lineside.config.seed_files.reading import LISTENERS, SETTINGS, Entry, flatten, is_list_of_lines
from lineside.config.seed_files.synonyms import field_of, is_careful
from lineside.config.seed_files.values import READERS, is_windows_port, text_of

NAME = "floor"
EVEN = "even"

EVEN_WARNING = (
    'line_mode = "even": the seed opens the port in even parity, so each byte carries its own parity where SAS wants '
    "the wake-up bit: the general poll of machine 1 (81) goes out without it, and commands such as 2F with it. Only "
    "machines that ignore that bit answer. The mode is kept so that what answered goes on answering; try "
    'line_mode = "mark_space", which is SAS (`lineside doctor LINE` says what answers), and keep "even" only where '
    "nothing does."
)

_NAMES_MAX = 100
"""Lines of one name are told apart by a number up to here; a mini-PC has some dozen ports."""


@dataclass(frozen=True, slots=True)
class Found:
    """One line of the seed.

    Attributes:
        values: field → what was read.
        place: where it stands, for its notes.
    """

    values: Mapping[str, Any]
    place: str

    @property
    def device(self) -> str:
        """The port; empty when the files name none."""
        return str(self.values.get("line.device", ""))

    @property
    def machines(self) -> tuple[int, ...]:
        """Addresses; empty when the files name none."""
        single = self.values.get("line.address")
        return tuple(sorted({*self.values.get("line.addresses", ()), *(() if single is None else (single,))}))

    @property
    def poll_ms(self) -> int | None:
        """Between polls, where the files say it."""
        value = self.values.get("line.poll_ms", self.values.get("line.poll_s"))
        return None if value is None else int(value)

    @property
    def mode(self) -> str:
        """As the seed ran it: even, unless a file says otherwise."""
        return str(self.values.get("line.parity", EVEN))


@dataclass(frozen=True, slots=True)
class Slots:
    """What the files say of the slots seed.

    Attributes:
        lines: in the order of the files.
        database: field without its prefix → text.
        is_there: any of its files or keys was found.
    """

    lines: tuple[Found, ...]
    database: Mapping[str, str]
    is_there: bool


def read_slots(entries: Sequence[Entry], findings: list[Finding]) -> Slots:
    """Understand what can be understood.

    Args:
        entries: of ``.env``, ``settings.json`` and ``listeners.json``, without the other seeds' keys.
        findings: grows by one for each key.
    """
    shared: dict[str, Any] = {}
    groups: list[Found] = []
    for entry in entries:
        if is_list_of_lines(entry.key.rpartition(".")[2], entry.value):
            groups.extend(_each_line(entry, findings))
        else:
            _understand(entry, shared, findings, in_list=False)
    defaults = {field: value for field, value in shared.items() if field.startswith("line.") and field not in _OWN}
    lines = [replace(group, values={**defaults, **group.values}) for group in groups if group.device]
    if shared.get("line.device") or not lines:
        own = {field: value for field, value in shared.items() if field.startswith("line.")}
        if own:
            lines.insert(0, Found(own, SETTINGS))
    database = {field.partition(".")[2]: text for field, text in shared.items() if field.startswith("database.")}
    is_there = bool(shared) or any(entry.file in (SETTINGS, LISTENERS) for entry in entries)
    return Slots(tuple(_joined(lines)), database, is_there)


_OWN = ("line.device", "line.address", "line.addresses")
"""What one line has alone; everything else of the settings holds for the lines of the list too."""


def _each_line(entry: Entry, findings: list[Finding]) -> Iterator[Found]:
    tables = entry.value.items() if isinstance(entry.value, dict) else enumerate(entry.value)
    for name, table in tables:
        base = f"{entry.key}.{name}" if isinstance(name, str) else f"{entry.key}[{name}]"
        values: dict[str, Any] = {}
        for inner in flatten(entry.file, table, base, base):
            _understand(inner, values, findings, in_list=True)
        if values.get("line.enabled") is False:
            findings.append(Finding(Outcome.LEFT, f"{entry.file}: {shown(base)}", "is switched off there"))
            continue
        if isinstance(name, str):
            values.setdefault("line.name", name)
        yield Found(MappingProxyType(values), f"{entry.file}: {shown(base)}")


def _understand(entry: Entry, values: dict[str, Any], findings: list[Finding], *, in_list: bool) -> None:
    """Put what an entry says into ``values``, or say why not. Values never stand in the finding."""
    field = field_of(entry.words, in_list=in_list)
    if field is None or (in_list and field.startswith("database.")):
        findings.append(Finding(Outcome.UNKNOWN, entry.place))
        return
    try:
        read: Callable[[Any], Any] = READERS.get(field, text_of)
        value = read(entry.value)
    except ValueError as error:
        if is_careful(entry.words):
            findings.append(Finding(Outcome.UNKNOWN, entry.place, f"{error}, if that is what it means"))
        else:
            findings.append(Finding(Outcome.WRONG, entry.place, str(error)))
        return
    if field in values:
        same = "with the same value" if values[field] == value else "and the first one counts"
        findings.append(Finding(Outcome.LEFT, entry.place, f"{field} was given before, {same}"))
        return
    values[field] = value
    findings.append(_told(field, value, entry.place))


def _told(field: str, value: Any, place: str) -> Finding:
    match field:
        case "line.parity" if value == EVEN:
            return Finding(Outcome.CHANGED, place, f'gateways.{NAME}: line_mode = "even", with a warning')
        case "line.parity":
            return Finding(Outcome.TAKEN, place, f'gateways.{NAME}: line_mode = "{value}"')
        case "line.baud" | "line.data_bits" | "line.stop_bits":
            return Finding(Outcome.LEFT, place, "is fixed in SAS, and right")
        case "line.poll_s":
            return Finding(Outcome.CHANGED, place, f"gateways.{NAME}: poll_ms = {value} (from seconds)")
    if field.startswith("database."):
        return Finding(Outcome.TAKEN, place, "sinks.gaming_transactions")
    return Finding(Outcome.TAKEN, place, f"gateways.{NAME}")


def _joined(lines: Sequence[Found]) -> Iterator[Found]:
    """Machines of one port are one line: a port has one owner."""
    by_device: dict[str, Found] = {}
    for number, line in enumerate(lines):
        key = line.device or f"#{number}"
        if key in by_device:
            first = by_device[key]
            machines = {*(first.machines or (1,)), *(line.machines or (1,))}
            values = {**first.values, "line.addresses": tuple(sorted(machines))}
            by_device[key] = Found(values, first.place)
        else:
            by_device[key] = line
    yield from by_device.values()


def move_slots(slots: Slots) -> tuple[list[Section], list[str]]:
    """The gateway of the floor and its warnings; nothing when the seed is not there."""
    if not slots.is_there:
        return [], []
    if not slots.lines:
        lines = (Line("kind", "slots"), Line("line", "/dev/ttyUSB0"), Line("line_mode", EVEN), Line("machines", [1]))
        off = "no file names a serial port under a name that is understood here; write yours"
        return [Section(("gateways", NAME), lines, (EVEN_WARNING,), off)], [EVEN_WARNING]
    modes = {line.mode for line in slots.lines}
    warnings = [EVEN_WARNING] if EVEN in modes else []
    if len(slots.lines) == 1:
        (line,) = slots.lines
        keys = (Line("kind", "slots"), *_line_keys(line), *_mode(line.mode), *_poll(line))
        section = Section(("gateways", NAME), keys, tuple(warnings), _why_off(line))
        return [section], warnings
    polls = {line.poll_ms for line in slots.lines}
    head = (Line("kind", "slots"), *(_mode(*modes) if len(modes) == 1 else ()))
    head = (*head, *(_poll(slots.lines[0]) if len(polls) == 1 else ()))
    reasons = [_why_off(line) for line in slots.lines]
    off = "none of its lines has a port of this computer" if all(reasons) else ""
    sections = [Section(("gateways", NAME), head, tuple(warnings), off)]
    names: set[str] = set()
    for line in slots.lines:
        own = (*_line_keys(line), *(_mode(line.mode) if len(modes) > 1 else ()))
        own = (*own, *(_poll(line) if len(polls) > 1 else ()))
        path = ("gateways", NAME, "lines", _name(line, names))
        sections.append(Section(path, own, (f"From {line.place}.",), _why_off(line)))
    return sections, warnings


def _mode(mode: str) -> Iterator[Line]:
    yield Line("line_mode", mode, "mark_space | even | none" + ("; see above" if mode == EVEN else ""))
    if mode == EVEN:
        yield Line("profile", "seed", "80 before each long poll, as the seed sends it", may_go=True)


def _poll(line: Found) -> tuple[Line, ...]:
    return () if line.poll_ms is None else (Line("poll_ms", line.poll_ms, may_go=True),)


def _line_keys(line: Found) -> Iterator[Line]:
    yield Line("line", line.device or "/dev/ttyUSB0")
    if line.machines:
        yield Line("machines", list(line.machines))
    else:
        yield Line("machines", [1], "no file says an address: look at the machine, or `lineside doctor LINE`")


def _why_off(line: Found) -> str:
    if not line.device:
        return "no file names a serial port under a name that is understood here; write yours"
    if is_windows_port(line.device):
        return f"{line.device} is a port of Windows; write this computer's, best by /dev/serial/by-id/"
    return ""


def _name(line: Found, names: set[str]) -> str:
    """A name for a line that TOML takes bare, and that no other line of these has."""
    given = str(line.values.get("line.name", "")) or line.device.rpartition("/")[2]
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", given).strip("-")[:40] or "line"
    tries = (stem, *(f"{stem}-{number}" for number in range(2, _NAMES_MAX)))
    name = next((each for each in tries if each not in names), f"{stem}-{len(names)}")
    names.add(name)
    return name
