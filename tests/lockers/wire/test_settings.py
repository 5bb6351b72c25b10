"""Settings of the wire: refused beyond their ranges."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lineside.lockers.wire import ReplyEol, SideSettings, WireSettings


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (WireSettings, {"reply_eol": "cr"}),
        (WireSettings, {"message_bytes_max": 10}),
        (WireSettings, {"lines_max": 2}),
        (WireSettings, {"cells_max": 0}),
        (WireSettings, {"message_max": 8192}),
        (SideSettings, {"eol": "\r"}),
        (SideSettings, {"eol": ""}),
    ],
)
def test_values_out_of_range_are_refused(kind: type[Any], values: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(values, kind)


def test_defaults_are_those_of_the_sheet() -> None:
    settings = msgspec.convert({}, WireSettings)
    assert (settings.message_bytes_max, settings.line_bytes_max, settings.lines_max) == (8192, 4096, 128)
    assert settings.reply_eol is ReplyEol.LF
    assert msgspec.convert({"eol": "\n"}, SideSettings).eol == "\n"
