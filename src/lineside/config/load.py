"""Read ``lineside.toml``: file, environment, checks; the result is frozen and whole, or an error says what is wrong.

Order: the file is parsed, the environment laid over it, ``${NAME}`` and ``*_file`` resolved, each section decoded into
its Struct, then the sections are checked against each other. Every fault of one pass is reported together.
"""

from __future__ import annotations

import copy
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lineside.config.check import check_together
from lineside.config.decode import decode, join, quote, refuse, unknown
from lineside.config.environment import (
    annotation_at,
    apply_overlay,
    overlays,
    read_secret_files,
    substitute,
)
from lineside.config.settings import (
    NAME,
    NAME_WORDS,
    SINK_KINDS,
    FileSections,
    GatewaySettings,
    Kind,
    Settings,
    SinkEntry,
)
from lineside.errors import ConfigError

DEFAULT_FILE = Path("lineside.toml")

SETTINGS_BYTES_MAX = 1 << 20
"""A settings file of a thousand gateways has 200 kB; a larger one is some other file."""

PLANNED_KINDS = ("slots", "lockers", "studio", "casino", "ventilator")
"""Kinds that the design names; those without a house in this version are refused by name, not as a spelling mistake."""

PLANNED_SINKS = ("sql", "http", "webhook")


def load(path: Path | None, kinds: Mapping[str, Kind], environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check one settings file.

    Args:
        path: the file; None means defaults alone (with the environment over them).
        kinds: kind → what is known of it; a kind that is missing here is not built.
        environ: the environment; `os.environ` when None.

    Raises:
        ConfigError: each fault with its key, value and what is accepted; `SettingsRefused` when there are several.
    """
    table = read_table(path) if path is not None else {}
    return settings_from_table(table, kinds, os.environ if environ is None else environ, source=path)


def read_table(path: Path) -> dict[str, Any]:
    """The file as nested tables, unchecked.

    Raises:
        ConfigError: it cannot be read, or is not TOML; names the line and column.
    """
    try:
        with path.open("rb") as file:
            data = file.read(SETTINGS_BYTES_MAX + 1)
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}; `lineside init` writes a first one") from None
    if len(data) > SETTINGS_BYTES_MAX:
        raise ConfigError(f"{path} is longer than {SETTINGS_BYTES_MAX} bytes, so it is not a settings file")
    try:
        return tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from None


def settings_from_table(
    table: Mapping[str, Any], kinds: Mapping[str, Kind], environ: Mapping[str, str], source: Path | None = None
) -> Settings:
    """Check a parsed file; see `load`."""
    faults: list[ConfigError] = []
    written = copy.deepcopy(dict(table))
    _lay_over(written, kinds, environ, faults)
    refuse(faults)
    resolved: dict[str, Any] = substitute(written, environ, "", faults)
    refuse(faults)
    folder = source.parent if source is not None else Path()
    gateways = _decode_gateways(resolved.pop("gateways", {}), kinds, folder, faults)
    sinks = _decode_sinks(resolved.pop("sinks", {}), folder, faults)
    read_secret_files(resolved, FileSections, "", folder, faults)
    sections = _decode_sections(resolved, faults)
    refuse(faults)
    assert sections is not None
    settings = Settings(
        source=source,
        data_dir=folder / sections.data_dir,
        keys_file=folder / sections.keys.file,
        cert=folder / sections.web.cert if sections.web.cert else None,
        key=folder / sections.web.key if sections.web.key else None,
        web=sections.web,
        journal=sections.journal,
        hub=sections.hub,
        desk=sections.desk,
        supervise=sections.supervise,
        log=sections.log,
        gateways=gateways,
        sinks=sinks,
        written=written,
    )
    return check_together(settings, kinds)


def _lay_over(
    table: dict[str, Any], kinds: Mapping[str, Kind], environ: Mapping[str, str], faults: list[ConfigError]
) -> None:
    for path, (variable, text) in sorted(overlays(environ).items()):
        try:
            apply_overlay(table, path, text, _annotation_at(table, path, kinds))
        except ConfigError as error:
            faults.append(ConfigError(f"{error} (from {variable})"))
        if path[0] not in (*FileSections.__struct_encode_fields__, "gateways", "sinks"):
            del table[path[0]]
            known = (*FileSections.__struct_encode_fields__, "gateways")
            faults.append(unknown(path[0], known, f"{variable} in the environment names no section"))


def _annotation_at(table: Mapping[str, Any], path: tuple[str, ...], kinds: Mapping[str, Kind]) -> Any:
    if path[0] != "gateways" or len(path) < 3:
        return annotation_at(FileSections, path)
    gateways = table.get("gateways", {})
    gateway: Any = next((g for name, g in gateways.items() if name.lower() == path[1]), {})
    kind = kinds.get(gateway.get("kind", "")) if isinstance(gateway, dict) else None
    if path[2] == "kind":
        return str
    return annotation_at(kind.config, path[2:]) if kind is not None else None


def _decode_sections(table: dict[str, Any], faults: list[ConfigError]) -> FileSections | None:
    for name in [name for name in table if name not in FileSections.__struct_encode_fields__]:
        del table[name]
        faults.append(unknown(name, (*FileSections.__struct_encode_fields__, "gateways", "sinks")))
    sections: FileSections | None = decode(table, FileSections, "", faults)
    return sections


def _decode_gateways(
    table: Any, kinds: Mapping[str, Kind], folder: Path, faults: list[ConfigError]
) -> dict[str, GatewaySettings]:
    found: dict[str, GatewaySettings] = {}
    if not isinstance(table, dict):
        faults.append(ConfigError(f"{quote(table)} is not accepted; wanted tables like [gateways.ward]", "gateways"))
        return found
    for name, item in table.items():
        key = join("gateways", name)
        if not NAME.fullmatch(name):
            faults.append(ConfigError(f"{quote(name)} is not accepted as a name; wanted {NAME_WORDS}", key))
        elif not isinstance(item, dict):
            faults.append(ConfigError(f"{quote(item)} is not accepted; wanted a table like [gateways.{name}]", key))
        elif (kind := _kind_of(item, kinds, key, faults)) is not None:
            config = _decode_gateway(item, kinds[kind], key, folder, faults)
            found[name] = GatewaySettings(name, kind, config)
    return found


def _decode_gateway(item: dict[str, Any], kind: Kind, key: str, folder: Path, faults: list[ConfigError]) -> Any:
    table = {name: value for name, value in item.items() if name != "kind"}
    read_secret_files(table, kind.config, key, folder, faults)
    return decode(table, kind.config, key, faults)


def _kind_of(item: Mapping[str, Any], kinds: Mapping[str, Kind], key: str, faults: list[ConfigError]) -> str | None:
    kind = item.get("kind")
    built = ", ".join(sorted(kinds)) or "none"
    if kind is None:
        faults.append(ConfigError(f"missing; wanted one of {built}", join(key, "kind")))
    elif isinstance(kind, str) and kind in kinds:
        return kind
    elif kind in PLANNED_KINDS:
        faults.append(ConfigError(f"{quote(kind)} is not built in this version; built: {built}", join(key, "kind")))
    else:
        error = unknown(str(kind), kinds, f"{quote(kind)} is not a kind of gateway")
        faults.append(ConfigError(str(error).partition(": ")[2], join(key, "kind")))
    return None


def _decode_sinks(table: Any, folder: Path, faults: list[ConfigError]) -> dict[str, SinkEntry]:
    found: dict[str, SinkEntry] = {}
    if not isinstance(table, dict):
        faults.append(ConfigError(f"{quote(table)} is not accepted; wanted tables like [sinks.rows]", "sinks"))
        return found
    for name, item in table.items():
        key = join("sinks", name)
        if not NAME.fullmatch(name):
            faults.append(ConfigError(f"{quote(name)} is not accepted as a name; wanted {NAME_WORDS}", key))
        elif not isinstance(item, dict):
            faults.append(ConfigError(f"{quote(item)} is not accepted; wanted a table like [sinks.{name}]", key))
        elif (kind := _sink_kind_of(item, key, faults)) is not None:
            read_secret_files(item, SINK_KINDS[kind], key, folder, faults)
            found[name] = SinkEntry(name, kind, decode(item, SINK_KINDS[kind], key, faults))
    return found


def _sink_kind_of(item: Mapping[str, Any], key: str, faults: list[ConfigError]) -> str | None:
    kind = item.get("kind")
    built = ", ".join(SINK_KINDS)
    if isinstance(kind, str) and kind in SINK_KINDS:
        return kind
    what = "is not built in this version" if kind in PLANNED_SINKS else "is not a kind of sink"
    text = f"missing; wanted one of {built}" if kind is None else f"{quote(kind)} {what}; built: {built}"
    faults.append(ConfigError(text, join(key, "kind")))
    return None
