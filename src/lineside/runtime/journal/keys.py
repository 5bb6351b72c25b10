"""The keys of one installation: what seals secrets, what signs checkpoints, and who may sign commands.

Kept in one TOML file of mode 0600, outside ``data_dir``, so that a copy of the data is worth nothing without it::

    [sealing]
    current = "3f9a01c2"               # new secrets are sealed with this one
    [sealing.keys]                     # all of these open
    3f9a01c2 = "base64, 32 bytes"

    [signing]
    key = "base64, 32 bytes"           # Ed25519 private key of new checkpoints
    public = ["base64, 32 bytes"]      # earlier public keys, whose checkpoints still count

    [commands.back-office]             # keys that may sign commands, by id
    kind = "hmac"                      # or "ed25519": then material is the public key
    material = "base64"
    role = "operator"
    gateways = ["floor"]               # left out: all

An id is the beginning of the key's own SHA-256, so that a key can never stand under another's id. Rotation: a new
current key is put beside the old ones; an old one is taken out when nothing is sealed with it any more.
"""

from __future__ import annotations

import os
import secrets
import stat
import tomllib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from lineside.errors import ConfigError
from lineside.runtime.command import Role
from lineside.runtime.envelope import CommandKey, KeyKind
from lineside.runtime.journal.era import sync_folder, write_whole

SEALING_SIZE = 32  # AES-256
CREDENTIAL = "lineside-keys"  # the name in systemd's LoadCredential=


class SealingSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[sealing]`` of the file."""

    current: str
    keys: dict[str, str]


class SigningSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[signing]`` of the file."""

    key: str
    public: list[str] = []


class CommandSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[commands.ID]`` of the file."""

    kind: KeyKind
    material: str
    role: Role = Role.OPERATOR
    gateways: list[str] | None = None


class KeysFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    sealing: SealingSection
    signing: SigningSection
    commands: dict[str, CommandSection] = {}


class Keys:
    """All keys of one installation; unchangeable, rotation makes a new one.

    Attributes:
        sealing: id → 32 bytes; all of them open.
        sealing_id: the one that seals.
        signing_id: id of the key that signs checkpoints.
        command_keys: id → key that may sign commands.
    """

    def __init__(
        self,
        sealing: Mapping[str, bytes],
        sealing_id: str,
        signing: Ed25519PrivateKey,
        public: tuple[Ed25519PublicKey, ...] = (),
        command_keys: Mapping[str, CommandKey] | None = None,
    ) -> None:
        self.sealing = dict(sealing)
        self.sealing_id = sealing_id
        self.command_keys = dict(command_keys or {})
        self._signing = signing
        self._public = {_public_id(key): key for key in (*public, signing.public_key())}
        self.signing_id = _public_id(signing.public_key())

    def __repr__(self) -> str:
        return f"Keys(sealing {self.sealing_id}, signing {self.signing_id}, {len(self.command_keys)} for commands)"

    @classmethod
    def generate(cls) -> Keys:
        """New random keys."""
        key = secrets.token_bytes(SEALING_SIZE)
        return cls({_sealing_id(key): key}, _sealing_id(key), Ed25519PrivateKey.generate())

    # ------------------------------------------------------------------ signing

    def sign(self, data: bytes) -> bytes:
        """Ed25519 signature, 64 bytes, by the present key."""
        return self._signing.sign(data)

    def is_signed(self, data: bytes, signature: bytes, key_id: str) -> bool | None:
        """Whether ``signature`` is that key's over ``data``; None when the key is not known here."""
        key = self._public.get(key_id)
        if key is None:
            return None
        try:
            key.verify(signature, data)
        except (InvalidSignature, TypeError, ValueError):  # of a damaged row any column may be of any type
            return False
        return True

    # ------------------------------------------------------------------ rotation

    def with_new_sealing_key(self) -> Keys:
        """The same keys, and a new one that seals from here on."""
        key = secrets.token_bytes(SEALING_SIZE)
        sealing = {**self.sealing, _sealing_id(key): key}
        return Keys(sealing, _sealing_id(key), self._signing, tuple(self._public.values()), self.command_keys)

    def without_sealing_key(self, key_id: str) -> Keys:
        """The same keys without an old sealing key; what it sealed stays closed."""
        assert key_id != self.sealing_id, "the present key cannot go"
        sealing = {name: key for name, key in self.sealing.items() if name != key_id}
        return Keys(sealing, self.sealing_id, self._signing, tuple(self._public.values()), self.command_keys)

    def with_new_signing_key(self) -> Keys:
        """The same keys, and a new one that signs from here on; checkpoints of the old one still count."""
        public = tuple(self._public.values())
        return Keys(self.sealing, self.sealing_id, Ed25519PrivateKey.generate(), public, self.command_keys)

    def with_command_key(self, key: CommandKey) -> Keys:
        """The same keys, and ``key`` may sign commands."""
        command_keys = {**self.command_keys, key.id: key}
        return Keys(self.sealing, self.sealing_id, self._signing, tuple(self._public.values()), command_keys)

    # ------------------------------------------------------------------ the file

    @classmethod
    def load_or_make(cls, path: Path, *, data_dir: Path | None = None, environ: Mapping[str, str] = os.environ) -> Keys:
        """Read the keys; make them on the first start. A systemd credential ``lineside-keys`` goes before the file.

        Args:
            path: the keys file.
            data_dir: the file is refused inside it.

        Raises:
            ConfigError: inside ``data_dir``; readable by others; not a keys file; cannot be read or made.
        """
        credentials = environ.get("CREDENTIALS_DIRECTORY")
        if credentials and (Path(credentials) / CREDENTIAL).is_file():
            return cls.load(Path(credentials) / CREDENTIAL)
        if data_dir is not None and path.resolve().is_relative_to(data_dir.resolve()):
            text = f"{str(path)!r} lies inside data_dir {str(data_dir)!r}; accepted is a path outside it"
            raise ConfigError(text, "keys.file")
        if not path.exists():
            made = cls.generate()
            try:
                made.save(path, over=False)
            except FileExistsError:  # another process was faster; its keys are the keys
                pass
            except OSError as error:
                raise ConfigError(f"{str(path)!r} cannot be made: {error.strerror}", "keys.file") from error
        return cls.load(path)

    @classmethod
    def load(cls, path: Path) -> Keys:
        """Read a keys file.

        Raises:
            ConfigError: readable by others; not a keys file; cannot be read.
        """
        try:
            with open(path, "rb") as file:
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                text = file.read().decode()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{str(path)!r} cannot be read: {error}", "keys.file") from error
        # Root may read everything, so the bits are looked at instead of trying.
        if mode & 0o077:
            hint = f"{str(path)!r} has mode {mode:04o}, so others may read it; accepted is 0600 (chmod 600)"
            raise ConfigError(hint, "keys.file")
        try:
            return _keys_from_file(msgspec.convert(tomllib.loads(text), KeysFile))
        except (tomllib.TOMLDecodeError, msgspec.MsgspecError, ValueError) as error:
            raise ConfigError(f"{str(path)!r} is not a keys file: {error}", "keys.file") from error

    def save(self, path: Path, *, over: bool = True) -> None:
        """Write the file, mode 0600, whole or not at all.

        Args:
            over: an existing file is replaced.

        Raises:
            FileExistsError: it is there, and was not to be replaced.
            OSError: nothing was changed.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except FileExistsError as error:
            raise NotADirectoryError(error.errno, f"{path.parent} is no folder") from error
        if over:
            write_whole(path, self.to_toml().encode())
            return
        new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        write_whole(new, self.to_toml().encode())
        try:
            os.link(new, path)  # fails when it is there already, which a rename would not
        finally:
            new.unlink()
        sync_folder(path.parent)

    def to_toml(self) -> str:
        """The text of the file; as secret as the keys."""
        public = [_text(key.public_bytes_raw()) for key_id, key in self._public.items() if key_id != self.signing_id]
        lines = [
            "# The keys of lineside: what seals secrets and signs checkpoints. Keep a copy in a safe place;",
            "# without this file sealed secrets stay closed. Mode 0600, never inside data_dir.",
            "",
            "[sealing]",
            f'current = "{self.sealing_id}"',
            "[sealing.keys]",
            *(f'{key_id} = "{_text(key)}"' for key_id, key in self.sealing.items()),
            "",
            "[signing]",
            f'key = "{_text(self._signing.private_bytes_raw())}"',
            f"public = {_toml_list(public)}",
        ]
        for key in self.command_keys.values():
            lines += ["", f"[commands.{_toml_text(key.id)}]", f'kind = "{key.kind}"']
            lines += [f'material = "{_text(key.material)}"', f'role = "{key.role}"']
            if key.gateways is not None:
                lines.append(f"gateways = {_toml_list(sorted(key.gateways))}")
        return "\n".join(lines) + "\n"


def _keys_from_file(file: KeysFile) -> Keys:
    sealing = {key_id: b64decode(text, validate=True) for key_id, text in file.sealing.keys.items()}
    for key_id, key in sealing.items():
        if len(key) != SEALING_SIZE or key_id != _sealing_id(key):
            raise ValueError(f"sealing.keys.{key_id}: not {SEALING_SIZE} bytes under their own id")
    if file.sealing.current not in sealing:
        raise ValueError(f"sealing.current {file.sealing.current!r}: accepted is one of {', '.join(sealing)}")
    commands = {
        key_id: CommandKey(
            key_id,
            section.kind,
            b64decode(section.material, validate=True),
            section.role,
            None if section.gateways is None else frozenset(section.gateways),
        )
        for key_id, section in file.commands.items()
    }
    public = tuple(Ed25519PublicKey.from_public_bytes(b64decode(text, validate=True)) for text in file.signing.public)
    signing = Ed25519PrivateKey.from_private_bytes(b64decode(file.signing.key, validate=True))
    return Keys(sealing, file.sealing.current, signing, public, commands)


def _sealing_id(key: bytes) -> str:
    return sha256(b"lineside sealing key " + key).hexdigest()[:8]


def _public_id(key: Ed25519PublicKey) -> str:
    return sha256(b"lineside signing key " + key.public_bytes_raw()).hexdigest()[:8]


def _text(data: bytes) -> str:
    return b64encode(data).decode()


def _toml_text(text: Any) -> str:
    """A basic TOML string: JSON's escapes are a part of TOML's."""
    return msgspec.json.encode(str(text)).decode()


def _toml_list(texts: list[str]) -> str:
    return "[" + ", ".join(_toml_text(text) for text in texts) + "]"
