"""The JSON Schema accepts what the loader accepts."""

from __future__ import annotations

import json
import tomllib

import jsonschema_rs
import pytest

from lineside.config import TEMPLATE, json_schema
from tests.config.support import TOYS, ward


def is_valid(table: dict[str, object]) -> bool:
    return jsonschema_rs.is_valid(json_schema(TOYS), table)


def test_schema_is_json() -> None:
    schema = json.loads(json.dumps(json_schema(TOYS)))
    assert set(schema["properties"]) >= {"data_dir", "web", "journal", "gateways"}


def test_schema_accepts_good_settings() -> None:
    table = tomllib.loads(TEMPLATE)
    table["gateways"] = ward()["gateways"]
    assert is_valid(table)


@pytest.mark.parametrize(
    "table",
    [{"webb": {}}, {"web": {"address": 3}}, ward(period_s=-1), ward(perod_s=1), {"gateways": {"a": {"kind": "slots"}}}],
)
def test_schema_refuses_bad_settings(table: dict[str, object]) -> None:
    assert not is_valid(table)
