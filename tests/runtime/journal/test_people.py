from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from lineside.errors import JournalError, Sealed
from lineside.runtime.journal import Journal, PersonErased, verify
from lineside.runtime.step import Personal, Secret
from tests.runtime.journal.scene import CATALOGUE, KEYS, Faults, Whispered, error, one, opened, rows_of


def about(person: str, text: str = "maria") -> Whispered:
    return Whispered(Secret("code"), {"name": Personal(text, person)})


async def test_erasing_a_person_closes_what_was_hers_and_keeps_the_chain(folder: Path) -> None:
    path = folder / "j.db"
    async with opened(path) as journal:
        await journal.append(one("a", about("p/1")))
        await journal.append(one("a", about("p/2")))
        await journal.save_snapshot("a", 2, "s", b"maria")
        assert await journal.erase_person("p/1") is True
        assert await journal.erase_person("p/1") is False
        first, second = (await journal.read("a"))[:2]
        with pytest.raises(Sealed, match="p/1 was erased"):
            _ = first.event
        assert second.event == about("p/2")
        assert await journal.snapshot("a", "s") is None
        assert (await journal.read("lineside/journal"))[0].event == PersonErased("p/1")
        await journal.append(one("a", about("p/1", "a new life")))
        again = (await journal.read("a", after=2))[0]
        assert again.event == about("p/1", "a new life")
        with pytest.raises(Sealed):
            _ = (await journal.read("a"))[0].event
    assert verify(path, KEYS).ok


def holds(folder: Path, text: bytes) -> bool:
    return any(text in file.read_bytes() for file in folder.iterdir())


async def test_an_erased_key_is_in_no_file(folder: Path) -> None:
    path = folder / "j.db"
    async with opened(path) as journal:
        await journal.append(one("a", about("p/1")))
        other = sqlite3.connect(path)
        key = other.execute("SELECT sealed FROM people").fetchone()[0].encode()
        other.close()
        assert holds(folder, key)
        await journal.erase_person("p/1")
        assert not holds(folder, key)


async def test_an_erasure_that_fails_says_so_and_can_be_asked_again(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "j.db", faults) as journal:
        await journal.append(one("a", about("p/1")))
        faults.fail("DELETE FROM people", error(10, "disk I/O error"))
        with pytest.raises(JournalError):
            await journal.erase_person("p/1")
        assert (await journal.read("a"))[0].event == about("p/1")
        assert await journal.erase_person("p/1") is True


async def test_after_a_rotation_person_keys_can_be_sealed_again_and_the_old_key_goes(folder: Path) -> None:
    path = folder / "j.db"
    async with opened(path) as journal:
        await journal.append(one("a", about("p/1")))
    rotated = KEYS.with_new_sealing_key()
    journal = Journal.open(path, keys=rotated, catalogue=CATALOGUE)
    assert await journal.seal_people_again() == 1
    assert await journal.seal_people_again() == 0
    assert (await journal.read("a"))[0].event == about("p/1")
    await journal.close()
    assert rows_of(path, "SELECT sealed FROM people")[0][0].startswith(f"v1.{rotated.sealing_id}.")
    journal = Journal.open(path, keys=rotated.without_sealing_key(KEYS.sealing_id), catalogue=CATALOGUE)
    assert (await journal.read("a"))[0].masked() == {"code": "…", "params": {"name": "…ia"}}
    await journal.close()
