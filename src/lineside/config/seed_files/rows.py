"""``tmp_db_data.json``: rows that the slots seed could not deliver, read and checked before anyone imports them.

Its form is not documented: known is that the seed writes changed meters as rows of ``gaming_transactions``. So a list
of objects is accepted, an object with one such list in it (by table name, or ``rows``), rows by a name or number, one
row alone, and one object per line. Every row holds plain values by column name; what they mean is for the importer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lineside.config.decode import refuse
from lineside.config.seed_files.findings import shown
from lineside.config.seed_files.reading import parse_json, read_text
from lineside.errors import ConfigError

FILE = "tmp_db_data.json"

LEFT_OVER_BYTES_MAX = 64 << 20
"""A week without the database at a row a second is 100 MB at the worst; more should be cut in pieces by a person."""

FAULTS_MAX = 20
"""So many wrong rows are told; a file with more is wrong as a whole."""

COLUMN_CHARACTERS_MAX = 128
"""No database has longer names of columns."""

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class SeedRow:
    """One row that was not delivered.

    Attributes:
        number: place in the file, from 1.
        values: by column, in the order of the file; not empty.
    """

    number: int
    values: Mapping[str, Scalar]


def read_left_over(folder: Path) -> tuple[SeedRow, ...] | None:
    """The rows, in the order of the file; None when there is no such file.

    Raises:
        ConfigError: torn, or a row that is none; `SettingsRefused` with each of the first wrong rows. All or nothing:
            a file with one wrong row gives no rows. Values are not repeated.
    """
    text = read_text(folder / FILE, LEFT_OVER_BYTES_MAX)
    if text is None:
        return None
    faults: list[ConfigError] = []
    rows: list[SeedRow] = []
    for number, item in enumerate(_items(text), 1):
        try:
            rows.append(_row(number, item))
        except ConfigError as error:
            faults.append(error)
            if len(faults) == FAULTS_MAX:
                faults.append(ConfigError(f"{FILE}: and perhaps more; only the first {FAULTS_MAX} are told"))
                break
    refuse(faults)
    return tuple(rows)


def _items(text: str) -> list[Any]:
    if not text.strip():
        return []
    try:
        value = parse_json(FILE, text)
    except ConfigError:
        lines = list(_lines(text))
        # One line is no list of lines: its own error tells more.
        if len(lines) < 2 or not all(line.lstrip().startswith("{") for _, line in lines):
            raise
        return [parse_json(FILE, line, number) for number, line in lines]
    if isinstance(value, dict):
        lists = [item for item in value.values() if isinstance(item, list)]
        if value and all(isinstance(item, dict) for item in value.values()):
            return list(value.values())
        if not lists:
            return [value] if value else []
        if len(value) > 1:
            names = ", ".join(shown(name) for name in value)
            raise ConfigError(f"{FILE}: wanted one list of rows, found {names[:200]}")
        return lists[0]
    if isinstance(value, list):
        return value
    raise ConfigError(f"{FILE}: wanted a list of rows, each an object of column and value")


def _lines(text: str) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip())


def _row(number: int, item: Any) -> SeedRow:
    place = f"{FILE}: row {number}"
    if not isinstance(item, dict) or not item:
        raise ConfigError(f"{place}: wanted an object of column and value")
    for name, value in item.items():
        if not 1 <= len(name) <= COLUMN_CHARACTERS_MAX:
            raise ConfigError(f"{place}: a column's name has {len(name)} characters")
        if not isinstance(value, Scalar) or (isinstance(value, float) and not math.isfinite(value)):
            raise ConfigError(f"{place}: {shown(name)} holds no plain value (wanted text, number, true, false or null)")
    return SeedRow(number, item)
