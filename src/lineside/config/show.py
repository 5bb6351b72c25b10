"""The effective settings as tables and as TOML, with nothing secret in them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Any

import msgspec

from lineside.config.settings import FileSections, Settings
from lineside.runtime.step import Secret

_URL_PASSWORD = re.compile(r"(\w+://[^:/@\s]*):[^@\s]+@")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def masked_settings(settings: Settings) -> dict[str, Any]:
    """Everything in force, defaults included, as JSON types.

    `Secret` values show their last two characters, passwords in URLs vanish, and what the file took from the
    environment or another file shows as it was written: ``${NAME}`` and ``*_file``.
    """
    sections = FileSections(
        data_dir=str(settings.data_dir),
        keys=msgspec.structs.replace(FileSections().keys, file=str(settings.keys_file)),
        web=settings.web,
        journal=settings.journal,
        hub=settings.hub,
        desk=settings.desk,
        supervise=settings.supervise,
        log=settings.log,
    )
    table: dict[str, Any] = plain(sections)
    table["gateways"] = {
        name: {"kind": gateway.kind, **plain(gateway.config)} for name, gateway in settings.gateways.items()
    }
    if settings.sinks:
        table["sinks"] = {name: plain(sink.config) for name, sink in settings.sinks.items()}
    return _mask_written(table, settings.written)


def plain(value: Any) -> Any:
    """``value`` (a Struct, table or list) in JSON types; secrets masked."""
    return _mask_urls(msgspec.to_builtins(value, enc_hook=_encode_text))


def _encode_text(value: Any) -> str:
    if isinstance(value, Secret | Path):
        return str(value)
    raise NotImplementedError(type(value).__name__)


def _mask_urls(value: Any) -> Any:
    match value:
        case str():
            return _URL_PASSWORD.sub(r"\1:…@", value)
        case dict():
            return {name: _mask_urls(item) for name, item in value.items()}
        case list():
            return [_mask_urls(item) for item in value]
    return value


def _mask_written(table: dict[str, Any], written: Mapping[str, Any]) -> dict[str, Any]:
    """Put back what the file said where it named a variable or another file instead of the value."""
    result = dict(table)
    for name, text in written.items():
        stem = name.removesuffix("_file")
        if isinstance(text, Mapping) and isinstance(result.get(name), dict):
            result[name] = _mask_written(result[name], text)
        elif name not in table and stem in table:
            result.pop(stem)
            result[name] = text
        elif "${" in json.dumps(text, default=str):
            result[name] = text
    return result


def toml_from_table(table: Mapping[str, Any], path: tuple[str, ...] = ()) -> str:
    """A table as TOML text: plain keys first, then one ``[section]`` per table; None is left out."""
    plain_lines = [
        f"{_key(name)} = {_toml(value)}"
        for name, value in table.items()
        if not isinstance(value, Mapping) and value is not None
    ]
    parts = []
    if plain_lines:
        head = [f"[{'.'.join(map(_key, path))}]"] if path else []
        parts.append("\n".join(head + plain_lines) + "\n")
    for name, value in table.items():
        if isinstance(value, Mapping) and value:
            parts.append(toml_from_table(value, (*path, name)))
    return "\n".join(parts)


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else json.dumps(name)


def _toml(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case list() | tuple():
            return "[" + ", ".join(_toml(item) for item in value) + "]"
        case dict():
            return "{ " + ", ".join(f"{_key(name)} = {_toml(item)}" for name, item in value.items()) + " }"
        case date() | time():
            return value.isoformat()
        case None:
            return '""'
    return str(value)
