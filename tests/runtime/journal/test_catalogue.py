from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

import msgspec
import pytest

from lineside.errors import Unreadable, Unrecordable
from lineside.runtime.journal import EVENTS, Catalogue
from lineside.runtime.step import Event, Personal, Secret
from tests.runtime.journal.scene import Noted


class Grown(Event, frozen=True):
    """The third form of an event."""

    schema: ClassVar[int] = 3
    upcasters: ClassVar[Mapping[int, Any]] = {
        1: lambda old: {"first": old["name"], "code": old["code"]},
        2: lambda old: {**old, "last": ""},
    }
    first: str
    last: str
    code: Secret


class Timed(Event, frozen=True):
    """An event with a time and a map."""

    at: datetime
    by_number: dict[int, Secret | None] = {}  # noqa: RUF012


CATALOGUE = Catalogue([Grown, Noted], [Timed])


def test_the_journals_own_kinds_are_always_known() -> None:
    assert set(EVENTS) <= set(Catalogue())
    assert "Carried" in Catalogue()


def test_a_class_may_be_named_twice_and_two_classes_of_one_name_may_not() -> None:
    assert list(Catalogue([Noted], [Noted])).count(Noted) == 1
    other = type("Noted", (Event,), {"__annotations__": {}}, frozen=True)
    with pytest.raises(AssertionError, match="Noted"):
        Catalogue([Noted], [other])


def test_events_of_every_older_form_are_brought_up() -> None:
    secret = Secret("code")
    wanted = Grown("anna", "", secret)
    assert CATALOGUE.build("Grown", 1, {"name": "anna", "code": secret}) == wanted
    assert CATALOGUE.build("Grown", 2, {"first": "anna", "code": secret}) == wanted
    assert CATALOGUE.decode("Grown", 1, b'{"name":"anna","code":"code"}') == wanted, "text of a time before the secret"


@pytest.mark.parametrize(
    ("kind", "schema", "data", "says"),
    [
        ("Gone", 1, b"{}", "Gone is unknown"),
        ("Grown", 4, b"{}", "reads up to 3"),
        ("Noted", 1, b"{}", "number"),
        ("Noted", 1, b'{"number":"x"}', "number"),
        ("Noted", 1, b"not json", "Noted"),
        ("Grown", 1, b"{}", "KeyError"),
        ("Grown", 3, b'{"first":"a","last":"b","code":5}', "Secret"),
    ],
)
def test_what_cannot_be_read_says_why(kind: str, schema: int, data: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        CATALOGUE.decode(kind, schema, data)


def test_opened_secrets_pass_and_json_types_are_converted() -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    personal = Personal("maria", "p/1")
    value = {"at": "2026-01-02T00:00:00Z", "by_number": {"7": personal, "8": None}}
    found = CATALOGUE.build("Timed", 1, value)
    assert found == Timed(at, {7: personal, 8: None})
    assert isinstance(found, Timed)
    assert isinstance(found.by_number[7], Personal)
    assert CATALOGUE.decode("Timed", 1, msgspec.json.encode({"at": at})) == Timed(at)


def test_a_kind_that_nobody_named_is_not_recorded() -> None:
    with pytest.raises(Unrecordable, match="Timed is not in the catalogue"):
        Catalogue([Noted]).entry(Timed(datetime.now(UTC)))
