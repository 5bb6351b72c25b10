from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from lineside.errors import BadSignature, Stale
from lineside.runtime import envelope
from lineside.runtime.envelope import AGE_S_MAX, SIGNATURES_MAX, CommandKey, KeyKind, sign, verify

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
HMAC_KEY = CommandKey("k1", KeyKind.HMAC, b"0123456789abcdef01234567")
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC_KEY = CommandKey("e1", KeyKind.ED25519, PRIVATE.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
BODY = b'{"unit":"ward/1","name":"STOP"}'


@pytest.mark.parametrize("signer", [HMAC_KEY, PRIVATE])
def test_signed_envelope_is_taken(signer: CommandKey | Ed25519PrivateKey) -> None:
    taken = verify(BODY, sign(BODY, "id-1", NOW, signer), [HMAC_KEY, PUBLIC_KEY], NOW)
    assert (taken.id, taken.body) == ("id-1", BODY)


def test_specification_vector_of_standard_webhooks_is_reproduced() -> None:
    """The published example: secret whsec_plJ3nmyCDGBKInavdOK15jsl, msg_loFOjxBNrRLzqYUf, 1731705121."""
    import base64

    key = CommandKey("k", KeyKind.HMAC, base64.b64decode("plJ3nmyCDGBKInavdOK15jsl"))
    body = b'{"event_type":"ping","data":{"success":true}}'
    headers = {
        "webhook-id": "msg_loFOjxBNrRLzqYUf",
        "webhook-timestamp": "1731705121",
        "webhook-signature": "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
    }
    at = datetime.fromtimestamp(1731705121, UTC)
    assert verify(body, headers, [key], at).id == "msg_loFOjxBNrRLzqYUf"


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_no_changed_byte_of_the_body_is_taken(place: int, flip: int) -> None:
    changed = bytearray(BODY)
    changed[place] ^= flip
    with pytest.raises(BadSignature):
        verify(bytes(changed), sign(BODY, "id-1", NOW, HMAC_KEY), [HMAC_KEY], NOW)


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp"])
def test_changed_header_is_not_taken(header: str) -> None:
    headers = sign(BODY, "id-1", NOW, HMAC_KEY)
    headers[header] = headers[header][:-1] + ("0" if headers[header][-1] != "0" else "1")
    with pytest.raises(BadSignature):
        verify(BODY, headers, [HMAC_KEY], NOW)


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_missing_header_is_named(header: str) -> None:
    headers = sign(BODY, "id-1", NOW, HMAC_KEY)
    del headers[header]
    with pytest.raises(BadSignature, match=header):
        verify(BODY, headers, [HMAC_KEY], NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook-id": "a b"},
        {"webhook-id": "x" * 65},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "-5"},
        {"webhook-signature": "v1,@@@"},
        {"webhook-signature": "v9,AAAA"},
        {"webhook-signature": "v1,ÄÖÜ"},
        {"webhook-signature": "v1"},
        {"webhook-timestamp": "١٢"},
        {"webhook-key-id": "another"},
    ],
)
def test_malformed_header_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        verify(BODY, {**sign(BODY, "id-1", NOW, HMAC_KEY), **changes}, [HMAC_KEY], NOW)


@pytest.mark.parametrize("off_s", [AGE_S_MAX + 1, -AGE_S_MAX - 1])
def test_old_or_future_envelope_is_stale(off_s: float) -> None:
    with pytest.raises(Stale):
        verify(BODY, sign(BODY, "id-1", NOW, HMAC_KEY), [HMAC_KEY], NOW + timedelta(seconds=off_s))


def test_several_keys_are_valid_at_once() -> None:
    other = CommandKey("k2", KeyKind.HMAC, b"another secret of 24 b..")
    assert verify(BODY, sign(BODY, "i", NOW, other), [HMAC_KEY, PUBLIC_KEY, other], NOW).key is other


@pytest.mark.parametrize("material", [b"", b"short", bytes(15)])
def test_secret_that_could_be_guessed_is_no_key(material: bytes) -> None:
    with pytest.raises(ValueError, match="at least 16"):
        CommandKey("k", KeyKind.HMAC, material)


def test_public_key_of_another_size_is_no_key() -> None:
    with pytest.raises(ValueError, match="32"):
        CommandKey("e", KeyKind.ED25519, bytes(31))


def test_signature_of_one_kind_is_not_taken_for_the_other() -> None:
    headers = sign(BODY, "id-1", NOW, HMAC_KEY)
    headers["webhook-signature"] = headers["webhook-signature"].replace("v1,", "v1a,")
    del headers["webhook-key-id"]
    with pytest.raises(BadSignature):
        verify(BODY, headers, [HMAC_KEY, PUBLIC_KEY], NOW)


def test_no_more_signatures_are_tried_than_the_limit() -> None:
    headers = sign(BODY, "id-1", NOW, HMAC_KEY)
    good = headers["webhook-signature"]
    headers["webhook-signature"] = " ".join(["v1,AAAA"] * SIGNATURES_MAX + [good])
    with pytest.raises(BadSignature):
        verify(BODY, headers, [HMAC_KEY], NOW)
    headers["webhook-signature"] = " ".join(["v1,AAAA"] * (SIGNATURES_MAX - 1) + [good])
    assert verify(BODY, headers, [HMAC_KEY], NOW).id == "id-1"


def test_broken_build_without_the_id_under_the_signature_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    headers = sign(BODY, "id-1", NOW, HMAC_KEY)
    moved = {**headers, "webhook-id": "id-2"}
    with pytest.raises(BadSignature):
        verify(BODY, moved, [HMAC_KEY], NOW)

    def unbound(envelope_id: str, seconds: int, body: bytes, raw_timestamp: str | None = None) -> bytes:
        return body

    monkeypatch.setattr(envelope, "signed_bytes", unbound)
    broken = {**sign(BODY, "id-1", NOW, HMAC_KEY), "webhook-id": "id-2"}
    assert verify(BODY, broken, [HMAC_KEY], NOW).id == "id-2", "the test above would see this build"
