"""The bounds of HTTP."""

from __future__ import annotations

import msgspec
import pytest

from lineside.adapters.web_server import WebLimits


@pytest.mark.parametrize("name", WebLimits.__struct_fields__)
def test_no_bound_can_be_turned_off(name: str) -> None:
    """Zero means "no limit" to aiohttp."""
    with pytest.raises(msgspec.ValidationError, match=name):
        msgspec.convert({name: 0}, WebLimits)


def test_unknown_bound_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="body_byte_max"):
        msgspec.convert({"body_byte_max": 1}, WebLimits)
