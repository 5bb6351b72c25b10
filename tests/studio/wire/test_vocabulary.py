"""Words, spellings, accepted values and what a game does without."""

from __future__ import annotations

import pytest

from lineside.studio.wire.vocabulary import (
    FIELDS,
    MAINTENANCE,
    DeviceStatus,
    FieldKind,
    ServiceStatus,
    StatusValues,
    accepted_values,
    base_of,
    game_of,
    ignored_by_game,
    ignored_by_lists,
    is_bad,
    is_settable,
    key_of,
)


def test_fields_are_those_of_a_snapshot_in_its_order_with_their_start_values() -> None:
    assert {key: field.start for key, field in FIELDS.items()} == {
        "SDP": "standby",
        "IDP": "standby",
        "BROKER": "down",
        "ZCam": "down",
        "ROULETTE": "down",
        "SHAKER": "down",
        "BARCODE_SCANNER": "down",
        "NFC_SCANNER": "down",
    }
    assert list(FIELDS) == ["SDP", "IDP", "BROKER", "ZCam", "ROULETTE", "SHAKER", "BARCODE_SCANNER", "NFC_SCANNER"]


def test_statuses_equal_plain_strings() -> None:
    assert str(ServiceStatus.UP) == ServiceStatus("up")
    assert list(ServiceStatus) == ["up", "down", "standby", "calibration", "exception"]
    assert list(DeviceStatus) == ["up", "down"]


@pytest.mark.parametrize(
    ("names", "key"),
    [
        (("zcam", "zCam", "ZCam", "z_cam", "ZCAM"), "ZCam"),
        (("barcode_scanner", "barcodeScanner", "barcode", "BARCODE_SCANNER"), "BARCODE_SCANNER"),
        (("nfc_scanner", "nfcScanner", "nfc", "NFC"), "NFC_SCANNER"),
        (("sdp", "SDP", "Sdp"), "SDP"),
        (("idp",), "IDP"),
        (("broker",), "BROKER"),
        (("roulette",), "ROULETTE"),
        (("shaker",), "SHAKER"),
        (("maintenance", "MAINTENANCE", "Maintenance"), MAINTENANCE),
        (("", "sdp ", "camera", "uptime", "zcam2"), None),
    ],
)
def test_spellings_mean_one_key(names: tuple[str, ...], key: str | None) -> None:
    assert {key_of(name) for name in names} == {key}


def test_what_a_snapshot_only_tells_cannot_be_set() -> None:
    assert [name for name in ("uptime", "TIMESTAMP", "table_id", "tableId", "custom") if is_settable(name)] == [
        "custom"
    ]


def test_extended_values_are_for_sdp_and_standby_for_devices_too() -> None:
    seed, extended = accepted_values(StatusValues.SEED), accepted_values(StatusValues.EXTENDED)
    assert "up_idle" not in seed["SDP"]
    assert extended["SDP"] - seed["SDP"] == {
        *("up_running", "up_idle", "up_resume", "up_cancel", "down_pause", "down_cancel", "idle", "initial")
    }
    assert extended["IDP"] == seed["IDP"]
    for key, field in FIELDS.items():
        if field.kind is FieldKind.DEVICE:
            assert extended[key] - seed[key] == {"standby"}
    assert accepted_values(StatusValues.SEED) == seed


def test_base_is_the_part_before_the_underscore_and_down_and_exception_are_bad() -> None:
    assert (base_of("up_idle"), base_of("down_pause"), base_of("standby")) == ("up", "down", "standby")
    values = ("up", "down", "standby", "calibration", "exception", "up_cancel", "down_pause", "idle")
    assert [value for value in values if is_bad(value)] == ["down", "exception", "down_pause"]


def test_game_is_known_by_the_prefix_and_says_what_is_ignored() -> None:
    assert [game_of(name) for name in ("ARO-001", "SBO-001", "BAC-001", "Studio-Roulette-Test", "AROX")] == [
        "roulette",
        "sicbo",
        "baccarat",
        None,
        None,
    ]
    assert ignored_by_game("ARO-001") == {"IDP", "BROKER", "SHAKER", "BARCODE_SCANNER"}
    assert ignored_by_game("SBO-001") == {"ROULETTE", "BARCODE_SCANNER"}
    assert ignored_by_game("BAC-001") == {"BROKER", "ROULETTE", "SHAKER"}
    assert ignored_by_game("free") == frozenset()


def test_longest_list_counts_and_none_is_not_the_same_as_an_empty_one() -> None:
    lists = {"ARO-*": ["shaker", "nfc"], "ARO-00*": ["zCam"], "ARO-001": [], "*": ["sdp"]}
    assert ignored_by_lists("ARO-001", lists) == frozenset()
    assert set(ignored_by_lists("ARO-002", lists) or ()) == {"ZCam"}
    assert set(ignored_by_lists("ARO-102", lists) or ()) == {"SHAKER", "NFC_SCANNER"}
    assert set(ignored_by_lists("BAC-001", lists) or ()) == {"SDP"}
    assert ignored_by_lists("BAC-001", {"ARO-*": []}) is None


@pytest.mark.parametrize("name", ["maintenance", "camera"])
def test_list_names_only_fields(name: str) -> None:
    with pytest.raises(KeyError):
        ignored_by_lists("T", {"T": [name]})
