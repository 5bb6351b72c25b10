"""Turn a plain table into a frozen Struct, and every fault on the way into words a person can act on.

msgspec does the conversion of each value; this file walks the Structs itself, so that all faults of a file are found in
one pass and each one names its dotted key, the value that stands there and what is accepted instead.
"""

from __future__ import annotations

import difflib
import json
import re
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from lineside.errors import ConfigError
from lineside.runtime.step import Secret

VALUE_CHARACTERS_MAX = 60
"""A value is quoted up to here: a whole pasted key or certificate helps nobody in an error message."""


class SettingsRefused(ConfigError):
    """Several settings are wrong at once; `faults` holds each as a `ConfigError` of its own."""

    def __init__(self, faults: Sequence[ConfigError]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in faults))


def faults_of(error: ConfigError) -> tuple[ConfigError, ...]:
    """The single faults behind ``error``: itself, or each one of a `SettingsRefused`."""
    return error.faults if isinstance(error, SettingsRefused) else (error,)


def refuse(faults: Sequence[ConfigError]) -> None:
    """Raise what was found, as one error; return when nothing was.

    Raises:
        ConfigError: the only fault, or a `SettingsRefused` with all of them.
    """
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise SettingsRefused(faults)


def join(key: str, name: str) -> str:
    """The dotted key of ``name`` below ``key``; ``key`` may be empty for the top of the file."""
    return f"{key}.{name}" if key else name


def quote(value: Any) -> str:
    """A value as it would stand in the file, cut short; secrets by their last two characters."""
    if isinstance(value, Secret):
        return str(value)
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= VALUE_CHARACTERS_MAX else text[: VALUE_CHARACTERS_MAX - 1] + "…"


def unknown(key: str, names: Iterable[str], what: str = "unknown key") -> ConfigError:
    """The error for a name that nobody knows, with the nearest known one when there is a near one."""
    known = sorted(names)
    near = difflib.get_close_matches(key.rpartition(".")[2], known, n=1, cutoff=0.6)
    hint = f'; did you mean "{near[0]}"?' if near else ""
    return ConfigError(f"{what}{hint} (known here: {', '.join(known) or 'nothing'})", key)


def decode(value: Any, annotation: Any, key: str, faults: list[ConfigError]) -> Any:
    """Convert one value of the file; what is wrong is added to ``faults`` and None returned in its place.

    Args:
        value: JSON-like, as tomllib gives it.
        annotation: a Struct class, or any type that msgspec converts; `Path` and `Secret` are read from text.
        key: dotted key of ``value``.
        faults: grows by one entry per wrong key or value.
    """
    struct = struct_of(annotation)
    if struct is not None and (isinstance(value, dict) or annotation is struct):
        return _decode_struct(value, struct, key, faults)
    try:
        return msgspec.convert(value, annotation, dec_hook=_decode_text)
    except msgspec.ValidationError as error:
        faults.append(_explain(error, value, annotation, key))
        return None


def decode_struct(value: Any, struct: type[Any], key: str) -> Any:
    """Convert a table to ``struct`` in one call.

    Raises:
        ConfigError: one or all faults, see `refuse`.
    """
    faults: list[ConfigError] = []
    result = decode(value, struct, key, faults)
    refuse(faults)
    return result


def struct_of(annotation: Any) -> type[msgspec.Struct] | None:
    """The Struct in ``annotation`` (``X``, ``X | None``, ``Annotated[X, …]``), or None when it holds no single one."""
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return annotation
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if origin is typing.Annotated:
        return struct_of(arguments[0])
    if origin in (typing.Union, types.UnionType):
        found = [struct for argument in arguments if (struct := struct_of(argument)) is not None]
        return found[0] if len(found) == 1 else None
    return None


def field_types(struct: type[Any]) -> dict[str, Any]:
    """Key in the file → annotation, in the order of declaration."""
    return {field.encode_name: field.type for field in msgspec.structs.fields(struct)}


