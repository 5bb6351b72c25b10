"""Read the seeds' own files into flat entries: ``.env`` line by line, JSON by dotted keys; torn ones are refused.

Errors name the file, the line and the column, and never repeat what stands there: it may be a password.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lineside.config.decode import refuse
from lineside.config.seed_files.findings import shown
from lineside.config.seed_files.synonyms import LISTS
from lineside.errors import ConfigError

ENV = ".env"
SETTINGS = "settings.json"
LISTENERS = "listeners.json"
CONFIG = "config.json"
FILES = (ENV, SETTINGS, LISTENERS, CONFIG)
"""The settings of all seeds. Of their content only the lockers' ``.env`` and ``config.json`` are documented."""

SEED_FILE_BYTES_MAX = 1 << 20
"""The largest is a page of text; something longer is another file of that name."""

DEPTH_MAX = 8
"""Tables inside tables; settings that people write have two levels."""

_ENV_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=\s*(.*)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of one file.

    Attributes:
        key: dotted from the top of the file, as written there.
        value: JSON type; always a text from ``.env``. Lists, and tables of lines (`LISTS`), stay whole.
        base: how much of the key's beginning names the table of one line and is no part of the meaning.
    """

    file: str
    key: str
    value: Any
    base: str = ""

    @property
    def place(self) -> str:
        """File and key for a report."""
        return f"{self.file}: {shown(self.key)}"

    @property
    def words(self) -> str:
        """The key in one spelling: ``dbHost``, ``DB_HOST`` and ``db.host`` are all ``db_host``."""
        return spelled(self.key.removeprefix(self.base))


def spelled(name: str) -> str:
    """A name in lower case, its words parted by single underscores."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return "_".join(part for part in re.split(r"[^a-z0-9]+", parted.lower()) if part)


def is_list_of_lines(name: str, value: Any) -> bool:
    """Whether a key holds one table for each line, in a list or by name."""
    tables = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []
    return spelled(name) in LISTS and bool(tables) and all(isinstance(table, dict) for table in tables)


def read_entries(folder: Path) -> dict[str, tuple[Entry, ...]]:
    """Every seed file of ``folder`` → its entries in the order of the file; absent files are left out.

    Raises:
        ConfigError: a file that cannot be read or is torn; `SettingsRefused` when several are.
    """
    found: dict[str, tuple[Entry, ...]] = {}
    faults: list[ConfigError] = []
    for name in FILES:
        try:
            text = read_text(folder / name, SEED_FILE_BYTES_MAX)
            if text is not None:
                found[name] = tuple(_env_entries(text) if name == ENV else _json_entries(name, text))
        except ConfigError as error:
            faults.append(error)
    refuse(faults)
    return found


def read_text(path: Path, bytes_max: int) -> str | None:
    """The text of a file, without a byte order mark; None when there is none.

    Raises:
        ConfigError: it cannot be read, is longer than ``bytes_max``, or is not UTF-8.
    """
    if not path.exists():
        return None
    if not path.is_file():  # opening a pipe would wait for ever
        raise ConfigError(f"{path.name}: is not a file")
    try:
        with path.open("rb") as file:
            data = file.read(bytes_max + 1)
    except OSError as error:
        raise ConfigError(f"{path.name}: cannot be read: {error.strerror}") from None
    if len(data) > bytes_max:
        raise ConfigError(f"{path.name}: is longer than {bytes_max} bytes, so it is some other file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path.name}: is not UTF-8 text at byte {error.start}; save it as UTF-8") from None


def parse_json(name: str, text: str, line: int = 1) -> Any:
    """JSON as Python values.

    Args:
        line: of the file where ``text`` begins, for the error.

    Raises:
        ConfigError: torn or no JSON; names line and column.
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
        # Half of a surrogate pair passes JSON and fails when it is written.
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        place = f"line {line + error.lineno - 1}, column {error.colno}"
        raise ConfigError(f"{name}: torn or no JSON at {place}: {error.msg.lower()}") from None
    except RecursionError:
        raise ConfigError(f"{name}: tables are nested too deep") from None
    except UnicodeEncodeError:
        raise ConfigError(f"{name}: holds half a character (a lone surrogate)") from None
    except ValueError:
        raise ConfigError(f"{name}: holds a number that is none, or too long a one (from line {line})") from None
    return value


def _refuse_constant(_name: str) -> Any:
    raise ValueError("NaN and Infinity are no JSON")


def _json_entries(name: str, text: str) -> Iterator[Entry]:
    value = parse_json(name, text)
    if name == LISTENERS and _is_bare_list(value):
        value = {"listeners": value}
    if not isinstance(value, dict):
        raise ConfigError(f"{name}: wanted an object" + (" or a list" if name == LISTENERS else ""))
    yield from flatten(name, value)


def _is_bare_list(value: Any) -> bool:
    """Whether the whole of ``listeners.json`` is the list, or the tables by name, of its lines."""
    if isinstance(value, dict):
        return is_list_of_lines("listeners", value) and not any(spelled(name) in LISTS for name in value)
    return isinstance(value, list)


def flatten(file: str, table: dict[str, Any], key: str = "", base: str = "", depth: int = 1) -> Iterator[Entry]:
    """Each value of a table, and of the tables inside it, under its dotted key.

    Args:
        base: see `Entry`.

    Raises:
        ConfigError: nested deeper than `DEPTH_MAX`.
    """
    if depth > DEPTH_MAX:
        raise ConfigError(f"{file}: tables are nested deeper than {DEPTH_MAX}")
    for name, value in table.items():
        full = f"{key}.{name}" if key else name
        if isinstance(value, dict) and value and not is_list_of_lines(name, value):
            yield from flatten(file, value, full, base, depth + 1)
        else:
            yield Entry(file, full, value, base)


def _env_entries(text: str) -> Iterator[Entry]:
    """``KEY=value`` lines as dotenv reads them: quotes, comments, ``export``; the last of two equal keys counts."""
    faults: list[ConfigError] = []
    found: dict[str, Entry] = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = _ENV_LINE.fullmatch(stripped)
        value = _env_value(match.group(2)) if match else None
        if match is None or value is None:
            what = "wanted KEY=value" if match is None else "a quote is not closed"
            faults.append(ConfigError(f"{ENV}: line {number}: {what}"))
        else:
            found[match.group(1)] = Entry(ENV, match.group(1), value)
    refuse(faults)
    yield from found.values()


def _env_value(text: str) -> str | None:
    """The value without its quotes and without a comment; None when a quote is not closed."""
    if text[:1] not in ("'", '"'):
        return re.sub(r"(^|\s+)#.*$", "", text).strip()
    quoted = re.fullmatch(r"""(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*(?:#.*)?""", text)
    if quoted is None:
        return None
    single, double = quoted.groups()
    if single is not None:
        return re.sub(r"\\([\\'])", r"\1", single)
    escapes = {"n": "\n", "r": "\r", "t": "\t"}
    return re.sub(r"\\(.)", lambda found: escapes.get(found.group(1), found.group(1)), double)
