"""Keys of persons: erasing one closes what was sealed with it for good, and the chain stays as it is."""

from __future__ import annotations

from lineside.runtime.journal.keys import Keys
from lineside.runtime.journal.seal import open_person_key, seal_person_key
from lineside.runtime.journal.writer import Writer


def erase_person(writer: Writer, person: str) -> bool:
    """Delete a person's key, in the writer's thread; returns whether there was one.

    The page is overwritten (``secure_delete``) and the WAL cut, so that the key is in neither. Snapshots go too: they
    may hold what it sealed. Backups made before still hold the key.

    Raises:
        sqlite3.Error: it was not deleted.
    """
    store = writer.store
    store.begin()
    try:
        there = bool(store.connection.execute("DELETE FROM people WHERE person = ?", (person,)).rowcount)
        if there:
            store.connection.execute("DELETE FROM snapshots")
        store.commit()
    except BaseException:
        store.rollback()
        raise
    store.forget_person(person)
    if there:
        writer.carry_wal("TRUNCATE")
    return there


def seal_people_again(writer: Writer, keys: Keys) -> int:
    """Seal every person's key with the present key, after a rotation; returns how many were changed.

    Raises:
        Sealed: one of them does not open.
        sqlite3.Error: nothing was changed.
    """
    store = writer.store
    rows = store.connection.execute("SELECT person, sealed FROM people").fetchall()
    old = [(person, sealed) for person, sealed in rows if sealed.split(".")[1] != keys.sealing_id]
    new = [(seal_person_key(open_person_key(sealed, person, keys), person, keys), person) for person, sealed in old]
    store.begin()
    try:
        store.connection.executemany("UPDATE people SET sealed = ? WHERE person = ?", new)
        store.commit()
    except BaseException:
        store.rollback()
        raise
    return len(new)
