"""The signed envelope: a command request that proves who sent it, whatever carried it here.

Shape (Standard Webhooks): three headers and the raw body, signed before anything is parsed::

    webhook-id:         1..64 characters [A-Za-z0-9_.~-]; becomes the id of the command, remembered durably
    webhook-timestamp:  seconds since 1970, decimal
    webhook-signature:  one or more of  v1,<base64 HMAC-SHA256>  v1a,<base64 Ed25519>, parted by spaces
    webhook-key-id:     optional: which key; without it every valid key of the kind is tried

    signed bytes = id "." timestamp "." body

The timestamp bounds how old a captured envelope may be; the id makes a repetition harmless for ever.
Source: Standard Webhooks specification, "Signature scheme"; the key id header is decided here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from lineside.errors import BadSignature, Stale
from lineside.runtime.command import Role

AGE_S_MAX = 300.0
"""How far the timestamp may be from our clock, either way: the Standard Webhooks tolerance of five minutes."""
SIGNATURES_MAX = 8
"""Signatures tried per envelope; more only costs us time."""

HMAC_BYTES_MIN = 16
"""128 bits cannot be guessed. Standard Webhooks recommends 24 to 64 bytes; the secret of its own example has 18."""

_ID = re.compile(r"[A-Za-z0-9_.~-]{1,64}")


class KeyKind(StrEnum):
    """How a key signs."""

    HMAC = "hmac"
    ED25519 = "ed25519"


_VERSION_OF = {KeyKind.HMAC: "v1", KeyKind.ED25519: "v1a"}


@dataclass(frozen=True, slots=True)
class CommandKey:
    """A key that may sign commands.

    Attributes:
        id: its name in the keys file.
        material: HMAC secret (`HMAC_BYTES_MIN` or more; 24 to 64 are recommended) or Ed25519 public key (32 bytes).
        gateways: which gateways it may steer; None means all.

    Raises:
        ValueError: the material is none of its kind; a short secret could be guessed, an empty one is known to all.
    """

    id: str
    kind: KeyKind
    material: bytes
    role: Role = Role.OPERATOR
    gateways: frozenset[str] | None = None

    def __post_init__(self) -> None:
        if self.kind is KeyKind.ED25519:
            Ed25519PublicKey.from_public_bytes(self.material)
        elif len(self.material) < HMAC_BYTES_MIN:
            raise ValueError(f"command key {self.id!r} has {len(self.material)} bytes; at least {HMAC_BYTES_MIN}")


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """An envelope whose signature holds."""

    id: str
    key: CommandKey
    body: bytes


def verify(body: bytes, headers: Mapping[str, str], keys: Iterable[CommandKey], now: datetime) -> SignedRequest:
    """Check an envelope.

    Args:
        body: the raw bytes, as they came.
        headers: names in lower case.
        now: UTC.

    Raises:
        BadSignature: a header is missing or malformed, or no valid key made any of the signatures.
        Stale: the signature holds and the timestamp is more than `AGE_S_MAX` away.
    """
    envelope_id, timestamp = _header(headers, "webhook-id"), _header(headers, "webhook-timestamp")
    if not _ID.fullmatch(envelope_id):
        raise BadSignature("webhook-id: accepted are 1 to 64 of A-Z a-z 0-9 _ . ~ -")
    if not re.fullmatch(r"[0-9]{1,12}", timestamp):
        raise BadSignature("webhook-timestamp: accepted are seconds since 1970, decimal")
    signed = signed_bytes(envelope_id, int(timestamp), body, raw_timestamp=timestamp)
    signatures = _signatures(_header(headers, "webhook-signature"))
    wanted = headers.get("webhook-key-id")
    for key in keys:
        if (wanted is None or key.id == wanted) and any(_holds(key, v, s, signed) for v, s in signatures):
            age_s = now.timestamp() - int(timestamp)
            if abs(age_s) > AGE_S_MAX:
                raise Stale(f"the envelope is {age_s:.0f} s old; accepted are ±{AGE_S_MAX:.0f} s")
            return SignedRequest(envelope_id, key, body)
    raise BadSignature("no valid key made this signature")


def sign(body: bytes, envelope_id: str, at: datetime, key: CommandKey | Ed25519PrivateKey) -> dict[str, str]:
    """Make the headers of an envelope: with an HMAC `CommandKey`, or with an Ed25519 private key."""
    seconds = int(at.timestamp())
    signed = signed_bytes(envelope_id, seconds, body)
    if isinstance(key, Ed25519PrivateKey):
        signature = "v1a," + base64.b64encode(key.sign(signed)).decode()
    else:
        assert key.kind is KeyKind.HMAC, "a public key cannot sign"
        signature = "v1," + base64.b64encode(_hmac(key.material, signed)).decode()
    headers = {"webhook-id": envelope_id, "webhook-timestamp": str(seconds), "webhook-signature": signature}
    if isinstance(key, CommandKey):
        headers["webhook-key-id"] = key.id
    return headers


def signed_bytes(envelope_id: str, seconds: int, body: bytes, raw_timestamp: str | None = None) -> bytes:
    """The bytes under the signature: ``id.timestamp.body``, with the timestamp as it was written."""
    return b".".join((envelope_id.encode(), (raw_timestamp or str(seconds)).encode(), body))


def _holds(key: CommandKey, version: str, signature: bytes, signed: bytes) -> bool:
    if version != _VERSION_OF[key.kind]:
        return False
    if key.kind is KeyKind.HMAC:
        return hmac.compare_digest(_hmac(key.material, signed), signature)
    try:
        Ed25519PublicKey.from_public_bytes(key.material).verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def _hmac(secret: bytes, signed: bytes) -> bytes:
    return hmac.new(secret, signed, hashlib.sha256).digest()


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name)
    if not value:
        raise BadSignature(f"{name}: header is missing")
    return value


def _signatures(header: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for part in header.split()[:SIGNATURES_MAX]:
        version, _, text = part.partition(",")
        try:
            found.append((version, base64.b64decode(text, validate=True)))
        except ValueError:  # also what is not ASCII
            continue
    if not found:
        raise BadSignature("webhook-signature: accepted are v1,<base64> or v1a,<base64>, parted by spaces")
    return found
