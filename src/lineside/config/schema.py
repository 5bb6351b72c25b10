"""The JSON Schema of ``lineside.toml``, made from the Structs that read it: editors complete and check with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from lineside.config.settings import NAME, SINK_KINDS, FileSections, Kind
from lineside.runtime.step import Secret

_REF = "#/$defs/{name}"


def json_schema(kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """The schema of the whole file (JSON Schema 2020-12).

    A gateway, and a sink, is one of the kinds that are built, told apart by its ``kind``.
    """
    types = [FileSections, *(kind.config for kind in kinds.values()), *SINK_KINDS.values()]
    (sections, *configs), components = msgspec.json.schema_components(
        types, schema_hook=_text_schema, ref_template=_REF
    )
    defs = dict(components)
    root = defs.pop(_name_of(sections))
    tables = [_kind_schema(name, defs[_name_of(ref)]) for name, ref in zip((*kinds, *SINK_KINDS), configs, strict=True)]
    gateways, sinks = tables[: len(kinds)], tables[len(kinds) :]
    properties = {
        **root["properties"],
        "gateways": {
            "type": "object",
            "description": "Each gateway by its name; its units are NAME/1, NAME/2 …",
            "propertyNames": {"pattern": f"^{NAME.pattern}$"},
            "additionalProperties": {"oneOf": gateways},
        },
        "sinks": {
            "type": "object",
            "description": "Each reader of the journal that carries events out, by its name.",
            "propertyNames": {"pattern": f"^{NAME.pattern}$"},
            "additionalProperties": {"oneOf": sinks},
        },
    }
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "lineside.toml"}
    return {**head, **root, "title": "lineside.toml", "properties": properties, "$defs": defs}


def _kind_schema(kind: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    properties = {**schema["properties"], "kind": {"const": kind}}
    required = ["kind", *(name for name in schema.get("required", ()) if name != "kind")]
    return {**schema, "properties": properties, "required": required}


def _name_of(reference: Mapping[str, Any]) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _text_schema(wanted: type) -> dict[str, Any]:
    if wanted in (Secret, Path):
        return {"type": "string"}
    raise NotImplementedError(wanted.__name__)
