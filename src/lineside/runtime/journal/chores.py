"""Small jobs that run alone in the writer's thread, between two batches."""

from __future__ import annotations

from lineside.runtime.journal.writer import Writer


def sign_or_touch(writer: Writer) -> None:
    """Sign the heads if anything is new, otherwise only commit something small: the disk takes it, or says why not.

    Raises:
        sqlite3.Error: the disk refused.
    """
    if writer.has_news:
        writer.sign()
    else:
        writer.recovery.touch()


def sign_all(writer: Writer) -> None:
    """Sign the heads of all streams, also of those that did not change.

    Raises:
        sqlite3.Error: the disk refused.
    """
    writer.sign(full=True)


def carry_wal(writer: Writer) -> None:
    """Carry the WAL into the database, so that a long piece of work does not let it grow.

    Raises:
        sqlite3.Error: the disk refused.
    """
    writer.carry_wal()


def compact(writer: Writer) -> None:
    """Write the database anew without its free pages.

    Raises:
        sqlite3.Error: it is as it was.
    """
    writer.store.connection.execute("VACUUM")
    writer.carry_wal("TRUNCATE")
