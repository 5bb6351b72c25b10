"""Secrets at rest: sealed on their way into the journal, opened on their way out, masked for everybody else.

An event is encoded by whoever appends it; each `Secret` in it leaves a place ``{"$sealed":0}``, counted per event. The
writer, who knows stream and version, puts the sealed text there::

    {"$sealed":"v1.<key id>.<base64 of nonce (12) and AES-256-GCM cipher text>"}
    {"$sealed":"v1.person.<…>","person":"casino/SITE~UID"}          sealed with that person's own key

Stream, version and person are authenticated with it: a sealed text copied to another event does not open. No other
object may have the key ``$sealed``; an event that brings one (a parameter somebody sent) is refused, so that nobody can
forge a place.
"""

from __future__ import annotations

import binascii
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lineside.errors import Sealed, Unrecordable
from lineside.runtime.journal.keys import Keys
from lineside.runtime.step import Personal, Secret

SEALED = "$sealed"
MARK = b'"$sealed":'
PERSON = b'"person":'
PERSON_KEY = "person"  # stands where the id of a common key stands
NONCE_SIZE = 12  # what AES-GCM was made for; random, safe for 2^32 secrets per key


class EventEncoder:
    """Encodes events and collects their secrets. For one thread."""

    def __init__(self) -> None:
        self._secrets: list[Secret] = []
        self._encode = msgspec.json.Encoder(enc_hook=self._on_unknown).encode

    def encode(self, event: Any) -> tuple[bytes, tuple[Secret, ...] | None]:
        """JSON with a place for each secret, and the secrets in the order of their places (None: there are none).

        Raises:
            Unrecordable: it is not JSON, or brings a ``$sealed`` of its own.
        """
        try:
            data = self._encode(event)
        except (TypeError, ValueError, RecursionError, OverflowError) as error:
            self._secrets.clear()
            raise Unrecordable(f"{type(event).__name__} cannot be encoded: {error}") from error
        if b"$" not in data:
            return data, None
        found = tuple(self._secrets)
        self._secrets.clear()
        if data.count(MARK) != len(found):
            raise Unrecordable(f"{type(event).__name__} holds the key {SEALED!r}, which only a sealed secret may have")
        return data, found or None

    def _on_unknown(self, value: Any) -> dict[str, int]:
        if isinstance(value, Secret):
            self._secrets.append(value)
            return {SEALED: len(self._secrets) - 1}
        raise TypeError(f"{type(value).__name__} is not a JSON type")


def seal(text: bytes, key: bytes, key_id: str, bound_to: bytes) -> str:
    """Seal bytes; the result opens only with the same key and the same ``bound_to``."""
    nonce = secrets.token_bytes(NONCE_SIZE)
    cipher = AESGCM(key).encrypt(nonce, text, bound_to)
    return f"v1.{key_id}.{b64encode(nonce + cipher).decode()}"


def open_sealed(sealed: str, keys: Mapping[str, bytes], bound_to: bytes) -> bytes:
    """Open what `seal` made.

    Raises:
        Sealed: its key is not among ``keys``, or it was made for another place or changed.
    """
    version, _, rest = sealed.partition(".")
    key_id, _, body = rest.partition(".")
    if version != "v1":
        raise Sealed("this is not a sealed text of a version known here")
    key = keys.get(key_id)
    if key is None:
        raise Sealed(f"key {key_id} is not here (erased, or missing in the keys file)")
    try:
        raw = b64decode(body, validate=True)
        return AESGCM(key).decrypt(raw[:NONCE_SIZE], raw[NONCE_SIZE:], bound_to)
    except (InvalidTag, binascii.Error, ValueError) as error:
        raise Sealed(f"it does not open with key {key_id}: made for another place, or changed") from error


def bound_to_event(stream: str, version: int, person: str = "") -> bytes:
    """What a secret of an event is bound to."""
    return f"event\n{stream}\n{version}\n{person}".encode()


