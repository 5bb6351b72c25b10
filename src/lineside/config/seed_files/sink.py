"""The slots seed's table ``gaming_transactions`` as a sink; its URL goes into a file of its own, mode 0600."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lineside.config.seed_files.database import DRIVER, driver_of, parts_of_connection, url_of_parts, url_of_text
from lineside.config.seed_files.draft import Line, Section
from lineside.config.seed_files.findings import Finding, Outcome, shown
from lineside.config.seed_files.slots import NAME as FLOOR
from lineside.config.seed_files.slots import Slots
from lineside.runtime.step import Secret

NAME = "gaming_transactions"
TABLE = "gaming_transactions"
"""Where the seed writes the meters that changed."""

PLACE = "database"

_NOTE = (
    "The seed's table. Its columns are not documented: where it exists already, name them "
    "(columns = { … }, `lineside sinks exports` lists ours); it is never altered. The URL with the password stands in "
    "the file below, mode 0600."
)


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A file beside the settings that only its owner reads.

    Attributes:
        name: relative to the settings file.
    """

    name: str
    text: Secret


def move_database(
    slots: Slots, exports: Mapping[str, str], file_name: str, findings: list[Finding]
) -> tuple[list[Section], list[SecretFile]]:
    """The sink and the file with its URL; nothing when the files say nothing of a database.

    Args:
        exports: table of its own → name of the export, of everything that can be carried out.
        file_name: of the secret file.
        findings: grows by what was changed or is missing.
    """
    if not slots.database:
        return [], []
    url: Secret | None = None
    off = ""
    try:
        url = _url(slots.database, findings)
    except ValueError as error:
        off = f"the database is not known well enough: {error}"
        findings.append(Finding(Outcome.WRONG, PLACE, str(error)))
    if TABLE not in exports:
        off = off or "this version has no rows for that table yet"
    lines = [
        Line("kind", "sql"),
        Line("url_file", file_name, checked_as=("url", "sqlite:")),
        Line("rows", exports.get(TABLE, TABLE)),
        Line("gateways", [FLOOR]),
    ]
    for key in ("table", "schema"):
        if slots.database.get(key):
            lines.append(Line(key, slots.database[key]))
    secrets = [] if url is None else [SecretFile(file_name, url)]
    return [Section(("sinks", NAME), tuple(lines), (_NOTE,), off)], secrets


def _url(parts: Mapping[str, str], findings: list[Finding]) -> Secret:
    """The database's URL from the first that is given: a URL, a connection string, single parts.

    Raises:
        ValueError: what is missing or wrong; nothing of it is repeated.
    """
    if parts.get("url"):
        _leave_others(parts, "url", findings)
        return url_of_text(parts["url"])
    if parts.get("connection"):
        if "://" in parts["connection"]:
            return url_of_text(parts["connection"])
        read, others = parts_of_connection(parts["connection"])
        if others:
            keys = ", ".join(shown(name) for name in others)
            findings.append(Finding(Outcome.UNKNOWN, PLACE, f"of the connection string: {keys}"))
        parts = {**parts, **read}
    driver = parts.get("driver", "").strip("{} ")
    if driver and driver_of(driver) != driver:
        why = f'the driver is now "{DRIVER}": the one named there exists on Windows alone'
        findings.append(Finding(Outcome.CHANGED, PLACE, why))
    if "trust" not in parts and driver_of(driver) == DRIVER:
        why = f"\"{DRIVER}\" checks the server's certificate, older ones did not; where it is the server's own, add "
        findings.append(Finding(Outcome.CHANGED, PLACE, why + "&TrustServerCertificate=yes to the URL"))
    if not parts.get("user"):
        why = "no login in the files: the seed used the Windows user, which here needs Kerberos or a login of its own"
        findings.append(Finding(Outcome.CHANGED, PLACE, why))
    return url_of_parts(parts)


def _leave_others(parts: Mapping[str, str], used: str, findings: list[Finding]) -> None:
    others = [name for name in parts if name not in (used, "table", "schema")]
    if others:
        text = f"{', '.join(others)}: the {used} says it all"
        findings.append(Finding(Outcome.LEFT, PLACE, text))
