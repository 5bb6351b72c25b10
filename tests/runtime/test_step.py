from __future__ import annotations

import msgspec
import pytest

from lineside.runtime.step import (
    NOTHING,
    Ask,
    Close,
    Elsewhere,
    End,
    Event,
    Outcome,
    OutcomeKind,
    Personal,
    Secret,
    Send,
    Show,
    Step,
    Unsure,
)


class Noted(Event, frozen=True):
    text: str


# ---------------------------------------------------------------------------------------------- secrets


@pytest.mark.parametrize(
    ("text", "masked"),
    [("123456", "…56"), ("12345", "…45"), ("1234", "…"), ("", "…"), ("geheim", "…im")],
)
def test_secret_shows_its_last_two_characters_or_nothing(text: str, masked: str) -> None:
    secret = Secret(text)
    assert (secret.masked, str(secret), f"{secret}") == (masked,) * 3
    assert repr(secret) == f"Secret({masked!r})"
    assert secret.reveal() == text


def test_secret_cannot_be_joined_or_encoded_by_accident() -> None:
    with pytest.raises(TypeError):
        "code " + Secret("123456")  # type: ignore[operator]
    with pytest.raises(TypeError):
        msgspec.json.encode({"code": Secret("123456")})


def test_secrets_are_equal_by_their_text() -> None:
    assert Secret("123456") == Secret("123456")
    assert hash(Secret("123456")) == hash(Secret("123456"))
    assert Secret("123456") != Secret("123457")
    assert Secret("123456") != "123456"
    assert Secret("Bär") == Secret("Bär")


def test_personal_secret_keeps_its_person_in_clear() -> None:
    personal = Personal("anna@example.org", "casino/A~1")
    assert (personal.person, personal.masked, repr(personal)) == ("casino/A~1", "…rg", "Personal('…rg')")


# ---------------------------------------------------------------------------------------------- steps


def test_two_steps_are_one_with_the_first_ones_parts_first() -> None:
    done = End("c1", Outcome(OutcomeKind.DONE))
    one = Step(
        show_now=(Show("a", 1),),
        record=(Noted("a"),),
        expected={"g/pot": 1},
        claims=("a",),
        send=(Send("a"),),
        sent=("c1",),
        close=(Close("a"),),
        end=(done,),
        ask=(Ask("a", "bank", 1),),
        show=(Show("a", 1),),
    )
    other = Step(
        show_now=(Show("b", 2),),
        record=(Elsewhere("g/pot", Noted("b")),),
        expected={"g/jar": 2},
        claims=("b",),
        send=(Send("b", "line"),),
        sent=("c2",),
        close=(Close("b", "line"),),
        end=(Unsure("c2", "silence"),),
        ask=(Ask("b", "bank", 2),),
        show=(Show("b", 2, feed=True),),
    )
    both = one + other
    for name in Step.__struct_fields__:
        if name == "expected":
            assert both.expected == {"g/pot": 1, "g/jar": 2}
        else:
            assert getattr(both, name) == getattr(one, name) + getattr(other, name), name


def test_nothing_changes_no_step() -> None:
    step = Step(send=(Send("a"),), expected={"g/pot": 1})
    assert step + NOTHING == step == NOTHING + step
    assert NOTHING + NOTHING == NOTHING


def test_steps_that_expect_two_versions_of_one_stream_do_not_add() -> None:
    assert (Step(expected={"g/pot": 1}) + Step(expected={"g/pot": 1})).expected == {"g/pot": 1}
    with pytest.raises(AssertionError, match="different versions"):
        Step(expected={"g/pot": 1}) + Step(expected={"g/pot": 2})