def _decode_struct(value: Any, struct: type[Any], key: str, faults: list[ConfigError]) -> Any:
    if not isinstance(value, dict):
        faults.append(ConfigError(f"{quote(value)} is not accepted; wanted a table ([{key}])", key))
        return None
    before = len(faults)
    found: dict[str, Any] = {}
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    for name, item in value.items():
        if name in fields:
            found[fields[name].name] = decode(item, fields[name].type, join(key, name), faults)
        else:
            faults.append(unknown(join(key, name), fields))
    for name, field in fields.items():
        if field.required and name not in value:
            faults.append(ConfigError(f"missing; wanted {accepted(field.type)}", join(key, name)))
    if len(faults) > before:
        return None
    try:
        return struct(**found)
    except (ValueError, TypeError, ConfigError) as error:  # a Struct's own __post_init__
        faults.append(ConfigError(str(error), key))
        return None


def _decode_text(wanted: type, value: Any) -> Any:
    if isinstance(value, str) and wanted in (Path, Secret):
        return wanted(value)
    raise ValueError(f"wanted {accepted(wanted)}")


def _explain(error: msgspec.ValidationError, value: Any, annotation: Any, key: str) -> ConfigError:
    """The same fault with the key, the value found at that place and what is accepted there."""
    place = re.search(r" - at `\$(.*)`$", str(error))
    steps = re.findall(r"\[(\d+)\]|\.(\w+)", place.group(1)) if place else []
    for index, name in steps:
        value = value[int(index)] if index else value.get(name)
        key = f"{key}[{index}]" if index else join(key, name)
        annotation = _below(annotation)
    return ConfigError(f"{quote(value)} is not accepted; wanted {accepted(annotation)}", key)


def _below(annotation: Any) -> Any:
    """The type of the items of a list or table type; Any when it has none."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _below(typing.get_args(annotation)[0])
    arguments = [argument for argument in typing.get_args(annotation) if argument is not ...]
    return arguments[-1] if arguments else Any


def accepted(annotation: Any) -> str:
    """What a key of this type takes, in words: ``a whole number from 1 to 65535``."""
    return _words(msgspec.inspect.type_info(annotation))


def _words(info: Any) -> str:
    match info:
        case msgspec.inspect.Metadata():
            return _words(info.type)
        case msgspec.inspect.BoolType():
            return "true or false"
        case msgspec.inspect.IntType():
            return "a whole number" + _range(info)
        case msgspec.inspect.FloatType():
            return "a number" + _range(info)
        case msgspec.inspect.StrType():
            return (
                "text in quotes" + (f" matching {info.pattern}" if info.pattern else "") + _length(info, "characters")
            )
        case msgspec.inspect.LiteralType():
            return "one of " + ", ".join(quote(value) for value in info.values)
        case msgspec.inspect.EnumType():
            return "one of " + ", ".join(quote(member.value) for member in info.cls)
        case msgspec.inspect.ListType() | msgspec.inspect.VarTupleType() | msgspec.inspect.SetType():
            return f"a list of {_words(info.item_type)}" + _length(info, "entries")
        case msgspec.inspect.TupleType():
            return f"a list of {len(info.item_types)}: " + ", ".join(_words(item) for item in info.item_types)
        case msgspec.inspect.DictType():
            return f"a table of {_words(info.value_type)}"
        case msgspec.inspect.UnionType():
            return " or ".join(_words(part) for part in info.types if not isinstance(part, msgspec.inspect.NoneType))
        case msgspec.inspect.CustomType() if info.cls in (Path, Secret):
            return "text in quotes"
        case msgspec.inspect.StructType():
            return "a table with " + ", ".join(field.encode_name for field in info.fields)
    return "another value"


def _range(info: Any) -> str:
    low = f"at least {info.ge}" if info.ge is not None else f"above {info.gt}" if info.gt is not None else ""
    high = f"at most {info.le}" if info.le is not None else f"below {info.lt}" if info.lt is not None else ""
    bounds = " and ".join(part for part in (low, high) if part)
    return f", {bounds}" if bounds else ""


def _length(info: Any, unit: str) -> str:
    low, high = info.min_length, info.max_length
    if low is None and high is None:
        return ""
    return f" ({low or 0} or more {unit})" if high is None else f" ({low or 0} to {high} {unit})"


def defaults_of(struct: type[Any]) -> Mapping[str, Any]:
    """Key → default of every field that has one, in the order of declaration."""
    return {
        field.encode_name: field.default_factory() if field.default is msgspec.NODEFAULT else field.default
        for field in msgspec.structs.fields(struct)
        if not field.required
    }
