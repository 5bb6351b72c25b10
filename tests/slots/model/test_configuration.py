"""The questions of a conversation, and their answers as plain content."""

from __future__ import annotations

from lineside.slots.model import configuration as conf
from lineside.slots.wire import AftState, Features, GamesImplemented
from tests.slots.model.story import nameplate


def commands(names: tuple[str, ...], **known: object) -> list[int]:
    return [one.command for one in conf.questions(frozenset(names), conf.Known(**known))]  # type: ignore[arg-type]


def test_questions_have_one_order_whatever_is_asked() -> None:
    assert commands(conf.START, games=1, rte=True) == [
        *(0x54, 0x1F, 0x51, 0xA0, 0xB2, 0xB1, 0x53, 0x73, 0x74, 0x72, 0x7B, 0x7E, 0x0E)
    ]
    assert commands(("enabled_games", "info")) == [0x1F, 0x56]


def test_questions_behind_the_present_one_stay_where_they_are() -> None:
    before = commands(conf.START)
    after = commands(conf.START, games=5, has_aft=False)
    assert after[:6] == before[:6]


def test_credits_of_aft_are_shown_and_not_kept() -> None:
    answer = nameplate()[0x74]
    assert isinstance(answer, AftState)
    content = conf.content_of(answer)
    assert content["cashable_cents"] == 100
    assert "cashable_cents" not in conf.kept_content("aft", content)


def test_features_are_kept_with_what_they_mean() -> None:
    content = conf.content_of(Features(0, 0, 0x08, 0x01))
    assert (content["has_extended_meters"], content["can_be_polled_fast"], content["has_aft"]) == (True, True, False)


def test_registration_is_kept_without_its_key() -> None:
    assert conf.content_of(nameplate()[0x73]) == {"status": 0x80, "asset": 1, "pos_id": 0}


def test_games_are_bounded() -> None:
    assert conf.games_of(GamesImplemented(9_999), 100) == 100
