"""What callers see: the order of categories, frozen models, and reports that survive JSON."""

from __future__ import annotations

import json
from itertools import product

import pytest
from pydantic import BaseModel, ValidationError

from mentions import Category, Mention, Moderator, Report, Rewording, RulesError, RulesInfo, Step, Subject, load_rules

ORDER = [Category.NEUTRAL, Category.APPARENTLY_NEUTRAL, Category.EXPLICIT_REFUSAL]
TEXTS = [
    "",
    "Cabinet ouvert du lundi au vendredi.",
    "Tiers payant pratiqué.",
    "CMU acceptée, AME refusée.",
    "<li>C&#77;U : n\u200bon</li>\nApporter son attestation pour les patients C2S \U0001f600",
    "Les patients ACS doivent payer \0 la consultation",
]


@pytest.fixture
def report(moderator: Moderator) -> Report:
    return moderator.check("Tiers payant pratiqué. CMU acceptée, AME refusée.")


# -- categories --------------------------------------------------------------------------------------------------------


def test_the_values_of_categories() -> None:
    assert [c.value for c in Category] == ["neutral", "apparently_neutral", "explicit_refusal"]
    assert [str(c) for c in Category] == ["neutral", "apparently_neutral", "explicit_refusal"]
    assert Category("explicit_refusal") is Category.EXPLICIT_REFUSAL


def test_categories_are_ordered_by_how_grave_they_are() -> None:
    assert [c.rank for c in ORDER] == [0, 1, 2]
    assert sorted([ORDER[2], ORDER[0], ORDER[1]]) == ORDER
    assert max(ORDER) is Category.EXPLICIT_REFUSAL
    assert min(ORDER) is Category.NEUTRAL


@pytest.mark.parametrize(("a", "b"), list(product(ORDER, repeat=2)))
def test_every_comparison_of_two_categories(a: Category, b: Category) -> None:
    # Written out, since a StrEnum would compare by the alphabet, where « apparently » comes before « neutral ».
    i, j = ORDER.index(a), ORDER.index(b)
    assert ((a < b), (a <= b), (a > b), (a >= b), (a == b)) == ((i < j), (i <= j), (i > j), (i >= j), (i == j))


def test_a_category_compares_with_its_plain_value() -> None:
    plain: str = "neutral"
    assert plain == Category.NEUTRAL
    assert Category.NEUTRAL < "apparently_neutral"
    assert Category.EXPLICIT_REFUSAL >= "apparently_neutral"


@pytest.mark.parametrize(
    ("codes", "category"),
    [
        (("E1", "E2", "E3", "E4"), Category.EXPLICIT_REFUSAL),
        (("S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8"), Category.APPARENTLY_NEUTRAL),
        (("N1", "N2", "N3"), Category.NEUTRAL),
    ],
)
def test_the_category_of_every_code(codes: tuple[str, ...], category: Category) -> None:
    assert {Category.of_code(code) for code in codes} == {category}


# -- frozen models -----------------------------------------------------------------------------------------------------


def _parts(report: Report) -> list[BaseModel]:
    mention = report.mentions[1]
    assert mention.rewording is not None
    return [report, report.rules, mention, mention.subjects[0], mention.rewording, mention.steps[0]]


def test_no_field_of_a_result_can_be_set(report: Report) -> None:
    parts = _parts(report)
    assert [type(p) for p in parts] == [Report, RulesInfo, Mention, Subject, Rewording, Step]
    for part in parts:
        for name in type(part).model_fields:
            with pytest.raises(ValidationError, match="frozen"):
                setattr(part, name, getattr(part, name))


def test_no_unknown_field_is_taken(report: Report) -> None:
    for part in _parts(report):
        with pytest.raises(ValidationError, match="extra_forbidden"):
            type(part).model_validate({**part.model_dump(), "surplus": 1})


# -- JSON --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_a_report_survives_json(moderator: Moderator, text: str) -> None:
    report = moderator.check(text)
    again = Report.model_validate_json(report.model_dump_json())
    assert again == report
    assert again.rewrite() == report.rewrite()
    assert all(text[m.start : m.end] == m.text for m in again.mentions)


def test_a_report_of_older_rules_is_rewritten_by_them() -> None:
    text = "CMU refusée. CSS refusée."
    json_of_older = Moderator(load_rules("2018-11")).check(text).model_dump_json()
    again = Report.model_validate_json(json_of_older)
    assert again.rewrite() == "CSS refusée."  # the subject of a reform to come


def test_a_report_of_rules_that_are_not_here_says_so(report: Report) -> None:
    altered = report.model_copy(update={"rules": RulesInfo(version="2017-01", digest="0" * 64)})
    with pytest.raises(RulesError, match=r"2017-01.*check its text again"):
        altered.rewrite()
    of_another_state = report.model_copy(update={"rules": RulesInfo(version="2019-11", digest="0" * 64)})
    with pytest.raises(RulesError, match=r"2019-11.*check its text again"):
        of_another_state.rewrite()


def test_json_holds_plain_values_only(report: Report) -> None:
    found = json.loads(report.model_dump_json())
    assert found["category"] == "explicit_refusal"
    assert [m["category"] for m in found["mentions"]] == ["neutral", "apparently_neutral", "explicit_refusal"]
    assert list(found) == ["text", "category", "mentions", "rules", "field"]


# -- reasons -----------------------------------------------------------------------------------------------------------


def test_reasons_are_given_in_two_languages(report: Report) -> None:
    refusal = report.mentions[-1]
    assert refusal.reason() == refusal.reason("fr") == refusal.reasons["fr"]
    assert refusal.reason("en") == refusal.reasons["en"] != refusal.reason("fr")
    assert all("AME" in refusal.reason(language) for language in ("fr", "en"))


@pytest.mark.parametrize("language", ["de", "", "FR", "français"])
def test_no_reason_in_another_language(report: Report, language: str) -> None:
    with pytest.raises(ValueError, match="'fr' and 'en'") as caught:
        report.mentions[-1].reason(language)
    assert repr(language) in str(caught.value)
