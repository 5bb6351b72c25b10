"""Reads the parameters and the JSON body of a request into Structs, and says what is wrong with them.

A refusal names the parameter, its value and what is accepted, because the one who reads it did not write the Struct.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

from lineside.runtime.routes import JSON, BadRequest, Request, WrongContentType

StructT = TypeVar("StructT", bound=msgspec.Struct)

_AT = re.compile(r" - at `\$?([^`]*)`$")


def read_query(request: Request, into: type[StructT]) -> StructT:
    """Decode the query parameters into a Struct whose fields are the parameters.

    Raises:
        BadRequest: names the parameter, its value and what is accepted.
    """
    known = {name.encode_name: name for name in msgspec.structs.fields(into)}
    for name in request.query:
        if name not in known:
            accepted = ", ".join(known) or "no parameter"
            raise BadRequest(f"parameter {_short(name)} is not known here; accepted: {accepted}")
    try:
        return msgspec.convert(dict(request.query), into, strict=False)
    except msgspec.ValidationError as error:
        raise BadRequest(f"parameter {_explain(str(error), dict(request.query))}") from error


def read_json(request: Request, into: type[StructT]) -> StructT:
    """Decode the JSON body into a Struct (made with ``forbid_unknown_fields``).

    Raises:
        WrongContentType: the body says that it is something else.
        BadRequest: not JSON, or not as accepted; names the field, its value and what is accepted.
    """
    content_type = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if content_type != JSON:
        raise WrongContentType(f"content type {_short(content_type)}: send {JSON}")
    return decode_json(request.body, into)


def decode_json(body: bytes, into: type[StructT]) -> StructT:
    """As `read_json`, of bytes whose content type does not matter (a signed envelope)."""
    try:
        return msgspec.json.decode(body, type=into)
    except msgspec.ValidationError as error:
        raise BadRequest(f"body {_explain(str(error), _raw(body))}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"body: not JSON: {error}") from error


def _raw(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None  # the first fault was told before the decoder came to this one


def _explain(text: str, raw: Any) -> str:
    """``limit = 'x': Expected `int` `` of msgspec's ``Expected `int`, … - at `$.limit` ``."""
    found = _AT.search(text)
    if found is None:
        return f": {text}" if not isinstance(raw, dict) else text
    path = found[1].lstrip(".")
    return f"{path} = {_short(_value_at(raw, path))}: {text[: found.start()]}"


def _value_at(raw: Any, path: str) -> Any:
    for part in re.findall(r"[^.\[\]]+", path):
        if isinstance(raw, dict) and part in raw:
            raw = raw[part]
        elif isinstance(raw, list) and part.isdigit() and int(part) < len(raw):
            raw = raw[int(part)]
        else:
            return None
    return raw


def _short(value: Any) -> str:
    if isinstance(value, dict | list):
        return "{…}" if isinstance(value, dict) else "[…]"  # it may hold a secret, or be very deep
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
