from __future__ import annotations

from pathlib import Path

import pytest

from lineside.errors import Sealed, Unreadable
from lineside.runtime.journal import Catalogue, Journal
from lineside.runtime.step import Personal, Secret
from tests.runtime.journal.scene import KEYS, NOW, Noted, Whispered, one, opened

EVENT = Whispered(Secret("very secret"), {"n": 1, "who": Personal("maria", "p/1")})


async def test_an_event_comes_back_as_it_went_in(folder: Path) -> None:
    async with opened(folder / "j.db") as journal:
        await journal.append(one("a", 5))
        await journal.append(one("a", EVENT))
        plain, secret = await journal.read("a")
        assert (plain.seq, plain.stream, plain.version, plain.at, plain.kind) == (1, "a", 1, NOW, "Noted")
        assert (plain.schema, plain.origin, len(plain.hash)) == (1, journal.origin, 32)
        assert plain.event == plain.event_left == Noted(5)
        assert plain.masked() == {"number": 5, "text": ""}
        assert secret.event == secret.event_left == EVENT
        assert secret.masked() == {"code": "…et", "params": {"n": 1, "who": "…ia"}}
        assert repr(secret) == "Recorded(2 a 2 Whispered)"
        for text in (b"very", b"maria"):
            assert text not in secret.data
            assert text not in (folder / "j.db").read_bytes() + (folder / "j.db-wal").read_bytes()


async def test_an_erased_person_leaves_the_rest(folder: Path) -> None:
    async with opened(folder / "j.db") as journal:
        await journal.append(one("a", EVENT))
        await journal.erase_person("p/1")
        (found,) = await journal.read("a")
        with pytest.raises(Sealed, match="erased"):
            _ = found.event
        left = found.event_left
        assert isinstance(left, Whispered)
        assert left.code == Secret("very secret")
        assert left.params["who"].reveal() == ""
        assert found.masked()["params"]["who"] == "…"


async def test_an_unknown_kind_can_be_shown_and_not_decoded(folder: Path) -> None:
    async with opened(folder / "j.db") as journal:
        await journal.append(one("a", 5))
    journal = Journal.open(folder / "j.db", keys=KEYS, catalogue=Catalogue())
    (found,) = await journal.read("a")
    with pytest.raises(Unreadable, match="Noted is unknown"):
        _ = found.event
    with pytest.raises(Unreadable):
        _ = found.event_left
    assert found.masked() == {"number": 5, "text": ""}
    await journal.close()
