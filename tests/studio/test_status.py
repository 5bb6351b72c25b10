"""StudioStatus: attributes, keys, and the two ways between it and a table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from lineside.studio.model import FieldView, MaintenanceView, TableView
from lineside.studio.status import ATTRIBUTES, StudioStatus
from lineside.studio.wire import FIELDS, DeviceStatus, ServiceStatus, Update

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def view(**values: str) -> TableView:
    fields = tuple(
        FieldView(key, f.name, f.kind, values.get(f.name, f.start), "", None, "", False, False, False)
        for key, f in FIELDS.items()
    )
    return TableView("ARO-001", 7, 60, AT, AT, MaintenanceView(True, AT, None, "anna"), fields, {})


def test_attributes_are_also_there_by_their_keys() -> None:
    one = StudioStatus(TABLE_ID="ARO-001", ZCam="up", sdp="exception")
    assert one.zcam == one.ZCam == "up"
    assert one.SDP is ServiceStatus.EXCEPTION or one.SDP == "exception"
    assert one.MAINTENANCE is False
    assert len(ATTRIBUTES) == 12
    with pytest.raises(AttributeError, match="toaster"):
        _ = one.toaster


def test_equal_when_all_twelve_are() -> None:
    first, second = (StudioStatus("A", timestamp="t") for _ in range(2))
    assert first == second
    second.idp = "up"
    assert first != second
    assert first != "A"
    assert "idp='up'" in repr(second)
    with pytest.raises(TypeError):
        hash(first)


def test_update_is_taken_as_enums_and_counted() -> None:
    one = StudioStatus("A", timestamp=datetime(2024, 1, 1))
    one.take(Update({"SDP": "up", "ZCam": "up", "MAINTENANCE": True}, {"note": 1}))
    assert (one.sdp, one.zcam, one.maintenance, one.uptime) == (ServiceStatus.UP, DeviceStatus.UP, True, 1)
    assert isinstance(one.sdp, ServiceStatus)
    assert isinstance(one.timestamp, datetime)
    one.take(Update({"SDP": "up_idle"}))
    assert one.sdp == "up_idle"


def test_changes_are_what_a_new_table_has_not() -> None:
    assert StudioStatus("A").changes() == {}
    assert StudioStatus("A", sdp="up", broker="down", maintenance=True).changes() == {"sdp": "up", "maintenance": True}


def test_served_one_tells_the_programs_changes_and_not_the_tables() -> None:
    told: list[tuple[str, Any]] = []
    one = StudioStatus("ARO-001")
    one.sdp = "down"  # nobody stands behind it yet
    assert not one.is_served
    one.serve(lambda name, value: told.append((name, value)))
    one.show(view(sdp="up"))
    assert (one.sdp, one.uptime, one.maintenance) == ("up", 7, True)
    assert datetime.fromisoformat(str(one.timestamp)).astimezone(UTC) == AT
    assert told == []
    one.sdp = "exception"
    one.maintenance = False
    one.note = "own attributes are nobody's business"
    assert told == [("sdp", "exception"), ("maintenance", False)]
    one.show()  # it was refused: what the table shows counts
    assert (one.sdp, one.maintenance) == ("up", True)
