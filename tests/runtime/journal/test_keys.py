from __future__ import annotations

import stat
from pathlib import Path

import pytest

from lineside.errors import ConfigError
from lineside.runtime.command import Role
from lineside.runtime.envelope import CommandKey, KeyKind
from lineside.runtime.journal import Keys


def test_keys_are_made_once_with_mode_0600_and_read_again(folder: Path) -> None:
    path = folder / "etc" / "keys.toml"
    made = Keys.load_or_make(path, data_dir=folder / "var", environ={})
    again = Keys.load_or_make(path, data_dir=folder / "var", environ={})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert again.sealing == made.sealing
    assert again.signing_id == made.signing_id
    assert again.is_signed(b"text", made.sign(b"text"), made.signing_id)
    assert [p.name for p in path.parent.iterdir()] == ["keys.toml"]


def test_keys_are_refused_inside_the_data_folder(folder: Path) -> None:
    with pytest.raises(ConfigError, match="inside data_dir"):
        Keys.load_or_make(folder / "var" / "keys.toml", data_dir=folder / "var", environ={})
    (folder / "elsewhere").symlink_to(folder)
    with pytest.raises(ConfigError, match="inside data_dir"):
        Keys.load_or_make(folder / "elsewhere" / "var" / "keys.toml", data_dir=folder / "var", environ={})


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o602, 0o660])
def test_a_file_that_others_may_read_is_refused_with_its_mode(folder: Path, mode: int) -> None:
    path = folder / "keys.toml"
    Keys.load_or_make(path, environ={})
    path.chmod(mode)
    with pytest.raises(ConfigError, match=f"mode {mode:04o}.*0600") as caught:
        Keys.load_or_make(path, environ={})
    assert caught.value.key == "keys.file"


def test_a_systemd_credential_goes_before_the_file(folder: Path) -> None:
    credential = folder / "lineside-keys"
    Keys.generate().save(credential)
    found = Keys.load_or_make(folder / "keys.toml", environ={"CREDENTIALS_DIRECTORY": str(folder)})
    assert found.signing_id == Keys.load(credential).signing_id
    assert not (folder / "keys.toml").exists()


def test_the_faster_of_two_processes_makes_the_keys(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "keys.toml"
    first = Keys.load_or_make(path, environ={})
    monkeypatch.setattr(Path, "exists", lambda self: False)
    assert Keys.load_or_make(path, environ={}).signing_id == first.signing_id


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "missing required field"),
        ("[sealing", "Expected"),
        ('[sealing]\ncurrent = "a"\n[sealing.keys]\na = "AAAA"\n[signing]\nkey = ""\n', "sealing.keys.a"),
        ('[sealing]\ncurrent = "a"\n[sealing.keys]\n[signing]\nkey = ""\n', "sealing.current"),
        ("\xff", "not a keys file"),
    ],
)
def test_what_is_not_a_keys_file_is_refused(folder: Path, text: str, says: str) -> None:
    path = folder / "keys.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(ConfigError, match=says):
        Keys.load(path)


def test_a_key_under_the_wrong_id_is_refused(folder: Path) -> None:
    path = folder / "keys.toml"
    keys = Keys.generate()
    keys.save(path)
    path.write_text(path.read_text().replace(keys.sealing_id, "00000000"))
    with pytest.raises(ConfigError, match=r"sealing\.keys\.00000000"):
        Keys.load(path)


def test_a_missing_or_unreadable_file_names_itself(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml"):
        Keys.load(folder / "absent.toml")
    (folder / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be made"):
        Keys.load_or_make(folder / "file" / "keys.toml", environ={})


def test_rotation_keeps_what_the_old_keys_did(folder: Path) -> None:
    old = Keys.generate()
    new = old.with_new_sealing_key().with_new_signing_key()
    assert new.sealing_id != old.sealing_id
    assert set(new.sealing) == {old.sealing_id, new.sealing_id}
    assert new.is_signed(b"x", old.sign(b"x"), old.signing_id) is True
    assert new.is_signed(b"y", old.sign(b"x"), old.signing_id) is False
    assert old.is_signed(b"x", new.sign(b"x"), new.signing_id) is None
    new.save(folder / "keys.toml")
    loaded = Keys.load(folder / "keys.toml")
    assert loaded.is_signed(b"x", old.sign(b"x"), old.signing_id) is True
    assert loaded.sealing == new.sealing
    assert set(new.without_sealing_key(old.sealing_id).sealing) == {new.sealing_id}


def test_command_keys_are_kept_in_the_file(folder: Path) -> None:
    keys = (
        Keys.generate()
        .with_command_key(CommandKey('back "office"', KeyKind.HMAC, b"s" * 32, Role.ADMIN, frozenset({"a", "b"})))
        .with_command_key(CommandKey("all", KeyKind.ED25519, b"p" * 32))
    )
    keys.save(folder / "keys.toml")
    assert Keys.load(folder / "keys.toml").command_keys == keys.command_keys


def test_a_print_of_the_keys_shows_none() -> None:
    keys = Keys.generate()
    assert keys.sealing[keys.sealing_id].hex() not in repr(keys)
    assert repr(keys).startswith("Keys(sealing ")
