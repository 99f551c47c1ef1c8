"""Fields: what a field changes in the reading, whole profiles, and a platform's own questions."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import mentions
from mentions import FIELDS, Category, Moderator, ProfileReport, Report, check_form_questions, check_profile
from mentions.corpus import Case


def codes(report: Report) -> list[str]:
    return [m.code for m in report.mentions]


@pytest.mark.parametrize(
    "question",
    [
        "Acceptez-vous les CMU ?",  # 2018-269 §34
        "Acceptez-vous l'AME.",
        "CMU ?",
        "CMU : oui / non",
        "Accueil des patients CMU-C, ACS et AME",  # 2018-269 §36
        "Prise en charge AME",
        "☐ Complémentaire santé solidaire",
        "Demandez-vous une attestation aux patients CMU ?",
        "Horaires réservés aux patients AME :",
    ],
)
def test_what_names_a_status_in_a_form_is_a_question(moderator: Moderator, question: str) -> None:
    report = moderator.check(question, field="form")
    assert set(codes(report)) == {"S6"}
    assert {m.rewording.kind for m in report.mentions if m.rewording} == {"remove"}
    assert "2018-269 §34" in report.mentions[0].paragraphs
    assert report.rewrite().strip() == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("CMU refusée", "E1"),
        ("CMU : non", "E1"),
        ("Pratiquez-vous le tiers payant ?", "N2"),
        ("Pas de tiers payant", "S8"),
        ("Thèse sur l'accès aux soins des bénéficiaires de l'AME", "N3"),
    ],
)
def test_a_form_does_not_change_refusals_nor_what_names_no_status_to_patients(
    moderator: Moderator, text: str, code: str
) -> None:
    assert codes(moderator.check(text, field="form")) == codes(moderator.check(text)) == [code]


def test_no_field_changes_a_category_and_only_the_form_a_code(moderator: Moderator, cases: tuple[Case, ...]) -> None:
    for case in cases[::60]:
        plain = moderator.check(case.text)
        for field in FIELDS:
            report = moderator.check(case.text, field=field)
            assert report.field == field
            assert report.category is plain.category
            if field != "form":
                assert report.mentions == plain.mentions


@pytest.mark.parametrize("label", ["Consultation CMU", "CMU", "Première consultation C2S"])
def test_a_reason_for_a_visit_named_after_a_status_singles_it_out(moderator: Moderator, label: str) -> None:
    mention = moderator.check(label, field="visit_reason").mentions[0]
    assert mention.category is Category.APPARENTLY_NEUTRAL
    assert mention.rewording is not None
    assert mention.rewording.kind == "tariff"


def test_a_report_on_a_field_comes_back_from_json(moderator: Moderator) -> None:
    report = moderator.check("CMU ?\nParking ?", field="form")
    again = Report.model_validate_json(report.model_dump_json())
    assert again == report
    assert again.rewrite() == "Parking ?"


def test_rules_without_a_question_read_a_form_like_any_text(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(mentions.load_rules("2018-11").folders[0], folder)
    (folder / "statements" / "s6-question.toml").unlink()
    assert codes(Moderator(mentions.load_rules(folder)).check("CMU ?", field="form")) == ["S7"]


@pytest.mark.parametrize("field", ["", "Form", "motif"])
def test_a_field_that_does_not_exist(moderator: Moderator, field: Any) -> None:
    advice = "presentation, practical_info, visit_reason, instructions, form"
    with pytest.raises(ValueError, match=advice):
        mentions.check("Bonjour", field=field)
    with pytest.raises(ValueError, match=advice):
        check_profile({field: "Bonjour"}, moderator=moderator)


# -- profiles ----------------------------------------------------------------------------------------------------------


def test_a_profile_is_reported_by_field() -> None:
    profile = check_profile(
        {"presentation": "CMU acceptée", "visit_reason": "Suivi", "instructions": "Pas de CMU", "form": "CMU ?"}
    )
    assert {field: codes(report) for field, report in profile.reports.items()} == {
        "presentation": ["S1"],
        "visit_reason": [],
        "instructions": ["E1"],
        "form": ["S6"],
    }
    assert profile.category is Category.EXPLICIT_REFUSAL
    assert [report.field for report in profile.reports.values()] == list(profile.reports)
    assert ProfileReport.model_validate_json(profile.model_dump_json()) == profile


def test_a_field_that_nobody_filled_in_is_an_empty_text() -> None:
    profile = check_profile({"presentation": None, "form": ""})
    assert {field: report.text for field, report in profile.reports.items()} == {"presentation": "", "form": ""}
    assert profile.category is Category.NEUTRAL


def test_a_profile_without_fields_is_neutral() -> None:
    assert check_profile({}).category is Category.NEUTRAL
    assert check_profile({}).rules == mentions.check("").rules


def test_a_value_that_is_no_text_is_named_with_its_field() -> None:
    values: Any = {"presentation": "Bonjour", "instructions": ["Pas de CMU"]}
    with pytest.raises(TypeError, match=r"field 'instructions'.*str or None, not list"):
        check_profile(values)


def test_a_profile_is_checked_by_the_moderator_given() -> None:
    older = Moderator(mentions.load_rules("2018-11"))
    profile = check_profile({"presentation": "C2S refusée"}, moderator=older)
    assert profile.category is Category.NEUTRAL
    assert profile.rules.version == "2018-11"


# -- questions ---------------------------------------------------------------------------------------------------------


def test_questions_are_checked_each_by_itself(moderator: Moderator) -> None:
    reports = check_form_questions(["Acceptez-vous les CMU ?", "AME", "Parlez-vous anglais ?"], moderator=moderator)
    assert [codes(report) for report in reports] == [["S6"], ["S6"], []]
    assert check_form_questions([]) == ()


def test_one_question_is_not_taken_for_many_letters() -> None:
    with pytest.raises(TypeError, match="put a single one into a list"):
        check_form_questions("CMU ?")
