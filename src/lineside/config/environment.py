"""What the environment adds to the file: overlays, ``${NAME}`` and ``*_file``.

- ``LINESIDE_WEB__ADDRESS=127.0.0.1:9000`` stands above ``address`` in ``[web]``; two underscores part the levels.
- ``${NAME}`` inside any text of the file is replaced by that variable; ``$$`` is a dollar sign.
- ``password_file = "path"`` gives ``password`` the content of a file, for every key whose section knows ``password``
  and does not know ``password_file``.

All three keep secrets out of the file. The printed settings show ``${NAME}`` and ``*_file`` as they were written.
"""

from __future__ import annotations

import re
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lineside.config.decode import field_types, join, struct_of
from lineside.errors import ConfigError
from lineside.runtime.step import Secret

PREFIX = "LINESIDE_"
LEVEL = "__"
SECRET_FILE_BYTES_MAX = 64 * 1024
"""No key or token is longer; a `*_file` that points at a log by mistake is refused instead of read whole."""

_VARIABLE = re.compile(r"\$\$|\$\{([^}]*)\}")


def overlays(environ: Mapping[str, str]) -> dict[tuple[str, ...], tuple[str, str]]:
    """Every overlay in ``environ``: path of lower-case names → (variable, text).

    Only names with a level in them, and ``LINESIDE_DATA_DIR``, are settings; others (``LINESIDE_DATA`` of the tests)
    belong to somebody else.
    """
    found = {}
    for variable, text in environ.items():
        name = variable.removeprefix(PREFIX).lower()
        if variable.startswith(PREFIX) and (LEVEL in name or name == "data_dir"):
            found[tuple(name.split(LEVEL))] = (variable, text)
    return found


def apply_overlay(table: dict[str, Any], path: tuple[str, ...], text: str, annotation: Any) -> None:
    """Put ``text`` at ``path`` of ``table``, in place; existing names are found whatever their case.

    The text is read as a TOML value where the key takes no text, so that numbers, booleans and lists work.

    Raises:
        ConfigError: a name on the way is not a table.
    """
    *way, last = path
    key = ""
    for step in way:
        name = _present(table, step)
        key = join(key, name)
        table = table.setdefault(name, {})
        if not isinstance(table, dict):
            raise ConfigError("is not a table, so nothing can be set below it from the environment", key)
    table[_present(table, last)] = text if is_text(annotation) else _toml_value(text)


def is_text(annotation: Any) -> bool:
    """Whether a key of this type takes text as it is: ``str``, ``Secret``, ``Path``, also optional or annotated."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        parts = [part for part in typing.get_args(annotation) if part is not type(None)]
        return all(is_text(part) for part in parts)
    if typing.get_origin(annotation) is typing.Annotated:
        return is_text(typing.get_args(annotation)[0])
    return isinstance(annotation, type) and issubclass(annotation, str | Secret | Path)


def _present(table: Mapping[str, Any], name: str) -> str:
    return next((known for known in table if known.lower() == name), name)


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def annotation_at(struct: Any, path: tuple[str, ...]) -> Any:
    """The annotation of the key at ``path`` below ``struct``, or None when the walk leaves the known Structs."""
    for name in path:
        known = struct_of(struct)
        struct = field_types(known).get(name) if known is not None else None
    return struct


def substitute(value: Any, environ: Mapping[str, str], key: str, faults: list[ConfigError]) -> Any:
    """The same value with every ``${NAME}`` replaced, in texts at any depth.

    A variable that is not set is added to ``faults`` with the key that wants it; the text stays as it was.
    """
    match value:
        case str():
            return _substitute_text(value, environ, key, faults)
        case dict():
            return {name: substitute(item, environ, join(key, name), faults) for name, item in value.items()}
        case list():
            return [substitute(item, environ, f"{key}[{index}]", faults) for index, item in enumerate(value)]
    return value


def _substitute_text(text: str, environ: Mapping[str, str], key: str, faults: list[ConfigError]) -> str:
    def replace(found: re.Match[str]) -> str:
        name = found.group(1)
        if name is None:
            return "$"
        if name not in environ:
            faults.append(ConfigError(f"{text!r} wants the environment variable {name}, which is not set", key))
            return found.group(0)
        return environ[name]

    return _VARIABLE.sub(replace, text)


def read_secret_files(table: dict[str, Any], struct: Any, key: str, folder: Path, faults: list[ConfigError]) -> None:
    """Replace, in place, each ``NAME_file`` by ``NAME`` with the file's text, final newlines removed.

    Args:
        table: one section, already substituted.
        struct: its Struct; only keys it does not know itself are looked at.
        key: dotted key of the section.
        folder: relative paths start here (the folder of the settings file).
        faults: grows by what cannot be read, and by a key that is given both ways.
    """
    known = struct_of(struct)
    if known is None:
        return
    types = field_types(known)
    for name in list(table):
        stem = name.removesuffix("_file")
        if isinstance(table[name], dict) and name in types:
            for inner, part, annotation in _sections(table[name], types[name], join(key, name)):
                read_secret_files(part, annotation, inner, folder, faults)
        if name in types or stem == name or stem not in types:
            continue
        path = folder / str(table.pop(name))
        if stem in table:
            faults.append(ConfigError(f"given twice: as {stem} and as {name}", join(key, stem)))
            continue
        try:
            table[stem] = _read_secret(path)
        except (OSError, ValueError) as error:
            faults.append(ConfigError(f"cannot read {path}: {error}", join(key, name)))


def _sections(table: dict[str, Any], annotation: Any, key: str) -> list[tuple[str, dict[str, Any], Any]]:
    """A section as it is, or each of its own when it is a table of named sections (``tokens.floor``)."""
    if typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is dict and struct_of(arguments[1]) is not None:
        return [(join(key, n), part, arguments[1]) for n, part in table.items() if isinstance(part, dict)]
    return [(key, table, annotation)]


def _read_secret(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(SECRET_FILE_BYTES_MAX + 1)
    if len(data) > SECRET_FILE_BYTES_MAX:
        raise ValueError(f"longer than {SECRET_FILE_BYTES_MAX} bytes")
    return data.decode().rstrip("\r\n")
