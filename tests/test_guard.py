"""What every adapter asks of a text, and what happens when the checker itself fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

import mentions
from mentions import Category, Moderator
from mentions.integrations.guard import Guard
from mentions.integrations.pydantic import NeutralText

APPARENT = "CMU acceptée."
REFUSAL = "Les CMU ne sont pas acceptés au cabinet."


@pytest.mark.parametrize("text", ["", "Cabinet ouvert le lundi.", "Tiers payant pratiqué.", "\ud800\x00"])
def test_a_neutral_text_passes(text: str) -> None:
    assert Guard().refusal(text) is None


def test_a_refusal_names_the_mentions_that_are_grave_enough() -> None:
    text = f"Tiers payant pratiqué. {APPARENT} {REFUSAL}"
    found = mentions.check(text).mentions
    for threshold, first in ((Category.APPARENTLY_NEUTRAL, 1), (Category.EXPLICIT_REFUSAL, 2)):
        refusal = Guard(refuse_from=threshold).refusal(text)
        assert refusal is not None
        assert refusal.code == "mentions_found"
        assert refusal.mentions == found[first:]
        assert len(refusal.messages) == len(refusal.mentions)
        assert refusal.rewritten == mentions.check(text).rewrite()


def test_what_is_apparently_neutral_passes_a_guard_against_refusals() -> None:
    assert Guard(refuse_from="explicit_refusal").refusal(APPARENT) is None


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_message_quotes_explains_and_offers(lang: str) -> None:
    text = "Patients CMU : apportez votre attestation."
    refusal = Guard(lang=lang).refusal(text)  # type: ignore[arg-type]
    assert refusal is not None
    (message,), (mention,) = refusal.messages, refusal.mentions
    assert mention.rewording is not None
    assert all(part in message for part in (mention.text, mention.reason(lang), mention.rewording.text))


def test_a_message_quotes_the_beginning_of_a_long_mention() -> None:
    refusal = Guard().refusal("Les patients " + "très " * 45 + "modestes à la CMU ne sont pas acceptés.")
    assert refusal is not None
    assert len(refusal.mentions[0].text) > 200
    quote, _, _ = refusal.messages[0].removeprefix("« ").partition(" » : ")
    assert len(quote) == 200
    assert quote.endswith("…")
    assert refusal.mentions[0].text.startswith(quote[:-1])


def test_details_are_plain_values_in_json() -> None:
    text = f"Bonjour. {REFUSAL}"
    refusal = Guard().refusal(text)
    assert refusal is not None
    (detail,) = json.loads(json.dumps(refusal.details("en")))
    assert text[detail["start"] : detail["end"]] == detail["text"] == REFUSAL
    assert (detail["category"], detail["code"], detail["subjects"]) == ("explicit_refusal", "E1", ["cmu"])
    assert detail["reason"] == refusal.mentions[0].reason("en")
    assert detail["rewording"]["kind"] == "remove"
    assert detail["paragraphs"]


def raises(*args: object) -> None:
    raise RecursionError("the checker failed")


def test_when_the_checker_raises_the_text_is_refused(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Moderator, "check", raises)
    refusal = Guard().refusal("Bonjour.")
    assert refusal is not None
    assert (refusal.code, refusal.mentions, refusal.details(), refusal.rewritten) == (
        "mentions_unchecked",
        (),
        [],
        None,
    )
    assert len(refusal.messages) == 1
    assert "the checker failed" in caplog.text


def test_when_the_checker_raises_the_text_is_accepted_and_logged_if_so_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Moderator, "check", raises)
    assert Guard(on_error="accept").refusal(REFUSAL) is None
    assert "the checker failed" in caplog.text


def test_rules_that_cannot_be_read_are_a_failure_of_the_checker(tmp_path: Path) -> None:
    assert Guard(rules=tmp_path / "none", on_error="accept").refusal(REFUSAL) is None
    refusal = Guard(rules=tmp_path / "none").refusal("Bonjour.")
    assert refusal is not None
    assert refusal.code == "mentions_unchecked"


def test_own_rules_answer() -> None:
    assert Guard(rules="2018-11").refusal("C2S acceptée.") is None
    assert Guard().refusal("C2S acceptée.") is not None


def test_what_is_no_text_is_the_callers_mistake() -> None:
    with pytest.raises(TypeError, match="NoneType"):
        Guard(on_error="accept").refusal(None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "arguments", [{"refuse_from": "neutral"}, {"refuse_from": "grave"}, {"on_error": "ignore"}, {"lang": "de"}]
)
def test_wrong_arguments_are_said(arguments: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(arguments))):
        Guard(**arguments)  # type: ignore[arg-type]


def test_a_clean_text_costs_hardly_more_than_its_check(assert_as_fast_as_check: Callable[[Any], None]) -> None:
    assert_as_fast_as_check(Guard().refusal)
    assert_as_fast_as_check(TypeAdapter(NeutralText).validate_python)
