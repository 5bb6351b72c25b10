"""What an address may ask for: enough for a hall behind one address, too little for trying IDs."""

from __future__ import annotations

from lineside.lockers.gateway import addresses
from lineside.lockers.gateway.addresses import BOARDS_WINDOW_S, ERRORS_WINDOW_S, AddressBook


def test_address_may_ask_as_so_many_boards_and_as_those_again_and_again() -> None:
    book = AddressBook(boards_max=3, errors_max=10)
    assert [book.may_ask("a", board, 0.0) for board in ("1", "2", "3", "4", "1", "3")] == [True] * 3 + [
        False,
        True,
        True,
    ]
    assert book.may_ask("b", "4", 0.0), "another address has its own count"


def test_boards_are_counted_anew_after_the_window_and_not_before() -> None:
    book = AddressBook(boards_max=1, errors_max=10)
    assert book.may_ask("a", "1", 0.0)
    assert not book.may_ask("a", "2", BOARDS_WINDOW_S)
    assert book.may_ask("a", "2", BOARDS_WINDOW_S + 1)
    assert not book.may_ask("a", "1", BOARDS_WINDOW_S + 2)


def test_errors_of_an_address_are_too_many_until_it_was_quiet_for_a_while() -> None:
    book = AddressBook(boards_max=1, errors_max=2)
    assert [book.note_error("a", 0.0) for _ in range(3)] == [(1, False), (2, False), (3, True)]
    assert book.note_error("b", 0.0) == (1, False)
    assert book.note_error("a", ERRORS_WINDOW_S + 1) == (1, False)


def test_book_stays_small_whoever_calls(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(addresses, "ADDRESSES_MAX", 100)
    book = AddressBook(boards_max=1, errors_max=2)
    for number in range(1000):
        book.may_ask(f"address {number}", "1", 0.0)
    assert len(book) == 100
    assert not book.may_ask("address 999", "2", 0.0), "who came last is remembered"
