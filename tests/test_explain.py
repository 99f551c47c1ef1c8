"""Explanations name the stage that let a text go, and the rules that matched it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentions import Moderator, load_rules
from mentions.corpus import Case
from mentions.explain import explain


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("Ouvert le lundi.", "gate"),
        ("L'âme humaine.", "subjects"),
        ("Fauteuil, CMU 150 kg", "look_alikes"),
        ("Ambulances de la Côte Sauvage (A.C.S.)", "look_alikes"),
        ("Pas de CMU.", "answered"),
        ("Tiers payant pratiqué.", "answered"),
        ("", "gate"),
    ],
)
def test_the_last_stage_is_told(moderator: Moderator, text: str, stage: str) -> None:
    assert explain(moderator, text).stage == stage


def test_a_look_alike_is_told_with_its_exception_and_reason(moderator: Moderator) -> None:
    (gone,) = explain(moderator, "Fauteuil, CMU 150 kg").let_go
    assert (gone.subject, gone.text, gone.exception) == ("cmu", "CMU", "cmu-maximum-load")
    assert gone.reason is not None and gone.reason.startswith("Charge maximale")


def test_letters_that_the_text_spells_out_are_told_without_an_exception(moderator: Moderator) -> None:
    (gone,) = explain(moderator, "Ambulances de la Côte Sauvage (A.C.S.)").let_go
    assert (gone.subject, gone.text, gone.exception, gone.reason) == ("acs", "A.C.S", None, None)


def test_rules_are_told_by_rank_with_what_became_of_them(moderator: Moderator) -> None:
    text = "AME : photocopies refusées, c'est l'original de la carte ou rien."
    (statement,) = explain(moderator, text).statements
    answering = [tried for tried in statement.rules if tried.outcome == "answers"]
    assert [tried.rule for tried in answering] == [moderator.check(text).mentions[0].rule]
    assert {tried.outcome for tried in statement.rules} == {"answers", "outranked", "exception"}
    assert [tried.rank for tried in statement.rules] == sorted((t.rank for t in statement.rules), reverse=True)
    taken_back = next(tried for tried in statement.rules if tried.outcome == "exception")
    assert taken_back.exception is not None and taken_back.reason
    assert taken_back.text in text


def test_a_subject_that_no_rule_answers(own: Callable[..., Path]) -> None:
    bang = '[[exception]]\nrule = "named"\nid = "own-bang"\nreason = "Un essai."\npatterns = ["bang"]\nanywhere = true\nexamples = ["CMU !"]\n'
    found = explain(Moderator(load_rules(own({"exceptions/e.toml": bang}))), "CMU !")
    assert found.stage == "rules"
    assert [(t.outcome, t.exception) for s in found.statements for t in s.rules] == [("exception", "own-bang")]


def test_a_text_must_be_a_string(moderator: Moderator) -> None:
    with pytest.raises(TypeError):
        explain(moderator, b"CMU")  # type: ignore[arg-type]


def _holds(moderator: Moderator, text: str) -> None:
    found = explain(moderator, text)
    assert found.report == moderator.check(text)
    assert (found.stage == "answered") == bool(found.report.mentions)
    for part in (*found.named, *found.let_go, *found.statements, *(t for s in found.statements for t in s.rules)):
        assert text[part.start : part.end] == part.text
    answering = {t.rule for s in found.statements for t in s.rules if t.outcome == "answers"}
    assert {m.rule for m in found.report.mentions} <= answering
    assert all(sum(t.outcome == "answers" for t in s.rules) <= 1 for s in found.statements)


def test_explanations_agree_with_reports(moderator: Moderator, cases: tuple[Case, ...]) -> None:
    for case in cases[::100]:
        _holds(moderator, case.text)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["CMU", " ", "pas de ", "AME", ".", "refusée", "carte vitale", "\u0421", "&amp;", "é", "!", "\n", "150 kg"]
        )
    ).map("".join)
)
def test_explanations_agree_with_reports_whatever_the_text(moderator: Moderator, text: str) -> None:
    _holds(moderator, text)