def put_sealed(
    data: bytes, found: tuple[Secret, ...], stream: str, version: int, keys: Keys, person_key: Callable[[str], bytes]
) -> bytes:
    """Fill the places that `EventEncoder` left.

    Args:
        person_key: gives the key of a person, made if there is none.
    """
    for index, secret in enumerate(found):
        text = secret.reveal().encode("utf-8", "surrogatepass")
        if isinstance(secret, Personal):
            bound_to = bound_to_event(stream, version, secret.person)
            sealed = seal(text, person_key(secret.person), PERSON_KEY, bound_to)
            place = msgspec.json.encode({SEALED: sealed, "person": secret.person})
        else:
            sealed = seal(text, keys.sealing[keys.sealing_id], keys.sealing_id, bound_to_event(stream, version))
            place = msgspec.json.encode({SEALED: sealed})
        data = data.replace(b'{"$sealed":%d}' % index, place)
    return data


class Opener:
    """Opens the secrets of read events: with the common keys and the keys of the persons found with them."""

    __slots__ = ("_keys", "_people")

    def __init__(self, keys: Keys, people: Mapping[str, bytes]) -> None:
        self._keys = keys
        self._people = people

    def opened(self, value: Any, stream: str, version: int) -> Any:
        """Decoded JSON with each sealed object replaced by its `Secret` or `Personal`.

        Raises:
            Sealed: one of them does not open.
        """
        return _replaced(value, lambda place: self._secret(place, stream, version))

    def opened_or_empty(self, value: Any, stream: str, version: int) -> Any:
        """As `opened`; what does not open becomes an empty secret."""

        def found(place: dict[str, Any]) -> Secret:
            try:
                return self._secret(place, stream, version)
            except Sealed:
                person = place.get("person")
                return Personal("", person) if isinstance(person, str) else Secret("")

        return _replaced(value, found)

    def masked(self, value: Any, stream: str, version: int) -> Any:
        """Decoded JSON with each sealed object replaced by its mask: at most the last two characters."""

        def mask(place: dict[str, Any]) -> str:
            try:
                return self._secret(place, stream, version).masked
            except Sealed:
                return "…"

        return _replaced(value, mask)

    def _secret(self, place: dict[str, Any], stream: str, version: int) -> Secret:
        sealed, person = place[SEALED], place.get("person")
        if not isinstance(sealed, str):
            raise Sealed("this place was never filled")
        if not isinstance(person, str):
            text = open_sealed(sealed, self._keys.sealing, bound_to_event(stream, version))
            return Secret(text.decode("utf-8", "surrogatepass"))
        key = self._people.get(person)
        if key is None:
            raise Sealed(f"the key of {person} was erased")
        text = open_sealed(sealed, {PERSON_KEY: key}, bound_to_event(stream, version, person))
        return Personal(text.decode("utf-8", "surrogatepass"), person)


def _replaced(value: Any, replace: Callable[[dict[str, Any]], Any]) -> Any:
    if isinstance(value, dict):
        if SEALED in value:
            return replace(value)
        return {key: _replaced(one, replace) for key, one in value.items()}
    if isinstance(value, list):
        return [_replaced(one, replace) for one in value]
    return value


# ---------------------------------------------------------------------- keys of persons


def seal_person_key(key: bytes, person: str, keys: Keys) -> str:
    """A person's key as the table of persons keeps it."""
    return seal(key, keys.sealing[keys.sealing_id], keys.sealing_id, f"person\n{person}".encode())


def open_person_key(sealed: str, person: str, keys: Keys) -> bytes:
    """A person's key from the table.

    Raises:
        Sealed: the key that sealed it is not here.
    """
    return open_sealed(sealed, keys.sealing, f"person\n{person}".encode())


def persons_in(data: bytes) -> set[str]:
    """Names of the persons whose keys are needed to open stored bytes."""
    if MARK not in data or PERSON not in data:
        return set()
    names: set[str] = set()

    def note(place: dict[str, Any]) -> None:
        person = place.get("person")
        if isinstance(person, str):
            names.add(person)

    _replaced(msgspec.json.decode(data), note)
    return names
